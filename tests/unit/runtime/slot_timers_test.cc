#include "as/runtime/slot_timers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace presentia::runtime {
namespace {

using base::Seconds;
using testing::IsEmpty;
using testing::SizeIs;

class SlotTimersTest : public testing::Test {
 protected:
  const base::Instant start{Seconds(1'000'000)};
  const ports::Resource resource = "sip:alice@example.com";
  const event::TimerKey key = ports::SubscriptionId{7};
  base::TimerWheel wheel{start};
  std::vector<DueTimer> due;
  SlotTimers timers{wheel, due, 3, resource};
};

TEST_F(SlotTimersTest, FiresAtItsMomentOnce) {
  timers.arm(key, start + Seconds(10));
  wheel.advance(start + base::Millis(9'999));
  EXPECT_THAT(due, IsEmpty());
  wheel.advance(start + Seconds(10));
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].partition, 3);
  EXPECT_EQ(due[0].resource, resource);
  EXPECT_TRUE(timers.due(due[0].key, start + Seconds(10)));
  EXPECT_FALSE(timers.due(due[0].key, start + Seconds(10)));
  EXPECT_EQ(wheel.armed(), 0U);
}

TEST_F(SlotTimersTest, ATimerMovedLaterFiresEarlyAndIsSetAgain) {
  timers.arm(key, start + Seconds(10));
  timers.arm(key, start + Seconds(20));
  EXPECT_EQ(wheel.armed(), 1U);
  wheel.advance(start + Seconds(10));
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_FALSE(timers.due(key, start + Seconds(10)));
  due.clear();
  wheel.advance(start + Seconds(20));
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_TRUE(timers.due(key, start + Seconds(20)));
}

TEST_F(SlotTimersTest, ATimerMovedEarlierFiresEarlier) {
  timers.arm(key, start + Seconds(20));
  timers.arm(key, start + Seconds(5));
  wheel.advance(start + Seconds(5));
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_TRUE(timers.due(key, start + Seconds(5)));
}

TEST_F(SlotTimersTest, ATimerDisarmedAfterItFiredIsNotDue) {
  timers.arm(key, start + Seconds(5));
  wheel.advance(start + Seconds(5));
  timers.disarm(key);
  EXPECT_FALSE(timers.due(key, start + Seconds(5)));
}

}  // namespace
}  // namespace presentia::runtime
