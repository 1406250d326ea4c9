// Rules of the presentity on an XDM server: what they let whom see, and that changes act at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/scenario/core/rules_documents.h"
#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Millis;
using base::Seconds;
using testing::AllOf;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const ports::DocumentKey kOma{"org.openmobilealliance.pres-rules/users/sip:alice@example.com/pres-rules"};
const ports::DocumentKey kIetf{"pres-rules/users/sip:alice@example.com/index"};

Watcher bob() { return {.user = "bob", .resource = "alice"}; }

//  bob              Presentia            XDM server
//    | SUBSCRIBE       |                    |
//    |---------------->| follow rules       |
//    |                 |------------------->|
//    |                 |<-- 100 ms later ---|
//    | 200, NOTIFY active, with what the rules show
PS_SCENARIO(ASubscribeWaitsForTheRulesAndIsDecidedByThem, "PRU-24 XCP-01 OM1-10") {
  scene.xdms().after = Millis(100);
  scene.xdms().put(kOma, ruleset(allow("r", one("bob"), kServices)));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher watcher = bob();
  const Answer early = scene.subscribe(watcher);
  if (scene.clean()) {
    EXPECT_EQ(early.status, 0) << "nothing is known yet";
    EXPECT_THAT(scene.xdms().follows, testing::Contains(testing::Pair(kOma, 1)));
  }
  scene.advance(Millis(200));
  if (!scene.clean()) return;
  ASSERT_EQ(scene.notifies(watcher).size(), 1U);
  EXPECT_EQ(scene.last_notify(watcher).state, "active");
  EXPECT_THAT(scene.last_notify(watcher).body, AllOf(HasSubstr("<basic>open</basic>"), Not(HasSubstr("phone-1"))))
      << "a note is shown only if it is provided";
}

TEST(Rules, TheFirstDocumentThatExistsCountsAndWithoutAnyTheOperatorDecides) {
  PS_SPEC("XCP-03");
  Scene scene;
  scene.xdms().put(kIetf, ruleset(allow("r", one("bob"), kEverything)));
  Watcher first = bob();
  EXPECT_EQ(scene.subscribe(first).status, 200);
  EXPECT_EQ(scene.last_notify(first).state, "active") << "pres-rules/index, because there is no OMA document";
  scene.xdms().put(kOma, ruleset(""));
  scene.run();
  EXPECT_EQ(scene.last_notify(first).reason(), "rejected") << "an OMA document without rules grants nothing";
  scene.xdms().remove(kOma);
  scene.xdms().remove(kIetf);
  scene.run();
  Watcher second = bob();
  EXPECT_EQ(scene.subscribe(second).status, 200);
  EXPECT_EQ(scene.last_notify(second).state, "pending");
  scene.set("rules.no_document", "allow");
  EXPECT_EQ(scene.last_notify(second).state, "active");
}

TEST(Rules, OfADocumentWithoutAMatchingRuleNothingIsGranted) {
  PS_SPEC("POL-11");
  Scene scene;
  scene.set("rules.no_document", "allow");
  scene.xdms().put(kOma, ruleset(allow("r", one("carol"), kEverything)));
  Watcher watcher = bob();
  EXPECT_EQ(scene.subscribe(watcher).status, 403);
}

