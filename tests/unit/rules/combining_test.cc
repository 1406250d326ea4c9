// What matching rules grant together: RFC 4745 10 and RFC 5025 3.2, 3.3.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <regex>

#include "tests/support/spec.h"
#include "tests/unit/rules/support.h"

namespace presentia::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RuleCombining : public testing::Test {
 protected:
  // What rules for everybody with these parts grant together.
  Permissions granted(const std::vector<std::pair<std::string, std::string>>& rules) {
    std::string text;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      text += rule("r" + std::to_string(i), "", rules[i].first, rules[i].second);
    }
    asked.rules(text);
    return asked.evaluate().permissions;
  }
  Permissions shown(std::string_view transformations) { return granted({{"", std::string(transformations)}}); }
  Asked asked;
};

// The permissions of the RFC's table are made up; here X is a boolean, Y and Z are enumerations of presence rules with
// as many values as the table uses.
TEST_F(RuleCombining, TheExampleOfRfc4745) {
  PS_SPEC("POL-10");
  std::string text = test_document("common-policy/mem-rfc4745-s10.3.xml");
  constexpr std::array<std::pair<const char*, const char*>, 9> kNames{{
      {"xmlns:t=", "xmlns:pr='urn:ietf:params:xml:ns:pres-rules' xmlns:t="},
      {"<t:Y>12</t:Y>", "<pr:sub-handling>allow</pr:sub-handling>"},
      {"<t:Y>10</t:Y>", "<pr:sub-handling>polite-block</pr:sub-handling>"},
      {"<t:Y>5</t:Y>", "<pr:sub-handling>confirm</pr:sub-handling>"},
      {"<t:Y>3</t:Y>", "<pr:sub-handling>block</pr:sub-handling>"},
      {"<t:Z>1</t:Z>", "<pr:provide-user-input>bare</pr:provide-user-input>"},
      {"<t:Z>2</t:Z>", "<pr:provide-user-input>thresholds</pr:provide-user-input>"},
      {"<t:Z>3</t:Z>", "<pr:provide-user-input>full</pr:provide-user-input>"},
      {"<actions><t:X>(.*?)</t:X>",
       "<transformations><pr:provide-mood>$1</pr:provide-mood></transformations><actions>"},
  }};
  for (const auto& [from, to] : kNames) text = std::regex_replace(text, std::regex(from), to);
  asked.document(text);
  EXPECT_THAT(asked.remarks, IsEmpty());
  asked.sphere = "work";
  asked.now = at("2003-12-24T17:15:00+01:00");
  EXPECT_THAT(asked.matched(), ElementsAre("r3", "r5"));
  const Permissions together = asked.evaluate().permissions;
  EXPECT_TRUE(together.shows(Attribute::mood)) << "X: TRUE and NULL";
  EXPECT_EQ(together.handling, SubHandling::allow) << "Y: 3 and 12";
  EXPECT_EQ(together.user_input, UserInput::thresholds) << "Z: 1 and 2";
}

TEST_F(RuleCombining, TheExampleAsItStandsGrantsNothingHere) {
  PS_SPEC("POL-10 POL-13");
  asked.document(test_document("common-policy/mem-rfc4745-s10.3.xml"));
  asked.sphere = "work";
  asked.now = at("2003-12-24T17:15:00+01:00");
  EXPECT_THAT(asked.matched(), ElementsAre("r3", "r5"));
  EXPECT_EQ(asked.evaluate().permissions, Permissions());
  EXPECT_THAT(asked.remarks, ElementsAre("rules.unknown-permission"));
}

TEST_F(RuleCombining, NoMatchingRuleIsTheLowestOfAll) {
  PS_SPEC("POL-11");
  asked.rules(rule("a", one("sip:carol@example.com"), handling("allow"), "<pr:provide-all-attributes/>"));
  EXPECT_EQ(asked.evaluate().permissions, Permissions());
  EXPECT_EQ(asked.handling(), SubHandling::block);
  asked.rules("");
  EXPECT_EQ(asked.handling(), SubHandling::block);
}

