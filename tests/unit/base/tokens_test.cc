#include "as/base/tokens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <unordered_set>

#include "tests/support/spec.h"

namespace presentia::base {
namespace {

TEST(BootTokens, TagsStartWithTheirHomeAndConsistOfLettersAndDigits) {
  BootTokens tokens(0);
  for (const Partition home : {Partition{0}, Partition{511}, Partition{1023}}) {
    const std::string tag = tokens.tag(home);
    EXPECT_EQ(partition_of_tag(tag), home);
    EXPECT_EQ(tag.size(), 25U);
    EXPECT_TRUE(std::all_of(tag.begin(), tag.end(), [](unsigned char c) { return std::isalnum(c) != 0; })) << tag;
  }
}

TEST(BootTokens, NoTagComesTwiceNotFromAnotherLaneOrBootEither) {
  PS_SPEC("PUB-17");
  std::unordered_set<std::string> seen;
  for (int boot = 0; boot < 3; ++boot) {
    BootTokens first(0);
    BootTokens second(1);
    for (int i = 0; i < 2000; ++i) {
      EXPECT_TRUE(seen.insert(first.tag(5)).second);
      EXPECT_TRUE(seen.insert(second.tag(5)).second);
    }
  }
}

// A tag that could be told from the one before would share characters with it; by chance one in 62 does.
TEST(BootTokens, ConsecutiveTagsHaveNothingInCommon) {
  BootTokens tokens(0);
  int same = 0;
  int compared = 0;
  std::string last = tokens.tag(1);
  for (int i = 0; i < 500; ++i) {
    const std::string tag = tokens.tag(1);
    for (std::size_t at = 3; at < tag.size(); ++at, ++compared) same += tag[at] == last[at] ? 1 : 0;
    last = tag;
  }
  EXPECT_LT(same, compared / 20);
}

TEST(BootTokens, NoNumberComesTwiceNotFromAnotherLaneOrBootEither) {
  std::unordered_set<std::uint64_t> seen;
  BootTokens first(0);
  BootTokens other(1);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(first.number()).second);
    EXPECT_TRUE(seen.insert(other.number()).second);
  }
  BootTokens later(0);
  EXPECT_GT(later.number() + 1000, first.number());
}

}  // namespace
}  // namespace presentia::base