//  alice puts rules that block while bob's NOTIFY is on its way and she publishes on.
TEST(Rules, ARevocationEndsTheSubscriptionAndNothingIsShownAfterIt) {
  PS_SPEC("PRU-07");
  PS_SPEC("PRU-27");
  Scene scene;
  scene.set("notify.min_interval_s", "0");
  scene.xdms().put(kOma, ruleset(allow("r", "", kEverything)));
  auto etag = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)}).etag();
  Watcher hearing = bob(), deaf{.user = "carol", .resource = "alice"};
  scene.subscribe(hearing);
  scene.subscribe(deaf);
  scene.sip().reaction = {Reaction::Kind::hold, 0};
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 2), .if_match = etag});
  const std::size_t before = scene.sip().notifies.size();
  const std::size_t abandoned = scene.sip().abandons.size();
  scene.xdms().put(kOma, ruleset(""));
  scene.run();
  EXPECT_EQ(scene.sip().abandons.size(), abandoned + 2) << "what was under way is not sent again";
  ASSERT_EQ(scene.sip().notifies.size(), before + 2);
  for (int serial = 3; serial < 6; ++serial) {
    scene.publish({.resource = "alice", .body = pidf("alice", "more", serial)});
    scene.advance(Seconds(10));
  }
  for (const Watcher& watcher : {hearing, deaf}) {
    EXPECT_EQ(scene.last_notify(watcher).state, "terminated");
    EXPECT_EQ(scene.last_notify(watcher).reason(), "rejected");
    EXPECT_THAT(scene.last_notify(watcher).body, IsEmpty());
  }
  EXPECT_EQ(scene.sip().notifies.size(), before + 2) << "nothing follows";
  EXPECT_EQ(scene.subscribe(hearing).status, 481);
}

TEST(Rules, WhoFollowsIsToldWhatRulesDoToSubscriptions) {
  Scene scene;
  scene.xdms().put(kOma, ruleset(allow("r", one("bob"), kEverything)));
  auto tail = scene.core().inspection().tail();
  ASSERT_TRUE(tail);
  Watcher watcher = bob();
  scene.subscribe(watcher);  // waits for the rules
  scene.xdms().put(kOma, ruleset(""));
  scene.run();
  std::vector<ports::CoreEvent> events;
  (*tail)->take(events);
  std::vector<ports::EventKind> kinds;
  for (const ports::CoreEvent& event : events)
    if (event.kind != ports::EventKind::notify_sent && event.kind != ports::EventKind::notify_finished)
      kinds.push_back(event.kind);
  EXPECT_THAT(kinds,
              testing::ElementsAre(ports::EventKind::subscription_created, ports::EventKind::subscription_ended));
}

std::vector<ports::CoreEvent> taken(ports::EventTail& tail) {
  std::vector<ports::CoreEvent> events;
  tail.take(events);
  return events;
}

// What follows of a SUBSCRIBE that waited is told as of one that did not.
TEST(Rules, WhoFollowsIsToldWhatBecomesOfASubscribeThatWaited) {
  Scene scene;
  scene.set("rules.when_unavailable", "block");
  scene.xdms().after = Millis(100);
  scene.xdms().put(kOma, ruleset(allow("r", one("carol"), kEverything)));
  auto tail = scene.core().inspection().tail();
  ASSERT_TRUE(tail);
  const auto refused = [](const Watcher& watcher, const char* resource) {
    return AllOf(Field(&ports::CoreEvent::kind, ports::EventKind::request_refused),
                 Field(&ports::CoreEvent::status, 403), Field(&ports::CoreEvent::method, "SUBSCRIBE"),
                 Field(&ports::CoreEvent::presentity, uri_of(resource)),
                 Field(&ports::CoreEvent::watcher, uri_of(watcher.user)), Field(&ports::CoreEvent::package, "presence"),
                 Field(&ports::CoreEvent::call_id, watcher.call_id));
  };
  Watcher blocked = bob();
  scene.subscribe(blocked);
  EXPECT_THAT(taken(**tail), IsEmpty()) << "it waits";
  scene.advance(Millis(500));
  EXPECT_THAT(taken(**tail), testing::ElementsAre(refused(blocked, "alice")));

  scene.xdms().fail({"org.openmobilealliance.pres-rules/users/sip:zoe@example.com/pres-rules"});
  Watcher unlucky{.user = "bob", .resource = "zoe"};
  scene.subscribe(unlucky);
  scene.advance(Millis(500));
  EXPECT_THAT(taken(**tail), testing::ElementsAre(refused(unlucky, "zoe"))) << "rules.when_unavailable";

  scene.advance(Seconds(400));  // the rules are let go: who comes waits again
  Watcher carol{.user = "carol", .resource = "alice"};
  scene.subscribe(carol);
  scene.advance(Millis(500));
  const auto events = taken(**tail);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events[0].kind, ports::EventKind::subscription_created);
  EXPECT_EQ(events[0].call_id, carol.call_id);
}

