#include "as/base/partition.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

namespace presentia::base {
namespace {

TEST(Crc, IsXmodem) {
  EXPECT_EQ(crc16_xmodem("123456789"), 0x31C3);  // the check value of the algorithm
  EXPECT_EQ(crc16_xmodem(""), 0);
  EXPECT_EQ(partition_of("123456789"), 0x31C3 % 1024);
}

// Redis' CLUSTER KEYSLOT gives crc16 mod 16384, of which ours is the remainder: "foo" is in slot 12182, "bar" in 5061.
TEST(Partition, IsTheOneThatRedisClusterWouldNarrow) {
  EXPECT_EQ(partition_of("foo"), 12182 % 1024);
  EXPECT_EQ(partition_of("bar"), 5061 % 1024);
}

TEST(Prefix, NamesEveryPartitionInThreeLettersOrDigits) {
  std::set<std::string> seen;
  for (Partition partition = 0; partition < kPartitions; ++partition) {
    const std::string prefix = partition_prefix(partition);
    EXPECT_EQ(prefix.size(), 3U);
    EXPECT_TRUE(std::all_of(prefix.begin(), prefix.end(), [](unsigned char c) { return std::isalnum(c) != 0; }));
    EXPECT_TRUE(seen.insert(prefix).second);
    EXPECT_EQ(partition_of_tag(prefix + "xyz"), partition);
  }
}

TEST(Prefix, ATagOfSomebodyElseIsMostlyRecognised) {
  for (const char* tag : {"", "0", "00", "000", "zzzabc", "z9hG4bK", "ab", "---x", "1_2abc", "\xff\xff\xff\xff"}) {
    EXPECT_FALSE(partition_of_tag(tag)) << tag;
  }
  const std::string prefix = partition_prefix(7);
  EXPECT_FALSE(partition_of_tag(prefix));  // nothing behind it
  int taken = 0;
  const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (const char a : digits) {
    for (const char b : digits) {
      for (const char c : digits) taken += partition_of_tag(std::string{a, b, c, 'x'}) ? 1 : 0;
    }
  }
  EXPECT_EQ(taken, kPartitions);
}

}  // namespace
}  // namespace presentia::base
