// Rules of RFC 4745, RFC 5025 and OMA, row by row, through the whole core; and what other servers are known to get
// wrong, each by a test that would fail on them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/core/rules_documents.h"
#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Millis;
using base::Seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const ports::DocumentKey kOma{"org.openmobilealliance.pres-rules/users/sip:alice@example.com/pres-rules"};
const ports::DocumentKey kIetf{"pres-rules/users/sip:alice@example.com/index"};
const std::string kPersons = "<pr:provide-persons><pr:all-persons/></pr:provide-persons>";

// A rule without <transformations>.
std::string bare(const std::string& id, const std::string& conditions, const std::string& handling) {
  return "<cp:rule id='" + id + "'><cp:conditions>" + conditions + "</cp:conditions><cp:actions><pr:sub-handling>" +
         handling + "</pr:sub-handling></cp:actions></cp:rule>";
}

std::string many(const std::string& inside, const std::string& domain = {}) {
  return "<cp:identity><cp:many" + (domain.empty() ? std::string() : " domain='" + domain + "'") + ">" + inside +
         "</cp:many></cp:identity>";
}

// Alice, whose phone is open, and watchers of hers.
class RulesOfAlice : public testing::Test {
 protected:
  RulesOfAlice() {
    scene.set("notify.min_interval_s", "0");
    scene.set("rules.no_document", "allow");  // so that only the rules can refuse
    etag = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)}).etag();
  }
  void put(const std::string& rules) {
    scene.xdms().put(kOma, ruleset(rules));
    scene.run();
  }
  // What a new watcher is answered, and then told: "403", "active", "pending".
  std::string decision(const std::string& user) {
    Watcher watcher{.user = user, .resource = "alice"};
    const int status = scene.subscribe(watcher).status;
    return status == 200 ? scene.last_notify(watcher).state : std::to_string(status);
  }
  // The same for one whose asserted identity is that.
  std::string decision_about(const std::string& uri) {
    Watcher watcher{.user = "nobody", .resource = "alice", .from_tag = "nobody"};
    watcher.call_id = "asserted-" + std::to_string(++asked_);
    ports::SipRequest request = to_request(watcher, {});
    request.asserted = {{"", uri}};
    request.from = request.asserted.front();
    const int status = scene.send(request).status;
    return status == 200 ? scene.last_notify(watcher).state : std::to_string(status);
  }
  std::string decision_about_anonymous() { return decision_about("sip:anonymous@anonymous.invalid"); }

  Scene scene;
  std::string etag;
  Watcher bob{.user = "bob", .resource = "alice"}, carol{.user = "carol", .resource = "alice"};

 private:
  int asked_ = 0;
};

// --- RFC 5025 3.2.1: what becomes of subscriptions -------------------------------------------------------------------

//  rules            bob
//    allow            active, phone-1
//    polite-block     active, closed
//    allow            active, phone-1
TEST_F(RulesOfAlice, AllowAndPoliteBlockReplaceEachOtherWithANewDocumentEach) {
  PS_SPEC("PRU-11 PRU-10");
  put(allow("r", one("bob"), kEverything));
  scene.subscribe(bob);
  ASSERT_EQ(scene.notifies(bob).size(), 1U);
  put(polite("r", one("bob")));
  ASSERT_EQ(scene.notifies(bob).size(), 2U);
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  EXPECT_THAT(scene.last_notify(bob).body, AllOf(HasSubstr("<basic>closed</basic>"), Not(HasSubstr("open"))));
  EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone"))) << "its id would tell, too";
  put(allow("r", one("bob"), kEverything));
  ASSERT_EQ(scene.notifies(bob).size(), 3U);
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
}

TEST_F(RulesOfAlice, BlockRefusesTheNewAndEndsTheRunning) {
  PS_SPEC("PRU-07 EVT-27");
  put(allow("r", "", kEverything));
  scene.subscribe(bob);
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  put(bare("r", one("bob"), "block") + allow("s", one("carol"), kEverything));
  EXPECT_EQ(scene.last_notify(bob).state, "terminated");
  EXPECT_EQ(scene.last_notify(bob).reason(), "rejected");
  EXPECT_THAT(scene.last_notify(bob).body, IsEmpty());
  EXPECT_EQ(decision("bob"), "403");
}

