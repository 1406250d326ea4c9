#include "as/runtime/sends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace presentia::runtime {
namespace {

TEST(Sends, AKeyNamesItsShardAndIsTakenOnce) {
  Sends sends(5);
  const ports::SendKey key = sends.add({1, 1, "sip:alice@example.com", "dialog", 9});
  EXPECT_EQ(Sends::shard_of(key), 5U);
  const auto taken = sends.take(key);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->cseq, 9U);
  EXPECT_FALSE(sends.take(key).has_value());
}

TEST(Sends, FindsTheRequestOfADialogByItsCseqWhileItIsOpen) {
  Sends sends(0);
  const ports::SendKey old = sends.add({1, 1, "r", "dialog", 1});
  const ports::SendKey fresh = sends.add({1, 1, "r", "dialog", 2});
  EXPECT_EQ(sends.find("dialog", 1), old);
  EXPECT_EQ(sends.find("dialog", 2), fresh);
  sends.take(old);
  EXPECT_EQ(sends.find("dialog", 1), std::nullopt);
  EXPECT_EQ(sends.find("dialog", 2), fresh);
  EXPECT_EQ(sends.find("other", 2), std::nullopt);
}

TEST(Sends, ListsWhatAPartitionHasOpen) {
  Sends sends(0);
  sends.add({1, 1, "r", "a", 1});
  const ports::SendKey other = sends.add({2, 1, "r", "b", 1});
  EXPECT_THAT(sends.of(2), testing::ElementsAre(other));
}

}  // namespace
}  // namespace presentia::runtime
