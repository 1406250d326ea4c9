// Documents as they come: order, comments, missing parts, faults and limits.
#include "as/rules/rule_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/spec.h"
#include "tests/unit/rules/support.h"

namespace presentia::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RuleSets, AreReadWithCommentsAndInAnyOrder) {
  PS_SPEC("POL-01 POL-14");
  Asked asked;
  asked.rules(
      "<!-- mine --><rule id='a'><!-- who --><transformations><!-- what -->"
      "<pr:provide-mood><!-- yes -->true</pr:provide-mood></transformations>"
      "<actions><pr:sub-handling>al<!-- x -->low</pr:sub-handling></actions><conditions><!-- any -->"
      "<identity><!-- one --><one id='sip:bob@example.com'/></identity></conditions></rule><!-- end -->");
  EXPECT_TRUE(asked.allowed());
  EXPECT_TRUE(asked.evaluate().permissions.shows(Attribute::mood));
  asked.watcher = {"sip:eve@example.com"};
  EXPECT_FALSE(asked.allowed());
  EXPECT_THAT(asked.remarks, IsEmpty());
}

TEST(RuleSets, WithSeveralConditionsPartsNeedAllOfThem) {
  Asked asked;
  asked.rules("<rule id='a'><conditions>" + one("sip:bob@example.com") + "</conditions><conditions>" +
              one("sip:eve@example.com") + "</conditions><actions>" + handling("allow") + "</actions></rule>");
  EXPECT_FALSE(asked.allowed());
}

TEST(RuleSets, AllDocumentsOfTheRfcsAreRead) {
  PS_SPEC("PRU-26");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PS_TEST_DATA "/rules")) {
    if (!entry.is_regular_file() || entry.path().parent_path().filename() == "resource-lists") continue;
    Asked asked;
    asked.document(
        test_document(entry.path().parent_path().filename().string() + "/" + entry.path().filename().string()));
    asked.watcher = {"sip:eve@elsewhere.example"};
    EXPECT_FALSE(asked.allowed()) << entry.path();
  }
}

TEST(RuleSets, SayWhatTheySkipped) {
  PS_SPEC("POL-12 POL-13 POL-14");
  const auto remarks = [](std::string_view rules) {
    Asked asked;
    asked.rules(rules);
    return asked.remarks;
  };
  EXPECT_THAT(remarks("<rule/>"), ElementsAre("rules.id-missing"));
  EXPECT_THAT(remarks("<rule id='a'/><rule id=' a '/>"), ElementsAre("rules.id-repeated"));
  EXPECT_THAT(remarks("<x:rule/><rule id='a'><x:conditions/></rule>"), ElementsAre("rules.unknown-element"));
  EXPECT_THAT(remarks(rule("a", "<x:y/><x:z/>", "")), ElementsAre("rules.unknown-condition"));
  EXPECT_THAT(remarks(rule("a", identity("<x:y/>"), "")), ElementsAre("rules.unknown-condition"));
  EXPECT_THAT(remarks(rule("a", identity("<many domain=''/>"), "")), ElementsAre("rules.bad-condition"));
  EXPECT_THAT(remarks(rule("a", "<validity/>", "")), ElementsAre("rules.bad-condition"));
  EXPECT_THAT(remarks(rule("a", "", "<x:y/>", "<x:z/>")), ElementsAre("rules.unknown-permission"));
  EXPECT_THAT(remarks(rule("a", "", handling("maybe"))), ElementsAre("rules.bad-permission"));
}

TEST(RuleSets, AreRefusedWithAReasonAndAPlace) {
  EXPECT_EQ(refusal(""), "xml.malformed");
  EXPECT_EQ(refusal("<ruleset"), "xml.malformed");
  EXPECT_EQ(refusal("<!DOCTYPE ruleset><ruleset xmlns='urn:ietf:params:xml:ns:common-policy'/>"), "xml.doctype");
  EXPECT_EQ(refusal("<ruleset/>"), "rules.no-ruleset") << "in no namespace";
  EXPECT_EQ(refusal("<rules xmlns='urn:ietf:params:xml:ns:common-policy'/>"), "rules.no-ruleset");
  EXPECT_EQ(refusal(ruleset("")), "");
  xml::Reader reader;
  const auto read = read_rules("\n\n<rules/>", reader);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().line, 3U);
  EXPECT_FALSE(read.error().text.empty());
}

TEST(RuleSets, AreBounded) {
  const auto limits = [](std::size_t rules, std::size_t conditions, std::size_t lists, std::size_t permissions) {
    return RuleLimits{
        .max_rules = rules, .max_conditions = conditions, .max_lists = lists, .max_permissions = permissions};
  };
  const std::string two = ruleset(rule("a", "", "") + rule("b", "", ""));
  EXPECT_EQ(refusal(two, limits(2, 0, 0, 0)), "");
  EXPECT_EQ(refusal(two, limits(1, 0, 0, 0)), "rules.too-many-rules");
  for (const char* three : {"<identity><one id='sip:a@b'/><one id='sip:c@d'/></identity>",
                            "<identity><many><except id='sip:a@b'/></many></identity>", "<sphere value='a b'/>",
                            "<validity><from/><until/></validity>", "<x:a/><x:b/><x:c/>"}) {
    EXPECT_EQ(refusal(ruleset(rule("a", three, "")), limits(1, 3, 0, 0)), "") << three;
    EXPECT_EQ(refusal(ruleset(rule("a", three, "")), limits(1, 2, 0, 0)), "rules.too-many-conditions") << three;
  }
  const std::string lists = ruleset(rule("a",
                                         "<ocp:external-list><ocp:entry anc='http://a'/><ocp:entry anc='http://b'/>"
                                         "<ocp:entry anc='http://a'/></ocp:external-list>",
                                         ""));
  EXPECT_EQ(refusal(lists, limits(1, 9, 2, 0)), "");
  EXPECT_EQ(refusal(lists, limits(1, 9, 1, 0)), "rules.too-many-lists");
  const std::string sets = ruleset(rule("a", "", "",
                                        "<pr:provide-services><pr:class>a</pr:class><pr:class>b</pr:class>"
                                        "</pr:provide-services><pr:provide-unknown-attribute name='a' ns='b'>true"
                                        "</pr:provide-unknown-attribute>"));
  EXPECT_EQ(refusal(sets, limits(1, 9, 0, 3)), "");
  EXPECT_EQ(refusal(sets, limits(1, 9, 0, 2)), "rules.too-many-permissions");
  EXPECT_EQ(refusal(two, {.xml = {.max_depth = 1, .max_elements = 9, .max_attributes = 9}}), "xml.too-deep");
}

TEST(RuleSets, AreSmall) {
  std::string rules;
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i);
    rules += rule("contact-" + n, one("sip:contact" + n + "@ims.example.com"), handling("allow"),
                  "<pr:provide-services><pr:all-services/></pr:provide-services><pr:provide-all-attributes/>");
  }
  Asked asked;
  asked.rules(rules);
  EXPECT_LT(asked.rule_set->memory(), 4096U) << "equal permissions are kept once";
}

}  // namespace
}  // namespace presentia::rules
