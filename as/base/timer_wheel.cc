#include "as/base/timer_wheel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace presentia::base {
namespace {

using Tick = std::uint64_t;  // ms since the start of the wheel

constexpr int kLevelBits = 8;
constexpr std::size_t kLevels = 5;
constexpr std::size_t kSlots = 1U << kLevelBits;
constexpr Tick kLastTick = (Tick{1} << (kLevelBits * kLevels)) - 1;  // 34 years: what lies behind waits there

constexpr std::size_t digit(Tick tick, std::size_t level) { return (tick >> (kLevelBits * level)) % kSlots; }

// Which slots of a level hold timers.
class Occupied {
 public:
  void set(std::size_t slot) { words_[slot / 64] |= std::uint64_t{1} << (slot % 64); }
  void clear(std::size_t slot) { words_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64)); }

  // The first at or behind `from`.
  [[nodiscard]] std::optional<std::size_t> first(std::size_t from) const {
    for (std::size_t word = from / 64; word < words_.size(); ++word) {
      const std::uint64_t mask = word == from / 64 ? ~std::uint64_t{0} << (from % 64) : ~std::uint64_t{0};
      if (const std::uint64_t bits = words_[word] & mask; bits != 0) {
        return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
      }
    }
    return std::nullopt;
  }

 private:
  std::array<std::uint64_t, kSlots / 64> words_{};
};

// The ends of the ring of timers of one slot.
class Slot final : public Timer {
 public:
  std::size_t level = 0, index = 0;

 private:
  void fire() override {}
};

}  // namespace

// A timer stands at the level of the highest digit (base 256) in which its tick differs from the current one, in the
// slot of that digit. So all of a level are due before all of the next, and only one slot is ever spread at a time.
struct TimerWheel::Levels {
  explicit Levels(Instant at) : start(at), now(at) {
    for (std::size_t level = 0; level < kLevels; ++level) {
      for (std::size_t index = 0; index < kSlots; ++index) {
        Slot& slot = slots[level][index];
        slot.level = level;
        slot.index = index;
        slot.previous_ = slot.next_ = &slot;
      }
    }
  }

  [[nodiscard]] Tick tick_of(Instant at) const {
    if (at <= start + Millis(static_cast<std::int64_t>(current))) return current;
    return std::min(static_cast<Tick>((at - start).count()), kLastTick);
  }

  void link(Timer& timer) {
    const Tick tick = tick_of(timer.deadline_);
    const Tick differing = tick ^ current;
    const std::size_t level =
        differing == 0 ? 0 : (static_cast<std::size_t>(std::bit_width(differing)) - 1) / kLevelBits;
    Slot& slot = slots[level][digit(tick, level)];
    Timer* after = slot.previous_;
    // What was armed for the past goes before what is due now; seldom more than a step.
    while (level == 0 && after != &slot && after->deadline_ > timer.deadline_) after = after->previous_;
    timer.previous_ = after;
    timer.next_ = after->next_;
    after->next_->previous_ = &timer;
    after->next_ = &timer;
    occupied[level].set(slot.index);
  }

  void unlink(Timer& timer) {
    timer.previous_->next_ = timer.next_;
    timer.next_->previous_ = timer.previous_;
    if (timer.previous_ == timer.next_) {  // only the slot itself remains
      const auto& slot = static_cast<const Slot&>(*timer.next_);
      occupied[slot.level].clear(slot.index);
    }
  }

  void disarm(Timer& timer) {
    unlink(timer);
    timer.wheel_ = nullptr;
    --armed;
  }

  // Where the lowest slot that holds timers begins.
  struct Next {
    Tick tick;
    Slot* slot;
  };
  [[nodiscard]] std::optional<Next> next() {
    for (std::size_t level = 0; level < kLevels; ++level) {
      // The current slot of an upper level is empty: what was in it has been spread.
      const std::size_t from = digit(current, level) + (level == 0 ? 0 : 1);
      if (from == kSlots) continue;
      const std::optional<std::size_t> index = occupied[level].first(from);
      if (!index) continue;
      const Tick below = (Tick{1} << (kLevelBits * (level + 1))) - 1;
      return Next{(current & ~below) | (Tick{*index} << (kLevelBits * level)), &slots[level][*index]};
    }
    return std::nullopt;
  }

  void spread(Slot& slot) {
    while (slot.next_ != &slot) {
      Timer& timer = *slot.next_;
      unlink(timer);
      link(timer);
    }
  }

  const Instant start;
  Instant now;
  Tick current = 0;  // everything before is fired
  std::size_t armed = 0;
  std::array<Occupied, kLevels> occupied{};
  std::array<std::array<Slot, kSlots>, kLevels> slots{};
};

Timer::~Timer() { cancel(); }

void Timer::cancel() {
  if (wheel_ != nullptr) wheel_->levels_->disarm(*this);
}

TimerWheel::TimerWheel(Instant start) : levels_(std::make_unique<Levels>(start)) {}

TimerWheel::~TimerWheel() {
  for (auto& level : levels_->slots) {
    for (Slot& slot : level) {
      while (slot.next_ != &slot) levels_->disarm(*slot.next_);
    }
  }
}

void TimerWheel::arm(Timer& timer, Instant at) {
  timer.cancel();
  timer.deadline_ = at;
  timer.wheel_ = this;
  levels_->link(timer);
  ++levels_->armed;
}

std::size_t TimerWheel::advance(Instant now, std::size_t limit) {
  Levels& levels = *levels_;
  levels.now = std::max(levels.now, now);
  const Tick target = levels.tick_of(now);
  std::size_t fired = 0;
  while (true) {
    Slot& due = levels.slots[0][digit(levels.current, 0)];
    while (due.next_ != &due && due.next_->deadline_ <= now) {
      if (fired == limit) return fired;
      Timer& timer = *due.next_;
      levels.disarm(timer);
      ++fired;
      timer.fire();  // may destroy it
    }
    if (levels.current >= target) return fired;
    const auto next = levels.next();
    levels.current = next ? std::min(next->tick, target) : target;
    if (next && next->tick == levels.current && next->slot->level > 0) levels.spread(*next->slot);
  }
}

std::optional<Instant> TimerWheel::next() const {
  const auto next = levels_->next();
  if (!next) return std::nullopt;
  if (next->slot->level == 0) return next->slot->next_->deadline_;
  return levels_->start + Millis(static_cast<std::int64_t>(next->tick));
}

std::size_t TimerWheel::armed() const { return levels_->armed; }

Instant TimerWheel::now() const { return levels_->now; }

}  // namespace presentia::base