//  alice's winfo          Presentia          bob (pending)   carol (waiting)
//    | rules: polite-block    |
//    | bob active, carol terminated: approved, both
TEST_F(RulesOfAlice, ApprovalActivatesThePendingAndEndsTheWaiting) {
  PS_SPEC("PRU-09 PRU-08 WIF-07");
  put(confirm("r", many("")));
  Watcher alice{.user = "alice", .resource = "alice", .package = "presence.winfo"};
  scene.subscribe(alice, 3600);
  scene.subscribe(bob, 3600);
  EXPECT_EQ(scene.last_notify(bob).state, "pending");
  EXPECT_THAT(scene.last_notify(bob).body, IsEmpty());
  scene.subscribe(carol, 60);
  scene.advance(Seconds(61));
  EXPECT_EQ(scene.last_notify(carol).reason(), "timeout");
  EXPECT_THAT(scene.last_notify(alice).body, HasSubstr("status=\"waiting\""));
  put(polite("r", many("")));
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  EXPECT_THAT(scene.last_notify(bob).body, AllOf(HasSubstr("<basic>closed</basic>"), Not(HasSubstr("phone"))));
  scene.advance(Seconds(10));
  std::string told;
  for (const Notified& notify : scene.notifies(alice)) told += notify.body;
  EXPECT_THAT(told, HasSubstr("event=\"approved\""));
  EXPECT_THAT(scene.last_notify(alice).body, AllOf(HasSubstr("sip:carol@example.com"), HasSubstr("terminated")));
  EXPECT_EQ(scene.notifies(carol).size(), 2U) << "she has no dialog any more";
}

// Elsewhere one who was pending stays so, even with a new SUBSCRIBE, until an operator helps.
TEST_F(RulesOfAlice, AnEarlierDecisionDoesNotOutliveItsRules) {
  PS_SPEC("PRU-09 PRU-27");
  put(confirm("r", one("bob")));
  EXPECT_EQ(decision("bob"), "pending");
  put(allow("r", one("bob"), kEverything));
  EXPECT_EQ(decision("bob"), "active");
  put(confirm("r", one("bob")));
  EXPECT_EQ(decision("bob"), "pending");
}

// --- RFC 4745 7: who is meant ----------------------------------------------------------------------------------------

// Elsewhere domains of the same length are the same, and exceptions have no effect.
TEST_F(RulesOfAlice, ADomainOfTheSameLengthIsNotTheSame) {
  PS_SPEC("POL-04");
  put(allow("r", many("", "example.org"), kEverything));
  EXPECT_EQ(decision("bob"), "403");
  put(allow("r", many("", "EXAMPLE.com"), kEverything));
  EXPECT_EQ(decision("bob"), "active");
}

TEST_F(RulesOfAlice, AnExceptionIsNotIgnored) {
  PS_SPEC("POL-04");
  put(allow("r", many("<cp:except id='sip:bob@example.com'/>"), kEverything));
  EXPECT_EQ(decision("bob"), "403");
  EXPECT_EQ(decision("carol"), "active");
  put(allow("r", many("<cp:except domain='example.com'/>"), kEverything));
  EXPECT_EQ(decision("carol"), "403");
}

// Elsewhere identities are compared as strings.
TEST_F(RulesOfAlice, AWatcherIsKnownHoweverItsUriIsSpelt) {
  PS_SPEC("POL-03");
  put(allow("r", "<cp:identity><cp:one id='SIP:%62ob@EXAMPLE.com;user=phone'/></cp:identity>", kEverything));
  EXPECT_EQ(decision("bob"), "active");
  EXPECT_EQ(decision("Bob"), "403") << "user names have a case";
}

