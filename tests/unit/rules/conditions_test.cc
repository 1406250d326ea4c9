// Which rules match: RFC 4745 7 and RFC 5025 3.1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/support/spec.h"
#include "tests/unit/rules/support.h"

namespace presentia::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RuleConditions : public testing::Test {
 protected:
  bool matches(std::string_view conditions, std::vector<std::string> watcher) {
    asked.watcher = std::move(watcher);
    return asked.matches(conditions);
  }
  Asked asked;
};

TEST_F(RuleConditions, AllMustHoldAndNoneMeansEverybody) {
  PS_SPEC("POL-01");
  for (const char* everybody :
       {"<rule id='a'><actions><pr:sub-handling>allow</pr:sub-handling></actions></rule>",
        "<rule id='a'><conditions/><actions><pr:sub-handling>allow</pr:sub-handling></actions></rule>"}) {
    asked.rules(everybody);
    asked.watcher = {"sip:bob@example.com"};
    EXPECT_TRUE(asked.allowed());
    asked.watcher = {};
    EXPECT_TRUE(asked.allowed()) << "not authenticated";
  }
  asked.sphere = "work";
  const std::string bob = one("sip:bob@example.com"), work = "<sphere value='work'/>", home = "<sphere value='home'/>";
  EXPECT_TRUE(matches(bob + work, {"sip:bob@example.com"}));
  EXPECT_FALSE(matches(bob + home, {"sip:bob@example.com"}));
  EXPECT_FALSE(matches(bob + work, {"sip:eve@example.com"}));
  EXPECT_FALSE(matches(bob + bob + home + work, {"sip:bob@example.com"}));
  EXPECT_FALSE(matches(bob + one("sip:eve@example.com"), {"sip:bob@example.com"})) << "two identity conditions";
}

TEST_F(RuleConditions, IdentityNeedsAuthentication) {
  PS_SPEC("POL-02 PRU-01");
  EXPECT_TRUE(matches("", {})) << "no identity condition";
  EXPECT_FALSE(matches(identity("<many/>"), {}));
  EXPECT_FALSE(matches(identity("<many domain='example.com'/>"), {}));
  EXPECT_FALSE(matches(identity("<many><except id='sip:eve@example.com'/></many>"), {}));
  EXPECT_FALSE(matches(one("sip:bob@example.com"), {}));
  EXPECT_FALSE(matches(one(""), {}));
}

TEST_F(RuleConditions, AnEmptyIdentityIsForTheUnauthenticatedOnly) {
  PS_SPEC("PRU-01");
  EXPECT_TRUE(matches("<identity/>", {}));
  EXPECT_TRUE(matches("<identity><!-- nobody --></identity>", {}));
  EXPECT_FALSE(matches("<identity/>", {"sip:bob@example.com"})) << "the last user was taken out of the rule";
  EXPECT_FALSE(matches(identity("<x:some/>"), {})) << "not empty";
}

TEST_F(RuleConditions, OneUserIsComparedByTheRulesOfItsScheme) {
  PS_SPEC("POL-03");
  EXPECT_TRUE(matches(one("sip:Bob@EX.com"), {"sip:Bob@ex.com"}));
  EXPECT_FALSE(matches(one("sip:bob@ex.com"), {"sip:Bob@ex.com"}));
  EXPECT_TRUE(matches(one("SIP:bob@ex.com"), {"sip:bob@ex.com"}));
  EXPECT_TRUE(matches(one(" sip:b%6Fb@ex.com "), {"sip:bob@ex.com"}));
  EXPECT_TRUE(matches(one("sip:bob@ex.com;user=phone"), {"sip:bob@ex.com"}));
  EXPECT_TRUE(matches(one("tel:+1-212-555-1234"), {"tel:+12125551234"}));
  EXPECT_TRUE(matches(one("mailto:bob@example.net"), {"MAILTO:bob@example.net"}));
  EXPECT_FALSE(matches(one("sip:bob@ex.com"), {"sip:bob@ex.com.org"}));
  EXPECT_FALSE(matches(one("sip:bob@ex.com"), {"sip:bo@ex.com"}));
  EXPECT_FALSE(matches(one("bob@ex.com"), {"sip:bob@ex.com"})) << "no URI";
}

