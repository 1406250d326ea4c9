#include "as/base/timer_wheel.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace presentia::base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Instant kStart{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

class Call final : public Timer {
 public:
  explicit Call(std::function<void()> run) : run_(std::move(run)) {}

 private:
  void fire() override { run_(); }
  std::function<void()> run_;
};

class Wheel : public testing::Test {
 protected:
  std::unique_ptr<Call> mark(int number) {
    return std::make_unique<Call>([this, number] { fired.push_back(number); });
  }
  TimerWheel wheel{kStart};
  std::vector<int> fired;
};

TEST_F(Wheel, FiresInTheOrderOfDeadlinesNotOfArming) {
  const auto one = mark(1), two = mark(2), three = mark(3), again = mark(4);
  wheel.arm(*three, kStart + hours(30));
  wheel.arm(*two, kStart + milliseconds(300));
  wheel.arm(*one, kStart + milliseconds(299));
  wheel.arm(*again, kStart + milliseconds(300));
  EXPECT_EQ(wheel.armed(), 4U);
  EXPECT_EQ(wheel.advance(kStart + milliseconds(298)), 0U);
  EXPECT_EQ(wheel.advance(kStart + hours(48)), 4U);
  EXPECT_EQ(fired, (std::vector{1, 2, 4, 3}));
  EXPECT_EQ(wheel.armed(), 0U);
  EXPECT_FALSE(one->armed());
}