TEST_F(RuleCombining, TheHighestSubHandlingWins) {
  PS_SPEC("PRU-06");
  constexpr std::array kRising{SubHandling::block, SubHandling::confirm, SubHandling::polite_block, SubHandling::allow};
  for (const SubHandling one : kRising) {
    for (const SubHandling other : kRising) {
      const Permissions both = granted({{handling(name_of(one)), ""}, {handling(name_of(other)), ""}});
      EXPECT_EQ(both.handling, std::max(one, other));
    }
  }
}

// In other servers the first rule that matches wins, a second action hides the first, and a rule without
// transformations is dropped.
TEST_F(RuleCombining, EveryMatchingRuleCountsWhateverItLacks) {
  PS_SPEC("POL-10 POL-13 PRU-06");
  EXPECT_EQ(granted({{handling("confirm"), ""}, {handling("allow"), ""}}).handling, SubHandling::allow);
  EXPECT_EQ(granted({{"<x:log/>" + handling("allow"), ""}}).handling, SubHandling::allow);
  EXPECT_EQ(granted({{handling(" allow\n"), ""}}).handling, SubHandling::allow);
  EXPECT_EQ(granted({{"", "<pr:provide-mood>true</pr:provide-mood>"}}).handling, SubHandling::block);
  EXPECT_TRUE(granted({{handling("allow"), ""}}).services.none()) << "nothing is given unless provided";
}

TEST_F(RuleCombining, WhatIsNotUnderstoodGrantsNothing) {
  PS_SPEC("POL-13 PRU-26");
  for (const char* action : {"<x:sub-handling>allow</x:sub-handling>", "<sub-handling>allow</sub-handling>",
                             "<pr:sub-handling>Allow</pr:sub-handling>", "<pr:sub-handling>30</pr:sub-handling>",
                             "<pr:sub-handling/>", "<pr:provide-all-attributes/>"}) {
    EXPECT_EQ(granted({{action, ""}}), Permissions()) << action;
    EXPECT_THAT(asked.remarks, testing::SizeIs(1)) << action;
  }
  for (const char* transformation :
       {"<x:provide-mood>true</x:provide-mood>", "<pr:provide-mood>yes</pr:provide-mood>", "<pr:provide-mood/>",
        "<op:provide-mood>true</op:provide-mood>", "<pr:provide-willingness>true</pr:provide-willingness>",
        "<pr:provide-user-input>true</pr:provide-user-input>", "<op:provide-geopriv>true</op:provide-geopriv>",
        "<pr:sub-handling>allow</pr:sub-handling>", "<pr:provide-services><pr:all-devices/></pr:provide-services>",
        "<pr:provide-services><pr:class/></pr:provide-services>", "<pr:all-services/>",
        "<pr:provide-services><pr:service-id>x</pr:service-id></pr:provide-services>",
        "<pr:provide-persons><pr:service-uri>sip:a@b</pr:service-uri></pr:provide-persons>",
        "<pr:provide-services><pr:deviceID>urn:x:y</pr:deviceID></pr:provide-services>",
        "<pr:provide-unknown-attribute name='a'>true</pr:provide-unknown-attribute>",
        "<pr:provide-unknown-attribute ns='urn:a'>true</pr:provide-unknown-attribute>",
        "<pr:provide-unknown-attribute name='a' ns='urn:a'/>"}) {
    EXPECT_EQ(shown(transformation), Permissions()) << transformation;
    EXPECT_THAT(asked.remarks, testing::SizeIs(1)) << transformation;
  }
}