TEST(Rules, WhoFollowsIsToldOfTheNotifyOfAFetchThatWaited) {
  Scene scene;
  scene.xdms().after = Millis(100);
  scene.xdms().put(kOma, ruleset(allow("r", one("bob"), kEverything)));
  auto tail = scene.core().inspection().tail();
  ASSERT_TRUE(tail);
  Watcher watcher = bob();
  scene.subscribe(watcher, 0);
  scene.advance(Millis(500));
  const auto events = taken(**tail);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events[0].kind, ports::EventKind::notify_sent);
  EXPECT_EQ(events[0].watcher, uri_of("bob"));
}

TEST(Rules, WhoFollowsIsToldOfASubscribeThatWaitedUntilTheStateWasLost) {
  Scene scene;
  scene.xdms().silent = true;
  Watcher watcher = bob();
  scene.subscribe(watcher);
  auto tail = scene.core().inspection().tail();
  ASSERT_TRUE(tail);
  scene.store().set_writable(false);
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});  // which finds it out
  EXPECT_THAT(taken(**tail), testing::Contains(AllOf(Field(&ports::CoreEvent::kind, ports::EventKind::request_refused),
                                                     Field(&ports::CoreEvent::method, "SUBSCRIBE"),
                                                     Field(&ports::CoreEvent::status, 500),
                                                     Field(&ports::CoreEvent::call_id, watcher.call_id))));
}

TEST(Rules, ConfirmAndAllowReplaceEachOtherWhileItRuns) {
  PS_SPEC("PRU-08");
  PS_SPEC("PRU-09");
  PS_SPEC("PRES-10");
  Scene scene;
  scene.xdms().put(kOma, ruleset(confirm("r", one("bob"))));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher watcher = bob();
  EXPECT_EQ(scene.subscribe(watcher).status, 200);
  EXPECT_EQ(scene.last_notify(watcher).state, "pending");
  EXPECT_THAT(scene.last_notify(watcher).body, IsEmpty());
  scene.xdms().put(kOma, ruleset(allow("r", one("bob"), kEverything)));
  scene.run();
  EXPECT_EQ(scene.last_notify(watcher).state, "active");
  EXPECT_THAT(scene.last_notify(watcher).body, HasSubstr("phone-1"));
  scene.xdms().put(kOma, ruleset(confirm("r", one("bob"))));
  scene.run();
  EXPECT_EQ(scene.last_notify(watcher).state, "pending");
  EXPECT_THAT(scene.last_notify(watcher).body, IsEmpty());
}

TEST(Rules, OtherTransformationsAreShownAtOnceAndOnlyToThoseWhoseViewTheyChange) {
  PS_SPEC("PRU-27");
  Scene scene;
  const auto rules = [](const std::string& for_bob) {
    return ruleset(allow("b", one("bob"), for_bob) + allow("c", one("carol"), kServices));
  };
  scene.xdms().put(kOma, rules(kEverything));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher first = bob(), second{.user = "carol", .resource = "alice"};
  scene.subscribe(first);
  scene.subscribe(second);
  EXPECT_THAT(scene.last_notify(first).body, HasSubstr("phone-1"));
  scene.xdms().put(kOma, rules(kServices));
  scene.run();
  EXPECT_THAT(scene.last_notify(first).body, AllOf(HasSubstr("<tuple"), Not(HasSubstr("phone-1"))))
      << "what she may not see any more goes at once";
  EXPECT_EQ(scene.notifies(second).size(), 1U) << "nothing changed for her";
  scene.xdms().put(kOma, rules(kServices + "<!-- the same -->"));
  scene.run();
  EXPECT_EQ(scene.notifies(first).size(), 2U);
}

