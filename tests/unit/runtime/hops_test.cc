#include "as/runtime/hops.h"

#include <gtest/gtest.h>

namespace presentia::runtime {
namespace {

using enum Hops::Verdict;

void send_and(Hops& hops, std::uint64_t hop, Hops::Verdict verdict) {
  hops.sent(hop);
  hops.finished(hop, verdict);
}

TEST(Hops, APlaceThatLeavesOneUnansweredIsDeafUntilItAnswers) {
  Hops hops;
  send_and(hops, 1, answered);
  EXPECT_FALSE(hops.deaf(1));
  send_and(hops, 1, silent);
  EXPECT_TRUE(hops.deaf(1));
  EXPECT_FALSE(hops.deaf(2));
  send_and(hops, 1, answered);
  EXPECT_FALSE(hops.deaf(1));
  EXPECT_EQ(hops.size(), 0U);
}

TEST(Hops, AnAbandonedNotifySaysNothing) {
  Hops hops;
  send_and(hops, 1, none);
  EXPECT_FALSE(hops.deaf(1));
  send_and(hops, 2, silent);
  send_and(hops, 2, none);
  EXPECT_TRUE(hops.deaf(2));
}

TEST(Hops, CountsWhatADeafPlaceHasBeenSentAlsoBefore) {
  Hops hops;
  for (int i = 0; i < 3; ++i) hops.sent(1);
  EXPECT_EQ(hops.unheard(1), 0U) << "not known to be deaf";
  hops.finished(1, silent);
  EXPECT_EQ(hops.unheard(1), 2U);
}

TEST(Hops, RemembersSoManyDeafPlacesAndForgetsTheFirst) {
  Hops hops(2);
  for (std::uint64_t hop = 1; hop <= 3; ++hop) send_and(hops, hop, silent);
  EXPECT_FALSE(hops.deaf(1));
  EXPECT_TRUE(hops.deaf(2));
  EXPECT_TRUE(hops.deaf(3));
  EXPECT_EQ(hops.size(), 2U);
  for (int i = 0; i < 10'000; ++i) {
    send_and(hops, 9, silent);
    send_and(hops, 9, answered);
  }
  EXPECT_LE(hops.size(), 2U);
}

}  // namespace
}  // namespace presentia::runtime
