#include "as/runtime/rate_limit.h"

#include <gtest/gtest.h>

namespace presentia::runtime {
namespace {

using base::Millis;
using base::Seconds;

constexpr base::Instant kStart{Seconds(1'000'000)};

int taken(RateLimit& limit, std::string_view name, std::uint32_t rate, base::Instant now, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i) count += limit.take(name, rate, now) ? 1 : 0;
  return count;
}

TEST(RateLimit, LetsABurstOfTwiceTheRateInAndThenTheRate) {
  RateLimit limit;
  EXPECT_EQ(taken(limit, "bob", 10, kStart, 100), 20);
  EXPECT_EQ(taken(limit, "bob", 10, kStart + Millis(99), 100), 0);
  EXPECT_EQ(taken(limit, "bob", 10, kStart + Millis(500), 100), 5);
  EXPECT_EQ(taken(limit, "bob", 10, kStart + Seconds(100), 100), 20) << "no more than one burst is saved up";
}

TEST(RateLimit, IsEachNamesOwnAndZeroIsNoLimit) {
  RateLimit limit;
  EXPECT_EQ(taken(limit, "bob", 1, kStart, 100), 2);
  EXPECT_EQ(taken(limit, "carol", 1, kStart, 100), 2);
  EXPECT_EQ(taken(limit, "dave", 0, kStart, 100), 100);
}

TEST(RateLimit, TheRateOfTheMomentCounts) {
  RateLimit limit;
  EXPECT_EQ(taken(limit, "bob", 10, kStart, 100), 20);
  EXPECT_EQ(taken(limit, "bob", 1, kStart + Seconds(60), 100), 2);
  EXPECT_EQ(taken(limit, "bob", 100, kStart + Seconds(61), 1000), 100);
}

TEST(RateLimit, RemembersSoManyNamesAndForgetsTheOneUnusedLongest) {
  RateLimit limit(2);
  EXPECT_EQ(taken(limit, "bob", 1, kStart, 10), 2);
  EXPECT_EQ(taken(limit, "carol", 1, kStart, 10), 2);
  EXPECT_EQ(taken(limit, "bob", 1, kStart, 10), 0);
  EXPECT_EQ(taken(limit, "dave", 1, kStart, 10), 2);  // carol is forgotten
  EXPECT_EQ(limit.size(), 2U);
  EXPECT_EQ(taken(limit, "bob", 1, kStart, 10), 0);
  EXPECT_EQ(taken(limit, "carol", 1, kStart, 10), 2);
}

}  // namespace
}  // namespace presentia::runtime