TEST(Rules, APolitelyBlockedWatcherSeesWhatAnUnavailablePresentityShowsAlsoLater) {
  PS_SPEC("PRU-10");
  Scene scene;
  scene.set("notify.min_interval_s", "0");
  scene.xdms().put(kOma, ruleset(polite("r", one("bob")) + allow("c", one("carol"), kEverything)));
  Watcher blocked = bob(), nobody{.user = "carol", .resource = "alice"};
  EXPECT_EQ(scene.subscribe(blocked).status, 200);
  EXPECT_EQ(scene.subscribe(nobody).status, 200);
  EXPECT_EQ(scene.last_notify(blocked).state, "active");
  EXPECT_EQ(scene.last_notify(blocked).body, scene.last_notify(nobody).body) << "as one without state";
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  EXPECT_EQ(scene.notifies(nobody).size(), 2U);
  EXPECT_EQ(scene.notifies(blocked).size(), 1U);
}

//  bob              Presentia            XDM server
//    | SUBSCRIBE       |                    |  (silent)
//    | 200, NOTIFY pending after isc.answer_within_ms
//    |                 |<-- at last --------|
//    | NOTIFY active   |
TEST(Rules, ASilentServerMakesAWatcherPendingInTimeAndItIsDecidedWhenTheRulesCome) {
  Scene scene;
  scene.xdms().silent = true;
  Watcher watcher = bob();
  EXPECT_EQ(scene.subscribe(watcher).status, 0);
  scene.advance(Millis(1999));
  EXPECT_THAT(scene.notifies(watcher), IsEmpty());
  scene.advance(Millis(1));
  ASSERT_EQ(scene.notifies(watcher).size(), 1U);
  EXPECT_EQ(scene.last_notify(watcher).state, "pending");
  EXPECT_THAT(scene.last_notify(watcher).body, IsEmpty());
  scene.xdms().silent = false;
  scene.xdms().put(kOma, ruleset(allow("r", one("bob"), kEverything)));
  scene.xdms().look_again("");
  scene.run();
  EXPECT_EQ(scene.last_notify(watcher).state, "active");
}

TEST(Rules, AFetchIsAnsweredInTimeAndItsOneNotifyWaitsLonger) {
  Scene scene;
  scene.xdms().put(kOma, ruleset(allow("r", one("bob"), kEverything)));
  scene.xdms().after = Seconds(3);
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher watcher = bob();
  scene.set("hard_state.documents", "");
  const std::uint32_t slot = scene.post(to_request(watcher, 0));
  scene.run();
  scene.advance(Seconds(2));
  EXPECT_EQ(scene.answer_to(slot).status, 200);
  EXPECT_THAT(scene.sip().notifies, IsEmpty());
  scene.advance(Seconds(1));
  ASSERT_EQ(scene.sip().notifies.size(), 1U);
  EXPECT_EQ(scene.sip().notifies[0].state, "terminated");
  EXPECT_EQ(scene.sip().notifies[0].reason(), "timeout");
  EXPECT_THAT(scene.sip().notifies[0].body, HasSubstr("phone-1"));
}

TEST(Rules, AFetchThatNothingIsKnownForInTimeIsToldNothing) {
  Scene scene;
  scene.xdms().silent = true;
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher watcher = bob();
  const std::uint32_t slot = scene.post(to_request(watcher, 0));
  scene.run();
  scene.advance(Seconds(2));
  EXPECT_EQ(scene.answer_to(slot).status, 200);
  scene.advance(Seconds(3));
  EXPECT_THAT(scene.sip().notifies, IsEmpty());
  scene.advance(Seconds(1));
  ASSERT_EQ(scene.sip().notifies.size(), 1U);
  EXPECT_EQ(scene.sip().notifies[0].reason(), "timeout");
  EXPECT_THAT(scene.sip().notifies[0].body, IsEmpty());
}

