// LastResort: a process whose stop hangs ends all the same, one that stops in time is left alone.
#include "as/main/last_resort.h"

#include <gtest/gtest.h>

#include <future>

namespace presentia {
namespace {

using Clock = std::chrono::steady_clock;

TEST(LastResortDeathTest, EndsTheProcessWithStatus1WhateverHangs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const LastResort last_resort(Clock::now());
        std::promise<void> never;
        never.get_future().wait();
      },
      testing::ExitedWithCode(1), "not everything has stopped within drain.timeout_s");
}

TEST(LastResortDeathTest, LeavesAloneWhatStopsBefore) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        { const LastResort last_resort(Clock::now() + std::chrono::hours(1)); }
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^$");
}

}  // namespace
}  // namespace presentia
