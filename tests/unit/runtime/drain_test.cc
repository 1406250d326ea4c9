#include "as/runtime/drain.h"

#include <gtest/gtest.h>

namespace presentia::runtime {
namespace {

using base::Millis;
using base::Seconds;
using ports::DrainMode;

constexpr base::Instant kStart{Seconds(1'000'000)};
constexpr base::Instant kGiveUp = kStart + Seconds(4);

int ended_between(Drain& drain, Millis from, Millis to, std::uint32_t rate) {
  int ended = 0;
  for (Millis at = from; at <= to; at += Millis(1)) {
    while (drain.may_end(kStart + at, rate)) ++ended;
  }
  return ended;
}

TEST(Drain, EndsSoManyASecondAndSavesLittleUp) {
  Drain drain;
  drain.start(DrainMode::handover, 0, 0, kStart, kGiveUp);
  EXPECT_EQ(ended_between(drain, Millis(0), Millis(2'000), 100), 200);
  const int after_a_pause = ended_between(drain, Millis(60'000), Millis(61'000), 100);
  EXPECT_GE(after_a_pause, 100);
  EXPECT_LE(after_a_pause, 106);
}

TEST(Drain, SaysWhenTheNextMayEnd) {
  Drain drain;
  EXPECT_FALSE(drain.next());
  drain.start(DrainMode::keep, 0, 0, kStart, kGiveUp);
  EXPECT_FALSE(drain.next());
  drain.start(DrainMode::handover, 0, 0, kStart, kGiveUp);
  EXPECT_FALSE(drain.may_end(kStart, 1));
  ASSERT_TRUE(drain.next());
  EXPECT_EQ(*drain.next(), kStart + Seconds(1));
  EXPECT_TRUE(drain.may_end(*drain.next(), 1));
}

TEST(Drain, AwaitsOnlyWhatWasOpenAtItsStart) {
  Drain drain;
  drain.finished(3);
  drain.start(DrainMode::keep, 2, 7, kStart, kGiveUp);
  drain.finished(8);
  drain.finished(9);
  EXPECT_TRUE(drain.waits(kStart));
  drain.finished(7);
  drain.start(DrainMode::keep, 5, 9, kStart, kGiveUp);
  drain.finished(1);
  EXPECT_FALSE(drain.waits(kStart));
}

TEST(Drain, KeepGivesUpOnWatchersThatDoNotAnswer) {
  Drain drain;
  drain.start(DrainMode::keep, 1, 7, kStart, kGiveUp);
  EXPECT_EQ(drain.next(), kGiveUp);
  EXPECT_TRUE(drain.waits(kGiveUp - Millis(1)));
  EXPECT_FALSE(drain.waits(kGiveUp));
}

TEST(Drain, KeepMayTurnIntoHandoverButNotBack) {
  Drain drain;
  drain.start(DrainMode::keep, 0, 0, kStart, kGiveUp);
  EXPECT_TRUE(drain.active());
  EXPECT_FALSE(drain.handing_over());
  drain.start(DrainMode::handover, 0, 0, kStart, kGiveUp);
  drain.start(DrainMode::keep, 0, 0, kStart, kGiveUp);
  EXPECT_TRUE(drain.handing_over());
}

}  // namespace
}  // namespace presentia::runtime