TEST(Rules, RulesThatCannotBeHadNeverAllow) {
  PS_SPEC("XCP-05");
  Scene scene;
  scene.set("rules.no_document", "allow");
  scene.xdms().fail(kOma);
  scene.xdms().put(kIetf, ruleset(allow("r", "", kEverything)));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher watcher = bob();
  EXPECT_EQ(scene.subscribe(watcher).status, 200);
  EXPECT_EQ(scene.last_notify(watcher).state, "pending") << "the document before it may exist";
  scene.set("rules.when_unavailable", "polite-block");
  EXPECT_EQ(scene.last_notify(watcher).state, "active");
  EXPECT_THAT(scene.last_notify(watcher).body, Not(HasSubstr("phone-1")));
  scene.set("rules.when_unavailable", "block");
  EXPECT_EQ(scene.last_notify(watcher).reason(), "rejected");
}

TEST(Rules, ADocumentThatCannotBeReadLeavesTheLastGoodOneInForce) {
  PS_SPEC("XCP-10");
  Scene scene;
  scene.xdms().put(kOma, ruleset(allow("r", one("bob"), kEverything)));
  Watcher watcher = bob();
  scene.subscribe(watcher);
  scene.xdms().put(kOma, "<not rules");
  scene.run();
  EXPECT_EQ(scene.subscribe(watcher).status, 200);
  EXPECT_EQ(scene.last_notify(watcher).state, "active");
  scene.set("rules.bad_document", "as-unavailable");
  EXPECT_EQ(scene.last_notify(watcher).state, "pending");
}

TEST(Rules, AListThatARuleNamesIsFollowedAndItsChangeActs) {
  PS_SPEC("OM1-12");
  PS_SPEC("OM1-14");
  Scene scene;
  const ports::DocumentKey friends{"resource-lists/users/sip:alice@example.com/index",
                                   "resource-lists/list%5B@name=%22friends%22%5D"};
  const ports::DocumentKey team{"resource-lists/global/team"};
  const std::string anchor = "http://xdms.example.com/xcap/resource-lists/users/sip:alice@example.com/index/~~/" +
                             std::string("resource-lists/list%5B@name=%22friends%22%5D");
  scene.xdms().put(kOma, ruleset(allow("r", external_list(anchor), kEverything)));
  scene.xdms().put(friends, list_of({}, {"http://xdms.example.com/xcap/resource-lists/global/team"}));
  scene.xdms().put(team, list_of({"sip:bob@example.com"}));
  Watcher watcher = bob();
  EXPECT_EQ(scene.subscribe(watcher).status, 200);
  EXPECT_EQ(scene.last_notify(watcher).state, "active") << "a member by a list that the list refers to";
  scene.xdms().put(team, list_of({"sip:carol@example.com"}));
  scene.run();
  EXPECT_EQ(scene.last_notify(watcher).reason(), "rejected");
  Watcher again = bob();
  EXPECT_EQ(scene.subscribe(again).status, 403);
}

TEST(Rules, AListThatCannotBeHadHasNoMembersAndListsInACircleEnd) {
  PS_SPEC("OM1-15");
  Scene scene;
  const std::string root = "http://xdms.example.com/xcap/";
  scene.xdms().put(kOma,
                   ruleset(allow("r", external_list(root + "resource-lists/global/a"), kEverything) +
                           allow("s", external_list("http://elsewhere.test/resource-lists/global/a"), kServices)));
  scene.xdms().put({"resource-lists/global/a"}, list_of({}, {root + "resource-lists/global/b"}));
  scene.xdms().put({"resource-lists/global/b"}, list_of({}, {root + "resource-lists/global/a"}));
  Watcher watcher = bob();
  EXPECT_EQ(scene.subscribe(watcher).status, 403);
  scene.xdms().fail({"resource-lists/global/b"});
  scene.run();
  EXPECT_EQ(scene.subscribe(watcher).status, 403);
}

