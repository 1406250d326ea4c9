#include "as/base/tally.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace presentia::base {
namespace {

TEST(Tally, CountsWhatIsHeldByName) {
  Tally tally;
  const Tally::Hold first = tally.hold("bob");
  {
    const Tally::Hold second = tally.hold("bob"), other = tally.hold("carol");
    EXPECT_EQ(tally.count("bob"), 2U);
    EXPECT_EQ(tally.count("carol"), 1U);
    EXPECT_EQ(tally.total(), 3U);
  }
  EXPECT_EQ(tally.count("bob"), 1U);
  EXPECT_EQ(tally.count("carol"), 0U);
  EXPECT_EQ(tally.total(), 1U);
}

TEST(Tally, AMovedHoldCountsOnceAndAReplacedOneNoMore) {
  Tally tally;
  Tally::Hold hold = tally.hold("bob");
  Tally::Hold moved = std::move(hold);
  EXPECT_EQ(tally.count("bob"), 1U);
  moved = Tally::Hold();
  EXPECT_FALSE(static_cast<bool>(moved));
  EXPECT_EQ(tally.total(), 0U);
}

TEST(Tally, IsRightAfterManyThreads) {
  Tally tally;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&tally, t] {
      for (int i = 0; i < 1000; ++i) {
        const Tally::Hold common = tally.hold("all"), own = tally.hold(std::to_string(t) + std::to_string(i % 100));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tally.total(), 0U);
  EXPECT_EQ(tally.count("all"), 0U);
}

}  // namespace
}  // namespace presentia::base