TEST_F(RuleCombining, EachBooleanIsCombinedByOrAndApart) {
  PS_SPEC("POL-10 PRU-17 PRU-23 OM1-11");
  for (const AttributePermission& permission : kAttributePermissions) {
    const std::string name = (permission.ns == kPresRules ? "pr:" : "op:") + std::string(permission.local);
    const bool geopriv = permission.attribute == Attribute::geopriv;
    const auto with = [&](const char* value) {
      std::string text = "<" + name;
      return text + ">" + value + "</" + name + ">";
    };
    const std::string yes = with(geopriv ? "full" : " true "), no = with("false");
    Permissions only;
    only.grant(permission.attribute);
    EXPECT_EQ(shown(yes), only) << name;
    EXPECT_EQ(shown(no), Permissions()) << name;
    EXPECT_EQ(granted({{"", no}, {"", yes}, {"", ""}}), only) << name;
    EXPECT_EQ(granted({{"", yes}, {"", no}}), only) << name;
    EXPECT_EQ(shown(with("1")), geopriv ? Permissions() : only) << name;
    for (const AttributePermission& other : kAttributePermissions) {
      EXPECT_EQ(only.shows(other.attribute), other.attribute == permission.attribute);
    }
  }
}

TEST_F(RuleCombining, UserInputIsTheHighestLevel) {
  PS_SPEC("POL-10 PRU-18");
  const auto level = [](const char* value) {
    return "<pr:provide-user-input>" + std::string(value) + "</pr:provide-user-input>";
  };
  EXPECT_EQ(shown(level("false")).user_input, UserInput::none);
  EXPECT_EQ(shown(level("bare")).user_input, UserInput::bare);
  EXPECT_EQ(shown(level("thresholds")).user_input, UserInput::thresholds);
  EXPECT_EQ(shown(level("full")).user_input, UserInput::full);
  EXPECT_EQ(granted({{"", level("thresholds")}, {"", level("bare")}}).user_input, UserInput::thresholds);
}