// Elsewhere a watcher without a domain is an error of the server.
TEST_F(RulesOfAlice, AWatcherWithATelUriIsOfNoDomainAndNotTheSipUserOfThatNumber) {
  PS_SPEC("PRU-03 POL-04");
  put(allow("r", many("", "example.com"), kEverything) +
      bare("s", many("<cp:except domain='example.com'/>"), "confirm"));
  EXPECT_EQ(decision_about("tel:+15551234"), "pending");
  EXPECT_EQ(decision_about("sip:+15551234@example.com;user=phone"), "active");
  put(allow("r", "<cp:identity><cp:one id='tel:+1-555-1234'/></cp:identity>", kEverything));
  EXPECT_EQ(decision_about("tel:+15551234"), "active");
  EXPECT_EQ(decision_about("sip:+15551234@example.com;user=phone"), "403");
}

// Elsewhere a rule without conditions matches nobody, and a comment between rules makes all of them void.
TEST_F(RulesOfAlice, ARuleForEverybodyAndCommentsBetweenRulesAreNotIgnored) {
  PS_SPEC("POL-01");
  put("<!-- mine -->" + bare("r", "", "confirm") + "<!-- and --><!-- more -->" + allow("s", one("bob"), kEverything) +
      "<!-- end -->");
  EXPECT_EQ(decision("bob"), "active");
  EXPECT_EQ(decision("carol"), "pending");
  put("<cp:rule id='r'><cp:actions><pr:sub-handling>confirm</pr:sub-handling></cp:actions></cp:rule>");
  EXPECT_EQ(decision("bob"), "pending") << "without <conditions>, too";
}

// Elsewhere conditions that are not known are passed over, so that the rest of the rule is for everybody.
TEST_F(RulesOfAlice, AnUnknownConditionIsNotPassedOver) {
  PS_SPEC("POL-12 PRU-26");
  put(allow("r", "<x:full-moon xmlns:x='urn:x'/>", kEverything) +
      allow("s", one("bob") + "<cp:weather value='fine'/>", kEverything));
  EXPECT_EQ(decision("bob"), "403");
  EXPECT_EQ(decision("carol"), "403");
}

TEST_F(RulesOfAlice, OfWhomNothingIsKnownOnlyARuleForEverybodyIsTrue) {
  PS_SPEC("POL-02 PRU-01");
  put(allow("r", many(""), kEverything));
  EXPECT_EQ(decision_about_anonymous(), "403") << "nobody has proven who that is";
  put(allow("r", many(""), kEverything) + bare("s", "", "confirm"));
  EXPECT_EQ(decision_about_anonymous(), "pending");
}

// Elsewhere every sphere but the one that the rule names grants.
TEST_F(RulesOfAlice, AnotherSphereThanThatOfTheRuleGrantsNothing) {
  PS_SPEC("POL-07");
  put(allow("r", one("bob") + "<cp:sphere value='work travel'/>", kEverything));
  EXPECT_EQ(decision("bob"), "403") << "undefined";
  const std::string person = scene.publish({.resource = "alice", .body = with_sphere("home")}).etag();
  EXPECT_EQ(decision("bob"), "403");
  scene.publish({.resource = "alice", .body = with_sphere("Work"), .if_match = person});
  EXPECT_EQ(decision("bob"), "active") << "in any case of its letters";
}

TEST_F(RulesOfAlice, WhereHerDevicesDisagreeThereIsNoSphere) {
  PS_SPEC("PRU-05");
  put(allow("r", one("bob") + "<cp:sphere value='work'/>", kEverything) + confirm("s", one("bob")));
  scene.publish({.resource = "alice", .body = with_sphere("work")});
  scene.subscribe(bob);
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  const std::string second = scene.publish({.resource = "alice", .body = with_sphere("home"), .expires = 600}).etag();
  EXPECT_EQ(scene.last_notify(bob).state, "pending");
  scene.publish({.resource = "alice", .expires = 0, .if_match = second});
  EXPECT_EQ(scene.last_notify(bob).state, "active");
}