TEST_F(Wheel, FiresAtTheMillisecondNotBefore) {
  for (const auto delay : {milliseconds(1), milliseconds(255), milliseconds(256), milliseconds(65'535),
                           milliseconds(65'536), milliseconds(16'777'216), milliseconds(5'000'000'000)}) {
    TimerWheel fresh(kStart);
    const auto timer = mark(1);
    fresh.arm(*timer, kStart + delay);
    EXPECT_EQ(fresh.advance(kStart + delay - milliseconds(1)), 0U) << delay.count();
    EXPECT_EQ(fresh.advance(kStart + delay), 1U) << delay.count();
  }
}

TEST_F(Wheel, WhatLiesInThePastFiresAtTheNextAdvanceOldestFirst) {
  wheel.advance(kStart + seconds(10));
  const auto one = mark(1), two = mark(2), three = mark(3);
  wheel.arm(*three, kStart + seconds(10));
  wheel.arm(*two, kStart + seconds(9));
  wheel.arm(*one, kStart - hours(1));
  EXPECT_EQ(wheel.next(), kStart - hours(1));
  wheel.advance(kStart + seconds(10));
  EXPECT_EQ(fired, (std::vector{1, 2, 3}));
}

TEST_F(Wheel, CancelledMovedAndDestroyedTimersDoNotFireAtTheirOldTime) {
  const auto cancelled = mark(1), moved = mark(2);
  auto destroyed = mark(3);
  for (Timer* timer :
       {static_cast<Timer*>(cancelled.get()), static_cast<Timer*>(moved.get()), static_cast<Timer*>(destroyed.get())}) {
    wheel.arm(*timer, kStart + seconds(1));
  }
  cancelled->cancel();
  cancelled->cancel();
  wheel.arm(*moved, kStart + seconds(5));
  destroyed.reset();
  EXPECT_EQ(wheel.armed(), 1U);
  EXPECT_EQ(moved->deadline(), kStart + seconds(5));
  wheel.advance(kStart + seconds(4));
  EXPECT_TRUE(fired.empty());
  wheel.advance(kStart + seconds(5));
  EXPECT_EQ(fired, std::vector{2});
}

TEST_F(Wheel, ATimerMayDestroyOrRearmItselfOrAnotherWhileItFires) {
  auto victim = mark(9);
  std::unique_ptr<Call> self, repeating;
  int runs = 0;
  self = std::make_unique<Call>([&] {
    victim.reset();
    self.reset();
  });
  repeating = std::make_unique<Call>([&] {
    if (++runs < 3) wheel.arm(*repeating, kStart + seconds(1));
  });
  wheel.arm(*self, kStart + seconds(1));
  wheel.arm(*victim, kStart + seconds(1));
  wheel.arm(*repeating, kStart + seconds(1));
  EXPECT_EQ(wheel.advance(kStart + seconds(2)), 4U);
  EXPECT_EQ(runs, 3);
  EXPECT_TRUE(fired.empty());
  EXPECT_EQ(wheel.armed(), 0U);
}

TEST_F(Wheel, TheLimitLeavesTheRestForTheNextCall) {
  std::vector<std::unique_ptr<Call>> timers;
  for (int i = 0; i < 10; ++i) {
    timers.push_back(mark(i));
    wheel.arm(*timers.back(), kStart + seconds(i / 2));
  }
  EXPECT_EQ(wheel.advance(kStart + hours(1), 3), 3U);
  EXPECT_LE(*wheel.next(), kStart + seconds(1));
  const auto late = mark(10);
  wheel.arm(*late, kStart + milliseconds(500));  // earlier than what is still waiting
  EXPECT_EQ(wheel.advance(kStart + hours(1), 100), 8U);
  EXPECT_EQ(fired, (std::vector{0, 1, 2, 10, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(Wheel, ATimerSeesWhatTimeItIsEvenIfItIsLate) {
  Instant seen{};
  Call timer([&] { seen = wheel.now(); });
  wheel.arm(timer, kStart + seconds(1));
  wheel.advance(kStart + seconds(7));
  EXPECT_EQ(seen, kStart + seconds(7));
}

TEST_F(Wheel, TimeThatDoesNotGoOnFiresNothingEarly) {
  wheel.advance(kStart + seconds(10));
  const auto timer = mark(1);
  wheel.arm(*timer, kStart + seconds(10));
  EXPECT_EQ(wheel.advance(kStart + seconds(9)), 0U);
  EXPECT_EQ(wheel.advance(kStart + seconds(10)), 1U);
}

TEST_F(Wheel, AnIdleLoopSleepsLong) {
  EXPECT_FALSE(wheel.next());
  const auto timer = mark(1);
  const Instant deadline = kStart + hours(20) + milliseconds(777);
  wheel.arm(*timer, deadline);
  int wakes = 0;
  while (fired.empty()) {
    const auto next = wheel.next();
    ASSERT_TRUE(next);
    ASSERT_LE(*next, deadline);
    wheel.advance(*next);
    ++wakes;
  }
  EXPECT_LE(wakes, 5);
  EXPECT_FALSE(wheel.next());
}

TEST_F(Wheel, ExtremeDeadlinesAreKept) {
  const auto never = mark(1), always = mark(2);
  wheel.arm(*never, Instant::max());
  wheel.arm(*always, Instant::min());
  wheel.advance(kStart + hours(24 * 365 * 10));
  EXPECT_EQ(fired, std::vector{2});
  EXPECT_TRUE(never->armed());
}

TEST_F(Wheel, DisarmsWhatIsLeftWhenItEnds) {
  const auto timer = mark(1);
  {
    TimerWheel brief(kStart);
    brief.arm(*timer, kStart + seconds(1));
  }
  EXPECT_FALSE(timer->armed());
}

// The same operations on the wheel and on a sorted map, which is slow and obviously right.
class Oracle {
 public:
  explicit Oracle(unsigned seed) : random_(seed), timers_(300), at_(300) {
    for (int i = 0; i < 300; ++i) timers_[static_cast<std::size_t>(i)] = make(i);
  }

  void step() {
    const std::size_t i = pick(timers_.size());
    switch (pick(10)) {
      case 0:
        return cancel(i);
      case 1:
        timers_[i] = make(static_cast<int>(i));
        return forget(i);
      case 2:
        return advance();
      default:
        return arm(i);
    }
  }

 private:
  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  std::unique_ptr<Call> make(int i) {
    return std::make_unique<Call>([this, i] { fired_.push_back(i); });
  }

  void forget(std::size_t i) {
    if (at_[i]) expected_.erase(*at_[i]);
    at_[i].reset();
  }

  void cancel(std::size_t i) {
    timers_[i]->cancel();
    forget(i);
  }

  void arm(std::size_t i) {
    forget(i);
    // Delays of every order of magnitude, some in the past.
    const auto delay =
        milliseconds(static_cast<std::int64_t>(pick(std::size_t{2} << pick(34)))) - milliseconds(pick(3));
    const Instant deadline = now_ + delay;
    wheel_.arm(*timers_[i], deadline);
    at_[i] = expected_.emplace(deadline, static_cast<int>(i));
  }

  void advance() {
    now_ += milliseconds(static_cast<std::int64_t>(pick(std::size_t{2} << pick(30))));
    std::vector<int> due;
    while (!expected_.empty() && expected_.begin()->first <= now_) {
      due.push_back(expected_.begin()->second);
      forget(static_cast<std::size_t>(due.back()));
    }
    fired_.clear();
    ASSERT_EQ(wheel_.advance(now_), due.size());
    ASSERT_EQ(fired_, due);
    ASSERT_EQ(wheel_.armed(), expected_.size());
    ASSERT_EQ(wheel_.next().has_value(), !expected_.empty());
    if (!expected_.empty()) {
      ASSERT_LE(*wheel_.next(), expected_.begin()->first);
    }
  }

  using Expected = std::multimap<Instant, int>;
  std::mt19937 random_;
  Instant now_ = kStart;
  TimerWheel wheel_{kStart};
  std::vector<std::unique_ptr<Call>> timers_;
  std::vector<int> fired_;
  Expected expected_;
  std::vector<std::optional<Expected::iterator>> at_;
};

class WheelOracle : public testing::TestWithParam<unsigned> {};

TEST_P(WheelOracle, DoesWhatASortedMapWouldDo) {
  Oracle oracle(GetParam());
  for (int i = 0; i < 5000 && !HasFatalFailure(); ++i) oracle.step();
}

INSTANTIATE_TEST_SUITE_P(Seeds, WheelOracle, testing::Range(1U, 9U));

class Counting final : public Timer {
 public:
  void fire() override { ++count; }
  inline static int count = 0;
};

TEST(WheelSize, HalfAMillionTimersAreArmedMovedAndFired) {
  TimerWheel wheel(kStart);
  constexpr std::size_t kTimers = 500'000;
  const auto timers = std::make_unique<Counting[]>(kTimers);
  for (std::size_t i = 0; i < kTimers; ++i) wheel.arm(timers[i], kStart + milliseconds(i * 7 % 3'600'000));
  for (std::size_t i = 0; i < kTimers; ++i) wheel.arm(timers[i], kStart + milliseconds(i * 13 % 3'600'000 + 1));
  Counting::count = 0;
  EXPECT_EQ(wheel.advance(kStart + hours(1)), kTimers);
  EXPECT_EQ(static_cast<std::size_t>(Counting::count), kTimers);
}

}  // namespace
}  // namespace presentia::base