TEST_F(RuleCombining, SetsAreUnitedAndAllIsMoreThanAnySet) {
  PS_SPEC("POL-10 PRU-12 PRU-13 PRU-14");
  asked.document(test_document("pres-rules/mem-union-rules.xml"));
  const Permissions both = asked.evaluate().permissions;
  EXPECT_THAT(asked.matched(), ElementsAre("r1", "r2"));
  EXPECT_THAT(both.devices.only,
              ElementsAre(Selector{Selector::By::group, "biz"}, Selector{Selector::By::group, "home"},
                          Selector{Selector::By::device_id, "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}));
  EXPECT_EQ(both.handling, SubHandling::polite_block);
  EXPECT_EQ(both.user_input, UserInput::thresholds);
  EXPECT_FALSE(both.all_attributes);

  const std::string one = "<pr:provide-persons><pr:class>a</pr:class></pr:provide-persons>";
  const std::string all = "<pr:provide-persons><pr:all-persons/></pr:provide-persons>";
  for (const Permissions& united : {granted({{"", one}, {"", all}}), granted({{"", all}, {"", one}})}) {
    EXPECT_TRUE(united.persons.all);
    EXPECT_THAT(united.persons.only, IsEmpty());
  }
}

TEST_F(RuleCombining, AnUnknownConditionOfTheExampleNeverHolds) {
  PS_SPEC("POL-12 POL-07");
  asked.document(test_document("pres-rules/mem-union-rules.xml"));
  asked.sphere = "Home";
  EXPECT_THAT(asked.matched(), ElementsAre("r1", "r2", "r4"));
  EXPECT_TRUE(asked.evaluate().permissions.all_attributes);
  asked.now = at("2000-06-01T00:00:00Z");
  EXPECT_THAT(asked.matched(), ElementsAre("r1", "r2", "r3", "r4"));
  asked.watcher = {"sip:eve@example.com"};
  EXPECT_THAT(asked.matched(), ElementsAre("r3", "r4"));
}

TEST_F(RuleCombining, AllAttributesIsMoreThanAnyOfThem) {
  PS_SPEC("PRU-21");
  const std::string some =
      "<pr:provide-mood>true</pr:provide-mood><pr:provide-user-input>bare</pr:provide-user-input>"
      "<pr:provide-unknown-attribute name='a' ns='urn:a'>true</pr:provide-unknown-attribute>";
  const std::string all = "<pr:provide-all-attributes/>";
  const Permissions everything = shown(all);
  EXPECT_TRUE(everything.shows(Attribute::geopriv));
  EXPECT_TRUE(everything.shows_unknown("urn:any", "thing"));
  EXPECT_EQ(everything.shown_user_input(), UserInput::full);
  EXPECT_EQ(granted({{"", some}, {"", all}}), everything);
  EXPECT_EQ(granted({{"", all}, {"", some}}), everything);
  EXPECT_EQ(shown(some + all + some), everything);
}

TEST_F(RuleCombining, UnknownAttributesAreASetOfNames) {
  PS_SPEC("PRU-20");
  const auto unknown = [](const char* name, const char* ns, const char* value) {
    return "<pr:provide-unknown-attribute name='" + std::string(name) + "' ns='" + ns + "'>" + value +
           "</pr:provide-unknown-attribute>";
  };
  const Permissions some = granted({{"", unknown("b", "urn:a", "true") + unknown("c", "urn:a", "false")},
                                    {"", unknown("b", "urn:a", "1") + unknown("a", "urn:b", "true")}});
  EXPECT_THAT(some.unknown, ElementsAre(QualifiedName{"urn:a", "b"}, QualifiedName{"urn:b", "a"}));
  EXPECT_TRUE(some.shows_unknown("urn:a", "b"));
  EXPECT_FALSE(some.shows_unknown("urn:a", "c"));
  EXPECT_FALSE(some.shows_unknown("urn:b", "b"));
}

TEST_F(RuleCombining, TheExampleOfRfc5025) {
  PS_SPEC("PRU-23");
  asked.document(test_document("pres-rules/rfc5025-s6-1.xml"));
  EXPECT_THAT(asked.remarks, IsEmpty());
  EXPECT_EQ(asked.handling(), SubHandling::block);
  asked.watcher = {"sip:user@example.com"};
  const Permissions granted = asked.evaluate().permissions;
  EXPECT_EQ(granted.handling, SubHandling::allow);
  EXPECT_THAT(granted.services.only, ElementsAre(Selector{Selector::By::service_uri_scheme, "mailto"},
                                                 Selector{Selector::By::service_uri_scheme, "sip"}));
  EXPECT_TRUE(granted.persons.all);
  EXPECT_TRUE(granted.devices.none());
  EXPECT_TRUE(granted.shows(Attribute::activities));
  EXPECT_FALSE(granted.shows(Attribute::mood));
  EXPECT_EQ(granted.user_input, UserInput::bare);
  EXPECT_TRUE(granted.shows_unknown("urn:vendor-specific:foo-namespace", "foo"));
}

TEST_F(RuleCombining, TheOrderOfRulesAndTheirIdsMeanNothing) {
  PS_SPEC("POL-14");
  std::vector<std::string> rules{
      rule("a", one("sip:bob@example.com"), handling("confirm"), "<pr:provide-mood>true</pr:provide-mood>"),
      rule("b", "", handling("polite-block"), "<pr:provide-note>true</pr:provide-note>"),
      rule("c", identity("<many domain='example.com'/>"), "",
           "<pr:provide-persons><pr:all-persons/></pr:provide-persons>"),
      rule("c", "<ocp:other-identity/>", handling("allow"))};
  std::sort(rules.begin(), rules.end());
  std::optional<Permissions> first;
  do {
    std::string text;
    for (const std::string& one_of_them : rules) text += one_of_them;
    asked.rules(text);
    EXPECT_THAT(asked.remarks, ElementsAre("rules.id-repeated"));
    if (!first) first = asked.evaluate().permissions;
    EXPECT_EQ(asked.evaluate().permissions, *first);
  } while (std::next_permutation(rules.begin(), rules.end()));
  EXPECT_EQ(first->handling, SubHandling::polite_block);
}

}  // namespace
}  // namespace presentia::rules