//  rules: bob until 08:00:03 (alice's scene begins at 08:00:00), with an offset
//    08:00:02.999  active
//    08:00:03      NOTIFY terminated;reason=rejected
TEST_F(RulesOfAlice, WhenThePeriodOfTheOnlyRuleEndsTheSubscriptionEnds) {
  PS_SPEC("POL-08 POL-09 PRU-07");
  put(allow("r", one("bob") + validity("2027-01-15T00:00:00+02:00", "2027-01-15T10:00:03+02:00"), kEverything));
  scene.subscribe(bob);
  scene.advance(Millis(2999));
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  scene.advance(Millis(1));
  EXPECT_EQ(scene.last_notify(bob).state, "terminated");
  EXPECT_EQ(scene.last_notify(bob).reason(), "rejected");
  EXPECT_EQ(decision("bob"), "403");
}

// --- RFC 4745 10: what rules grant together --------------------------------------------------------------------------

// Elsewhere the first rule that matches wins.
TEST_F(RulesOfAlice, TheOrderOfRulesDecidesNothing) {
  PS_SPEC("POL-10 POL-14 PRU-06");
  const std::string ask = bare("a", "", "confirm"), let = allow("b", one("bob"), kServices),
                    block = bare("c", one("bob"), "block"), more = allow("d", many(""), kPersons);
  for (const std::string& rules : {ask + let + block, block + let + ask, let + ask + block}) {
    put(rules);
    EXPECT_EQ(decision("bob"), "active") << rules;
    EXPECT_EQ(decision("carol"), "pending") << rules;
  }
  put(block + more);
  EXPECT_EQ(decision("bob"), "active") << "a rule takes nothing away that another gives";
}

// Elsewhere no transformations, or some for other components, show everything.
TEST_F(RulesOfAlice, WhatIsNotProvidedIsNotShown) {
  PS_SPEC("PRU-13 PRU-14 PRU-16");
  const auto shown = [&](const std::string& rule) {
    put(rule);
    Watcher watcher{.user = "bob", .resource = "alice"};
    EXPECT_EQ(scene.subscribe(watcher).status, 200);
    EXPECT_EQ(scene.last_notify(watcher).state, "active");
    return scene.last_notify(watcher).body;
  };
  const std::string person = with_sphere("work");
  scene.publish({.resource = "alice", .body = person});
  EXPECT_THAT(shown(bare("r", one("bob"), "allow")), Not(testing::AnyOf(HasSubstr("open"), HasSubstr("person"))));
  EXPECT_THAT(shown(allow("r", one("bob"), "<pr:provide-all-attributes/>")),
              Not(testing::AnyOf(HasSubstr("open"), HasSubstr("person"), HasSubstr("phone-1"))));
  EXPECT_THAT(shown(allow("r", one("bob"), kPersons)),
              AllOf(HasSubstr("person"), Not(HasSubstr("sphere")), Not(HasSubstr("open"))));
  EXPECT_THAT(shown(allow("r", one("bob"), kServices)),
              AllOf(HasSubstr("<basic>open</basic>"), Not(HasSubstr("phone-1")), Not(HasSubstr("person"))));
}

// Elsewhere a rule without transformations, or with a second action, is dropped, blocking ones included.
TEST_F(RulesOfAlice, ARuleThatLacksPartsOrHasUnknownOnesStillActs) {
  PS_SPEC("POL-13 PRU-06 PRU-26");
  put(bare("r", one("bob"), "block"));
  EXPECT_EQ(decision("bob"), "403");
  put(bare("r", one("bob"), "confirm"));
  EXPECT_EQ(decision("bob"), "pending");
  put("<cp:rule id='r'><cp:conditions>" + one("bob") +
      "</cp:conditions><cp:actions><x:log xmlns:x='urn:x'>all</x:log><pr:sub-handling>allow</pr:sub-handling>"
      "</cp:actions><cp:transformations><x:show xmlns:x='urn:x'>all</x:show>" +
      kServices + "</cp:transformations></cp:rule>");
  scene.subscribe(bob);
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  EXPECT_THAT(scene.last_notify(bob).body, AllOf(HasSubstr("<basic>open</basic>"), Not(HasSubstr("phone-1"))));
  EXPECT_EQ(decision("carol"), "403");
}

