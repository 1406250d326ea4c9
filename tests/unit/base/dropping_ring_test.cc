#include "as/base/dropping_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace presentia::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DroppingRing, GivesWhatCameInOrderAndNothingTwice) {
  DroppingRing<std::string> ring(4);
  std::vector<std::string> out;
  ring.push("a");
  ring.push("b");
  EXPECT_EQ(ring.take(out), 0U);
  EXPECT_THAT(out, ElementsAre("a", "b"));
  out.clear();
  EXPECT_EQ(ring.take(out), 0U);
  EXPECT_THAT(out, IsEmpty());
}

TEST(DroppingRing, DropsTheOldestAndSaysHowMany) {
  DroppingRing<int> ring(3);
  std::vector<int> out;
  ring.push(0);
  EXPECT_EQ(ring.take(out), 0U);
  for (int i = 1; i <= 8; ++i) ring.push(i);
  out.clear();
  EXPECT_EQ(ring.take(out), 5U);
  EXPECT_THAT(out, ElementsAre(6, 7, 8));
  ring.push(9);
  out.clear();
  EXPECT_EQ(ring.take(out), 0U);
  EXPECT_THAT(out, ElementsAre(9));
}

// Under ThreadSanitizer this is also a proof that the two need nothing else between them.
TEST(DroppingRing, WithAWriterAtWorkEveryValueIsGivenOnceInOrderOrCountedAsLost) {
  constexpr std::uint64_t kPushed = 200'000;
  DroppingRing<std::uint64_t> ring(64);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kPushed; ++i) ring.push(i);
    done = true;
  });
  std::vector<std::uint64_t> out;
  std::uint64_t lost = 0;
  while (!done) lost += ring.take(out);
  lost += ring.take(out);
  writer.join();
  EXPECT_EQ(out.size() + lost, kPushed);
  for (std::size_t i = 1; i < out.size(); ++i) ASSERT_LT(out[i - 1], out[i]);
  EXPECT_EQ(out.back(), kPushed - 1);
}

}  // namespace
}  // namespace presentia::base