TEST_F(RuleConditions, ManyAndItsExceptionsByTheTable) {
  PS_SPEC("POL-04");
  struct Row {
    const char* watcher;
    bool any, domain, except_id, except_domain, domain_except_id;
  };
  constexpr Row kTable[] = {
      {"sip:bob@example.com", true, true, false, false, false},
      {"sip:carol@example.com", true, true, true, false, true},
      {"sip:bob@sub.example.com", true, false, true, true, false},
      {"sip:bob@example.org", true, false, true, true, false},
      {"sip:bob@xample.com", true, false, true, true, false},
      {"sip:bob@EXAMPLE.com:5070", true, true, false, false, false},
      {"tel:+15551234", true, false, true, true, false},
      {"sip:example.com", true, true, true, false, true},
  };
  for (const Row& row : kTable) {
    const std::vector<std::string> who{row.watcher};
    EXPECT_EQ(matches(identity("<many/>"), who), row.any) << row.watcher;
    EXPECT_EQ(matches(identity("<many domain='example.com'/>"), who), row.domain) << row.watcher;
    EXPECT_EQ(matches(identity("<many><except id='sip:bob@example.com'/></many>"), who), row.except_id) << row.watcher;
    EXPECT_EQ(matches(identity("<many><except domain='example.com'/></many>"), who), row.except_domain) << row.watcher;
    EXPECT_EQ(matches(identity("<many domain='example.com'><except id='sip:bob@example.com'/></many>"), who),
              row.domain_except_id)
        << row.watcher;
  }
}

TEST_F(RuleConditions, ExceptionsAreCombinedByOr) {
  PS_SPEC("POL-04");
  asked.document(test_document("common-policy/rfc4745-s7.1.3.2-1.xml"));
  asked.sphere = "work";
  asked.now = at("2003-12-24T18:00:00+01:00");
  for (const char* out : {"sip:any@example.com", "sip:any@example.org", "sip:alice@bad.example.net",
                          "sip:bob@good.example.net", "tel:+12125551234", "sip:alice@example.com"}) {
    asked.watcher = {out};
    EXPECT_THAT(asked.matched(), IsEmpty()) << out;
  }
  for (const char* in : {"sip:bob@bad.example.net", "sip:alice@good.example.net", "tel:+12125551235"}) {
    asked.watcher = {in};
    EXPECT_THAT(asked.matched(), ElementsAre("f3g44r1")) << in;
  }
}

TEST_F(RuleConditions, DomainsAreComparedByLabelsInAnyCaseAndScript) {
  PS_SPEC("POL-05");
  const auto many = [](std::string_view domain) { return identity("<many domain='" + std::string(domain) + "'/>"); };
  EXPECT_TRUE(matches(many("EXAMPLE.com"), {"sip:bob@example.COM"}));
  EXPECT_TRUE(matches(many("ex%61mple.com"), {"sip:bob@example.com"}));
  EXPECT_TRUE(matches(many("b\u00FCcher.example"), {"sip:bob@xn--bcher-kva.example"}));
  EXPECT_TRUE(matches(many("B\u00DCCHER.example"), {"sip:bob@XN--BCHER-KVA.example"}));
  EXPECT_TRUE(matches(many("b%C3%BCcher.example"), {"sip:bob@xn--bcher-kva.example"}));
  EXPECT_TRUE(matches(many("XN--bcher-kva.example."), {"sip:bob@b\u00FCcher.example"}));
  EXPECT_TRUE(matches(one("sip:bob@B\u00FCcher.example;user=phone"), {"sip:bob@xn--bcher-kva.example"}));
  EXPECT_FALSE(matches(many("b\u00FCcher.example"), {"sip:bob@bucher.example"}));
  for (const char* none : {"", ".", "a..b", "b\u00FCcher..example", "\u00FC%00.example", "-\u00FC-"}) {
    EXPECT_FALSE(matches(many(none), {"sip:bob@example.com", "tel:+1555"})) << none;
    EXPECT_FALSE(matches(many(none), {"sip:bob@xn--tda"})) << none;
  }
}