// A filter that is not understood must not lead to more than was asked for.
TEST_F(RulesOfAlice, WhoAsksForAPartOnlyIsNotSentTheWhole) {
  PS_SPEC("POL-15");
  put(allow("r", one("bob"), kEverything));
  bob.call_id = "filtered";
  bob.from_tag = "bob";
  ports::SipRequest request = to_request(bob, {});
  request.content_type = "application/simple-filter+xml";
  request.body = std::make_shared<const std::string>(
      "<filter-set xmlns='urn:ietf:params:xml:ns:simple-filter'><filter id='1'><what><include type='namespace'>"
      "urn:ietf:params:xml:ns:pidf</include></what></filter></filter-set>");
  EXPECT_EQ(scene.send(request).status, 415);
  EXPECT_THAT(scene.notifies(bob), IsEmpty());
}

// --- Documents -------------------------------------------------------------------------------------------------------

// Elsewhere rules that were deleted stay in force until a restart.
TEST_F(RulesOfAlice, RulesThatAreDeletedAreNotInForceAnyMore) {
  PS_SPEC("XCP-03 PRU-27");
  put(bare("r", "", "block"));
  EXPECT_EQ(decision("bob"), "403");
  scene.xdms().remove(kOma);
  scene.run();
  EXPECT_EQ(decision("bob"), "active");
  put(allow("r", "", kEverything));
  scene.subscribe(carol);
  scene.set("rules.no_document", "block");
  EXPECT_EQ(scene.last_notify(carol).state, "active");
  scene.xdms().remove(kOma);
  scene.run();
  EXPECT_EQ(scene.last_notify(carol).reason(), "rejected");
}

// Elsewhere rules go on being taken from where they were when the server started.
TEST_F(RulesOfAlice, AnotherPlaceOfTheRulesCountsAsSoonAsItIsSet) {
  PS_SPEC("PRU-24 OM1-10");
  scene.xdms().put(kIetf, ruleset(confirm("r", one("bob"))));
  put(allow("r", one("bob"), kEverything));
  scene.subscribe(bob);
  EXPECT_EQ(scene.last_notify(bob).state, "active") << "OMA's document comes first";
  scene.set("rules.documents", "pres-rules/index");
  EXPECT_EQ(scene.last_notify(bob).state, "pending");
  EXPECT_THAT(scene.last_notify(bob).body, IsEmpty());
  scene.advance(Seconds(301));
  EXPECT_FALSE(scene.xdms().followed.contains(kOma)) << "nobody needs it any more";
}

//  bob is on alice's list, carol is not, and somebody hides who he is. Others may see more than those on the list.
TEST_F(RulesOfAlice, TheListedTheAnonymousAndTheOthersHaveRulesOfTheirOwnInAnyOrder) {
  PS_SPEC("OM1-12 OM1-13 OM1-14");
  const std::string list = "resource-lists/list%5B@name=%22oma_grantedcontacts%22%5D";
  const std::string document = "resource-lists/users/sip:alice@example.com/index";
  scene.xdms().put({document, list}, list_of({"sip:bob@example.com"}));
  const std::string listed =
      confirm("listed", external_list("http://xdms.example.com/xcap/" + document + "/~~/" + list));
  const std::string anonymous = bare("anonymous", "<ocp:anonymous-request/>", "block");
  const std::string others = allow("others", "<ocp:other-identity/>", kEverything);
  for (const std::string& rules : {listed + anonymous + others, others + anonymous + listed}) {
    put(rules);
    EXPECT_EQ(decision("bob"), "pending");
    EXPECT_EQ(decision("carol"), "active");
    EXPECT_EQ(decision_about_anonymous(), "403");
  }
  put(bare("anonymous", "<ocp:anonymous-request/>", "confirm") + others);
  EXPECT_EQ(decision_about_anonymous(), "pending");
  EXPECT_EQ(decision("bob"), "active") << "not on any list any more";
}

}  // namespace
}  // namespace presentia::test
