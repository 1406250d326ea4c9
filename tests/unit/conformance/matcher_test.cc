#include "tools/presentia-conformance/matcher.h"

#include <gtest/gtest.h>

namespace presentia::conformance {
namespace {

bool fits(const std::string& matcher, const std::vector<std::string>& values) {
  return mismatch(matcher, values).empty();
}

TEST(Matcher, ComparesWhole) {
  EXPECT_TRUE(fits("a", {"a"}));
  EXPECT_FALSE(fits("a", {"ab"}));
  EXPECT_TRUE(fits("a, b", {"a", "b"})) << "several lines are one list";
  EXPECT_EQ(mismatch("b", {"a"}), "is \"a\", should be \"b\"");
  EXPECT_EQ(mismatch("b", {}), "is absent, should be \"b\"");
}

TEST(Matcher, KnowsPresenceAndAbsence) {
  EXPECT_TRUE(fits("present", {""}));
  EXPECT_FALSE(fits("present", {}));
  EXPECT_TRUE(fits("absent", {}));
  EXPECT_FALSE(fits("absent", {"a"}));
  EXPECT_TRUE(fits("!= a", {"b"}));
  EXPECT_FALSE(fits("!= a", {"a"}));
}

TEST(Matcher, KnowsBounds) {
  EXPECT_TRUE(fits("<= 600", {"600"}));
  EXPECT_FALSE(fits("< 600", {"600"}));
  EXPECT_TRUE(fits(">= 1", {"1.5"}));
  EXPECT_FALSE(fits("> 0", {"many"})) << "what is no number is in no bounds";
}

TEST(Matcher, KnowsPatternsAndLists) {
  EXPECT_TRUE(fits("/^a.c$/", {"abc"}));
  EXPECT_FALSE(fits("/^a.c$/", {"abcd"}));
  EXPECT_TRUE(fits("lists PUBLISH, SUBSCRIBE", {"SUBSCRIBE, OPTIONS", "PUBLISH"}));
  EXPECT_FALSE(fits("lists PUBLISH", {"PUBLISHED"}));
  EXPECT_EQ(extract("/tag=(\\w+)/", "x;tag=abc;y"), "abc");
  EXPECT_EQ(extract("/nothing/", "x"), std::nullopt);
}

TEST(Matcher, SaysWhatItCannotRead) {
  EXPECT_NE(unreadable_matcher("/(/"), "");
  EXPECT_NE(unreadable_matcher("<= many"), "");
  EXPECT_EQ(unreadable_matcher("<= ${granted}"), "");
}

}  // namespace
}  // namespace presentia::conformance