TEST(Rules, AValidityWindowActsWhenItBeginsAndEnds) {
  PS_SPEC("POL-09");
  Scene scene;
  // The scene begins on 2027-01-15 at 08:00:00 UTC.
  scene.xdms().put(
      kOma, ruleset(allow("r", one("bob") + validity("2027-01-15T08:01:00Z", "2027-01-15T08:02:00Z"), kEverything) +
                    confirm("s", one("bob"))));
  Watcher watcher = bob();
  scene.subscribe(watcher);
  EXPECT_EQ(scene.last_notify(watcher).state, "pending");
  scene.advance(Seconds(59));
  EXPECT_EQ(scene.last_notify(watcher).state, "pending");
  scene.advance(Seconds(1));
  EXPECT_EQ(scene.last_notify(watcher).state, "active");
  scene.advance(Seconds(60));
  EXPECT_EQ(scene.last_notify(watcher).state, "pending");
}

TEST(Rules, AWindowThatEndsOneSubscriptionLeavesTheWindowsOfOthers) {
  PS_SPEC("POL-09");
  Scene scene;
  const auto until = [](const std::string& user, const std::string& end) {
    return allow(user, one(user) + validity("2027-01-15T07:00:00Z", end), kEverything);
  };
  scene.xdms().put(kOma, ruleset(until("bob", "2027-01-15T08:01:00Z") + until("carol", "2027-01-15T08:02:00Z")));
  Watcher first = bob(), second{.user = "carol", .resource = "alice"};
  scene.subscribe(first);
  scene.subscribe(second);
  scene.advance(Seconds(60));
  EXPECT_EQ(scene.last_notify(first).reason(), "rejected");
  EXPECT_EQ(scene.last_notify(second).state, "active");
  scene.advance(Seconds(60));
  EXPECT_EQ(scene.last_notify(second).reason(), "rejected");
}

TEST(Rules, AChangeOfTheSphereActsWithThePublicationThatMakesIt) {
  PS_SPEC("PRU-05");
  Scene scene;
  scene.xdms().put(
      kOma, ruleset(allow("r", one("bob") + "<cp:sphere value='work'/>", kEverything) + confirm("s", one("bob"))));
  Watcher watcher = bob();
  scene.subscribe(watcher);
  EXPECT_EQ(scene.last_notify(watcher).state, "pending");
  const std::string etag = scene.publish({.resource = "alice", .body = with_sphere("work")}).etag();
  EXPECT_EQ(scene.last_notify(watcher).state, "active");
  scene.publish({.resource = "alice", .body = with_sphere("home"), .if_match = etag});
  EXPECT_EQ(scene.last_notify(watcher).state, "pending");
}

TEST(Rules, EveryAssertedIdentityCountsAndPrivacyHidesItFromThePresentityOnly) {
  PS_SPEC("PRU-02");
  PS_SPEC("PRU-04");
  PS_SPEC("OM1-13");
  Scene scene;
  const std::string by_number = "<cp:identity><cp:one id='tel:+15551234'/></cp:identity>";
  scene.xdms().put(kOma, ruleset(allow("r", by_number, kEverything)));
  Watcher watcher = bob();
  watcher.call_id = "two-identities";
  watcher.from_tag = "bob";
  ports::SipRequest request = to_request(watcher, 600);
  request.asserted.push_back({"", "tel:+1-555-1234"});
  EXPECT_EQ(scene.send(request).status, 200) << "the second identity is the one that is named";
  request.call_id = "private";
  request.privacy = {"id"};
  EXPECT_EQ(scene.send(request).status, 200);
  request.call_id = "other";
  request.asserted.pop_back();
  EXPECT_EQ(scene.send(request).status, 403);
  scene.xdms().put(kOma, ruleset(allow("r", "<ocp:anonymous-request/>", kEverything)));
  scene.run();
  request.call_id = "anonymous";
  EXPECT_EQ(scene.send(request).status, 200);
  request.call_id = "named";
  request.privacy.clear();
  EXPECT_EQ(scene.send(request).status, 403);
}

