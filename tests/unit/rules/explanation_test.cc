#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/support.h"

namespace presentia::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string told(const Explanation& explanation) {
  std::string text;
  for (const RuleReport& rule : explanation) {
    text += rule.id + (rule.matches ? " matches: " : " does not match: ") + rule.grants + "\n";
    for (const ConditionReport& condition : rule.conditions) {
      text += "  " + condition.condition + (condition.holds ? " holds: " : " does not hold: ") + condition.why + "\n";
    }
  }
  return text;
}

TEST(Explanations, SayWhatBecameOfEachRuleAndCondition) {
  Asked asked;
  asked.lists.known = {{"http://x/friends", Members({"sip:bob@example.com"})}};
  asked.sphere = "home";
  asked.rules(
      rule("friends", "<ocp:external-list><ocp:entry anc='http://x/friends'/></ocp:external-list>", handling("allow"),
           "<pr:provide-services><pr:all-services/></pr:provide-services><pr:provide-mood>true</pr:provide-mood>"
           "<pr:provide-user-input>bare</pr:provide-user-input>"
           "<pr:provide-persons><pr:class>biz</pr:class></pr:provide-persons>"
           "<pr:provide-unknown-attribute name='a' ns='urn:b'>true</pr:provide-unknown-attribute>") +
      rule("work",
           "<validity><from>2000-01-01T00:00:00Z</from><until>2001-01-01T00:00:00Z</until></validity>"
           "<sphere value='work'/>" +
               one("sip:eve@example.com"),
           "", "<pr:provide-all-attributes/>") +
      rule("gone", "<x:weather/><ocp:external-list><ocp:entry anc='http://x/gone'/></ocp:external-list>", "") +
      rule("others", "<ocp:other-identity/>", handling("confirm")) +
      rule("colleagues", identity("<many domain='example.com'/>") + "<ocp:anonymous-request/>", "") +
      rule("all", "", ""));
  Explanation explanation;
  const Evaluation evaluation = asked.evaluate(&explanation);
  EXPECT_EQ(told(explanation),
            "friends matches: sub-handling allow; services all; persons class=biz; provide-mood; "
            "provide-user-input bare; {urn:b}a\n"
            "  external-list holds: has the watcher: http://x/friends\n"
            "work does not match: sub-handling block; all attributes\n"
            "  identity does not hold: none of them is sip:bob@example.com\n"
            "  sphere does not hold: the sphere is home\n"
            "  validity does not hold: no longer\n"
            "gone does not match: sub-handling block\n"
            "  weather does not hold: not known here: never holds\n"
            "  external-list does not hold: cannot be had: http://x/gone\n"
            "others does not match: sub-handling confirm\n"
            "  other-identity does not hold: rule friends names the watcher\n"
            "colleagues does not match: sub-handling block\n"
            "  anonymous-request does not hold: the request asks for no anonymity\n"
            "  identity holds: many of example.com\n"
            "all matches: sub-handling block\n");
  EXPECT_THAT(evaluation.matched, ElementsAre(0U, 5U));
  EXPECT_EQ(explanation[1].line, explanation[1].conditions[0].line);
}

TEST(Explanations, OfAWatcherWithoutIdentity) {
  Asked asked;
  asked.watcher = {};
  asked.rules(
      rule("a", identity("<many/>"), "") + rule("b", "<identity/>", "") + rule("c", "<ocp:other-identity/>", "") +
      rule("d", "<sphere value='a'/>", "") +
      rule("e", "<validity><from>2100-01-01T00:00:00Z</from><until>2101-01-01T00:00:00Z</until></validity>", ""));
  Explanation explanation;
  static_cast<void>(asked.evaluate(&explanation));
  const std::string text = told(explanation);
  EXPECT_THAT(text, HasSubstr("identity does not hold: the watcher is not authenticated"));
  EXPECT_THAT(text, HasSubstr("identity holds: the watcher is not authenticated"));
  EXPECT_THAT(text, HasSubstr("other-identity does not hold: the watcher is not authenticated"));
  EXPECT_THAT(text, HasSubstr("sphere does not hold: the sphere is undefined"));
  EXPECT_THAT(text, HasSubstr("validity does not hold: not yet, or not now"));
}

}  // namespace
}  // namespace presentia::rules