// Other servers compare only the length, or a prefix, of the domain and the exception.
TEST_F(RuleConditions, ADomainOrUserOfTheSameLengthOrAPrefixIsAnother) {
  PS_SPEC("POL-04");
  const std::string many = identity("<many domain='abcdef.net'/>");
  EXPECT_TRUE(matches(many, {"sip:w@abcdef.net"}));
  for (const char* other : {"sip:w@zzzzzz.org", "sip:w@abcde", "sip:w@abcdef.ne", "sip:w@abcdef.nets", "sip:w@a"}) {
    EXPECT_FALSE(matches(many, {other})) << other;
  }
  const std::string except = identity("<many><except id='sip:bob@example.com'/></many>");
  EXPECT_FALSE(matches(except, {"sip:bob@example.com"}));
  EXPECT_TRUE(matches(except, {"sip:bob@example.co"}));
  EXPECT_TRUE(matches(except, {"sip:b@example.com"}));
}

TEST_F(RuleConditions, UsersOfOneIdentityAreCombinedByOr) {
  PS_SPEC("POL-06");
  asked.document(test_document("common-policy/rfc4745-s7.1.2-1.xml"));
  for (const char* user : {"sip:alice@example.com", "tel:+12125551234", "mailto:bob@example.net"}) {
    asked.watcher = {user};
    EXPECT_THAT(asked.matched(), ElementsAre("f3g44r1")) << user;
  }
  asked.watcher = {"sip:bob@example.net"};
  EXPECT_THAT(asked.matched(), IsEmpty());
  EXPECT_TRUE(matches(identity("<one id='sip:a@b'/><many domain='example.com'/>"), {"sip:bob@example.com"}));
  EXPECT_TRUE(matches(identity("<many domain='example.com'><except id='sip:bob@example.com'/></many>"
                               "<one id='sip:bob@example.com'/>"),
                      {"sip:bob@example.com"}))
      << "an exception is one of its own <many>";
  EXPECT_TRUE(matches(identity("<x:group/><one id='sip:bob@example.com'/>"), {"sip:bob@example.com"}));
}

TEST_F(RuleConditions, WhatIsNotUnderstoodInAnIdentityMatchesNobody) {
  PS_SPEC("POL-12");
  const std::vector<std::string> bob{"sip:bob@example.com"};
  EXPECT_FALSE(matches(identity("<x:everybody/>"), bob));
  EXPECT_FALSE(matches(identity("<every/>"), bob)) << "unknown in a known namespace";
  EXPECT_FALSE(matches(identity("<x:one id='sip:bob@example.com'/>"), bob));
  EXPECT_FALSE(matches(identity("<one id='sip:bob@example.com'><x:on-mondays/></one>"), bob));
  EXPECT_FALSE(matches(identity("<many><x:on-mondays/></many>"), bob));
  EXPECT_FALSE(matches(identity("<one id='sip:bob@example.com' domain='example.com'/>"), bob)) << "no domain there";
  EXPECT_FALSE(matches(identity("<one domain='example.com'/>"), bob));
  EXPECT_FALSE(matches(identity("<many><except id='sip:eve@example.com' domain='example.com'/></many>"), bob));
}

TEST_F(RuleConditions, AnUnknownConditionNeverHolds) {
  PS_SPEC("POL-12 PRU-26");
  const std::vector<std::string> bob{"sip:bob@example.com"};
  EXPECT_FALSE(matches("<x:never/>", bob));
  EXPECT_FALSE(matches("<x:identity><one id='sip:bob@example.com'/></x:identity>", bob));
  EXPECT_FALSE(matches("<weather value='fine'/>", bob)) << "unknown in a known namespace";
  EXPECT_FALSE(matches("<pr:identity/>", bob));
  EXPECT_FALSE(matches("<ocp:media-list/>", bob));
  EXPECT_FALSE(matches("<ocp:anonymous_request/>", bob));
  EXPECT_FALSE(matches(one("sip:bob@example.com") + "<x:never/>", bob));
}