//  hard state                 what bob sees
//    phone-1                    phone-1
//    phone-1, laptop-2 published: both, or laptop-2 alone
PS_SCENARIO(HardStateIsOneMoreSourceAndItsChangeIsTold, "XCP-11 XCP-12 XCP-13") {
  const ports::DocumentKey hard{"pidf-manipulation/users/sip:alice@example.com/index"};
  scene.set("notify.min_interval_s", "0");
  scene.set("rules.no_document", "allow");
  scene.xdms().put(hard, pidf("alice", "phone", 1));
  Watcher watcher = bob();
  scene.subscribe(watcher);
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(watcher).body, HasSubstr("phone-1"));
  }
  scene.xdms().put(hard, pidf("alice", "phone", 2));
  scene.run();
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(watcher).body, HasSubstr("phone-2"));
  }
  scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 3)});
  if (!scene.clean()) return;
  EXPECT_THAT(scene.last_notify(watcher).body, AllOf(HasSubstr("phone-2"), HasSubstr("laptop-3")));
  scene.set("hard_state.precedence", "only-without-soft");
  EXPECT_THAT(scene.last_notify(watcher).body, AllOf(Not(HasSubstr("phone-2")), HasSubstr("laptop-3")));
}

TEST(Rules, AfterARestartNothingIsShownBeforeTheRulesAreKnownAgain) {
  Scene scene;
  scene.set("restart.notify_rate", "100000");
  scene.xdms().put(kOma, ruleset(allow("r", "", kEverything)));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher stays = bob(), goes{.user = "carol", .resource = "alice"};
  scene.subscribe(stays);
  scene.subscribe(goes);
  scene.xdms().put(kOma, ruleset(allow("r", one("bob"), kServices)));
  scene.xdms().after = Seconds(1);
  const std::size_t before = scene.sip().notifies.size();
  scene.restart();
  EXPECT_EQ(scene.sip().notifies.size(), before);
  EXPECT_EQ(scene.subscribe(stays).status, 200) << "a refresh needs no rules to be accepted";
  EXPECT_EQ(scene.sip().notifies.size(), before);
  scene.advance(Seconds(8));
  EXPECT_EQ(scene.last_notify(stays).state, "active");
  EXPECT_THAT(scene.last_notify(stays).body, AllOf(HasSubstr("<tuple"), Not(HasSubstr("phone-1"))));
  EXPECT_EQ(scene.last_notify(goes).reason(), "rejected");
}

TEST(Rules, ManyPresentitiesThatNameOneListShareIt) {
  PS_SPEC("XCP-09");
  Scene scene;
  const ports::DocumentKey company{"resource-lists/global/company"};
  const std::string anchor = "http://xdms.example.com/xcap/resource-lists/global/company";
  scene.set("hard_state.documents", "");
  scene.xdms().put(company, list_of({"sip:bob@example.com", "sip:carol@example.com"}));
  std::vector<Watcher> watchers;
  for (int i = 0; i < 300; ++i) {
    const std::string user = "u" + std::to_string(i);
    scene.xdms().put({"org.openmobilealliance.pres-rules/users/sip:" + user + "@example.com/pres-rules"},
                     ruleset(allow("r", external_list(anchor), kEverything)));
    watchers.push_back({.user = "bob", .resource = user});
    ASSERT_EQ(scene.subscribe(watchers.back()).status, 200);
  }
  EXPECT_EQ(scene.xdms().follows.at(company), 1U);
  scene.xdms().put(company, list_of({"sip:carol@example.com"}));
  scene.run();
  for (const Watcher& watcher : watchers) EXPECT_EQ(scene.last_notify(watcher).reason(), "rejected");
}

TEST(Rules, DocumentsThatNobodyNeedsAreLetGoAfterAWhile) {
  Scene scene;
  scene.xdms().put(kOma, ruleset(allow("r", "", kEverything)));
  Watcher watcher = bob();
  scene.subscribe(watcher, 60);
  EXPECT_FALSE(scene.xdms().followed.empty());
  scene.subscribe(watcher, 0);
  scene.advance(Seconds(299));
  EXPECT_FALSE(scene.xdms().followed.empty()) << "it may come back";
  scene.advance(Seconds(2));
  EXPECT_THAT(scene.xdms().followed, IsEmpty());
}

}  // namespace
}  // namespace presentia::test
