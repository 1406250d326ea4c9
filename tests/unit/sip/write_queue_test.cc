#include "as/sip/write_queue.h"

#include <gtest/gtest.h>

namespace presentia::sip {
namespace {

base::Instant at(int ms) { return base::Instant(base::Millis(ms)); }

TEST(WriteQueue, GivesBackInOrderWhatWasPutIn) {
  WriteQueue queue;
  EXPECT_TRUE(queue.empty());
  queue.push("abc", at(0));
  queue.push("def", at(0));
  EXPECT_EQ(queue.waiting(), "abcdef");
  queue.pop(4, at(1));
  EXPECT_EQ(queue.waiting(), "ef");
  queue.push("gh", at(2));
  EXPECT_EQ(queue.waiting(), "efgh");
  queue.pop(4, at(3));
  EXPECT_TRUE(queue.empty());
  queue.push("i", at(4));
  EXPECT_EQ(queue.waiting(), "i");
}

TEST(WriteQueue, IsStuckSinceTheOldestThatWaits) {
  WriteQueue queue;
  queue.push("abc", at(5));
  EXPECT_EQ(queue.stuck_since(), at(5));
  queue.push("def", at(10));
  queue.pop(3, at(20));  // all that waited since 5
  EXPECT_EQ(queue.stuck_since(), at(20));
  queue.pop(3, at(30));
  queue.push("g", at(40));
  EXPECT_EQ(queue.stuck_since(), at(40));
}

TEST(WriteQueue, AReaderThatTakesALittleDoesNotMoveThat) {
  WriteQueue queue;
  queue.push("abcdef", at(0));
  for (int ms = 1; ms < 6; ++ms) {
    queue.pop(1, at(ms));
    queue.push("x", at(ms));
    EXPECT_EQ(queue.stuck_since(), at(0));
  }
  queue.pop(1, at(9));
  EXPECT_EQ(queue.stuck_since(), at(9));
  EXPECT_EQ(queue.waiting(), "xxxxx");
}

TEST(WriteQueue, ALongOneKeepsItsBytes) {
  WriteQueue queue;
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string part(17, static_cast<char>('a' + i % 26));
    queue.push(part, at(i));
    expected += part;
    queue.pop(11, at(i));
    expected.erase(0, 11);
    ASSERT_EQ(queue.waiting(), expected);
  }
}

}  // namespace
}  // namespace presentia::sip