TEST_F(RuleConditions, SphereIsAListOfTokensInAnyCase) {
  PS_SPEC("POL-07");
  const auto in = [&](const char* sphere, std::string_view value) {
    asked.sphere = sphere;
    return asked.matches("<sphere value='" + std::string(value) + "'/>");
  };
  EXPECT_TRUE(in("Work", "work home"));
  EXPECT_TRUE(in("home", "work HOME"));
  EXPECT_TRUE(in("home", "\twork\n  home "));
  EXPECT_FALSE(in("travel", "work home")) << "the predecessor granted every other sphere";
  EXPECT_FALSE(in("wor", "work"));
  EXPECT_FALSE(in("work home", "work home")) << "a sphere is one token";
  EXPECT_FALSE(in("", ""));
  asked.sphere.reset();
  EXPECT_FALSE(asked.matches("<sphere value='work'/>")) << "undefined";
  EXPECT_FALSE(asked.matches("<sphere/>"));
}

TEST_F(RuleConditions, SphereOfTheRfcsExample) {
  PS_SPEC("POL-07 PRU-05");
  asked.document(test_document("common-policy/rfc4745-s7.3-1.xml"));
  const auto matched = [&](const char* watcher, std::optional<std::string> sphere) {
    asked.watcher = {watcher};
    asked.sphere = std::move(sphere);
    EXPECT_TRUE(asked.evaluate().depends_on_sphere);
    return asked.matched();
  };
  EXPECT_THAT(matched("sip:andrew@example.com", "work"), ElementsAre("f3g44r2"));
  EXPECT_THAT(matched("sip:andrew@example.com", "home"), IsEmpty());
  EXPECT_THAT(matched("sip:andrew@example.com", {}), IsEmpty());
  EXPECT_THAT(matched("sip:allison@example.com", "home"), ElementsAre("y6y55r2"));
  EXPECT_THAT(matched("sip:john@doe.example.com", "home"), ElementsAre("z6y55r2"));
  EXPECT_THAT(matched("sip:john@doe.example.com", "work"), ElementsAre("z6y55r2"));
  asked.watcher = {"sip:eve@example.com"};
  EXPECT_FALSE(asked.evaluate().depends_on_sphere) << "no rule is hers in any sphere";
}

TEST_F(RuleConditions, ValidityHoldsFromAndUntilInAnyOfItsPeriods) {
  PS_SPEC("POL-08");
  asked.rules(rule("a",
                   "<validity><from>2026-03-01T10:00:00+01:00</from><until>2026-03-01T10:00:03Z</until>"
                   "<from>2026-03-02T00:00:00Z</from><until>2026-03-02T24:00:00Z</until></validity>",
                   handling("allow")));
  const auto allowed_at = [&](const char* time) {
    asked.now = at(time);
    return asked.allowed();
  };
  EXPECT_FALSE(allowed_at("2026-03-01T08:59:59.999Z"));
  EXPECT_TRUE(allowed_at("2026-03-01T09:00:00Z"));
  EXPECT_TRUE(allowed_at("2026-03-01T10:00:02.999Z"));
  EXPECT_FALSE(allowed_at("2026-03-01T10:00:03Z"));
  EXPECT_FALSE(allowed_at("2026-03-01T23:59:59Z"));
  EXPECT_TRUE(allowed_at("2026-03-02T12:00:00+05:00"));
  EXPECT_TRUE(allowed_at("2026-03-02T23:59:59.999Z"));
  EXPECT_FALSE(allowed_at("2026-03-03T00:00:00Z"));
}

TEST_F(RuleConditions, WhatIsNoPairOfTimesIsNoPeriod) {
  PS_SPEC("POL-08");
  for (const char* broken : {"", "<from>2000-01-01T00:00:00Z</from>", "<until>2100-01-01T00:00:00Z</until>",
                             "<until>2100-01-01T00:00:00Z</until><from>2000-01-01T00:00:00Z</from>",
                             "<from>long ago</from><until>2100-01-01T00:00:00Z</until>",
                             "<from>2000-01-01T00:00:00Z</from><until>some day</until>",
                             "<from>2000-01-01T00:00:00Z</from><x:or/><until>2100-01-01T00:00:00Z</until>",
                             "<from>2100-01-01T00:00:00Z</from><until>2000-01-01T00:00:00Z</until>"}) {
    EXPECT_FALSE(asked.matches("<validity>" + std::string(broken) + "</validity>")) << broken;
    EXPECT_EQ(asked.evaluate().next_change, std::nullopt) << broken;
  }
  EXPECT_TRUE(
      asked.matches("<validity><from>2000-01-01T00:00:00Z</from><from>2001-01-01T00:00:00Z</from>"
                    "<until>2100-01-01T00:00:00Z</until></validity>"))
      << "the last pair";
}

TEST_F(RuleConditions, TheNextChangeIsWhenAPeriodOfAMatchingWatcherBeginsOrEnds) {
  PS_SPEC("POL-08");
  const std::string period =
      "<validity><from>2026-03-01T10:00:00Z</from><until>2026-03-01T14:00:00Z</until></validity>";
  asked.rules(rule("a", one("sip:bob@example.com") + period, handling("allow")) +
              rule("b",
                   one("sip:eve@example.com") +
                       "<validity><from>2026-03-01T12:00:01Z</from><until>2026-03-01T13:00:00Z</until></validity>",
                   handling("allow")));
  const auto next = [&](const char* now) {
    asked.now = at(now);
    return asked.evaluate().next_change;
  };
  EXPECT_EQ(next("2026-03-01T09:00:00Z"), at("2026-03-01T10:00:00Z"));
  EXPECT_EQ(next("2026-03-01T10:00:00Z"), at("2026-03-01T14:00:00Z"));
  EXPECT_EQ(next("2026-03-01T14:00:00Z"), std::nullopt);
  asked.watcher = {"sip:carol@example.com"};
  EXPECT_EQ(next("2026-03-01T09:00:00Z"), std::nullopt) << "time changes nothing for her";
}

TEST_F(RuleConditions, EachAssertedIdentityIsTried) {
  PS_SPEC("PRU-02");
  const std::vector<std::string> both{"sip:bob@example.com", "tel:+15551234"};
  EXPECT_TRUE(matches(one("sip:bob@example.com"), both));
  EXPECT_TRUE(matches(one("tel:+1-555-1234"), both));
  EXPECT_TRUE(matches(identity("<many domain='example.com'/>"), both));
  EXPECT_FALSE(matches(identity("<many><except id='tel:+15551234'/></many>"), both));
  EXPECT_FALSE(matches(identity("<many><except id='sip:bob@example.com'/></many>"), both));
  EXPECT_FALSE(matches(identity("<many domain='example.com'><except id='tel:+15551234'/></many>"), both));
}

TEST_F(RuleConditions, SipAndTelUrisAreDifferentUsers) {
  PS_SPEC("PRU-03");
  const std::vector<std::string> sip{"sip:+15551234@example.com;user=phone"}, tel{"tel:+15551234"};
  EXPECT_FALSE(matches(one("tel:+15551234"), sip));
  EXPECT_FALSE(matches(one("sip:+15551234@example.com"), tel));
  EXPECT_TRUE(matches(identity("<many><except id='tel:+15551234'/></many>"), sip));
}

TEST_F(RuleConditions, NumbersOfOwnDomainsAreOneUserWhereTheOperatorSaysSo) {
  PS_SPEC("PRU-03");
  asked.alias_domains = {"Example.com"};
  const std::vector<std::string> sip{"sip:+15551234@example.com;user=phone"}, tel{"tel:+1-555-1234"};
  EXPECT_TRUE(matches(one("tel:+15551234"), sip));
  EXPECT_TRUE(matches(one("sip:+15551234@example.com"), tel));
  EXPECT_FALSE(matches(identity("<many><except id='tel:+15551234'/></many>"), sip));
  EXPECT_TRUE(matches(identity("<many domain='example.com'/>"), tel));
  EXPECT_FALSE(matches(one("tel:+15551234"), {"sip:+15551234@elsewhere.example"}))
      << "their numbers are not vouched for";
  EXPECT_FALSE(matches(one("tel:5551234"), {"sip:5551234@example.com"})) << "no global number";
  EXPECT_FALSE(matches(one("tel:+1bob"), {"sip:+1bob@example.com"}));
}

TEST_F(RuleConditions, PrivacyDoesNotHideAnAssertedIdentityFromTheRules) {
  PS_SPEC("PRU-04");
  asked.anonymous = true;
  EXPECT_TRUE(matches(one("sip:bob@example.com"), {"sip:bob@example.com"}));
  EXPECT_FALSE(matches(identity("<many><except id='sip:bob@example.com'/></many>"), {"sip:bob@example.com"}));
}

}  // namespace
}  // namespace presentia::rules
