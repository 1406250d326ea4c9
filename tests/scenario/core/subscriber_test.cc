// What the HSS says of users: identities that are one presentity, users that do not exist, registrations, and an HSS
// that is away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Millis;
using base::Seconds;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kTel = "tel:+15550001";

void put_alice(Scene& scene, ports::ImsUserState state = ports::ImsUserState::registered) {
  scene.hss().put({{uri_of("alice"), kTel}, state});
}

Scene& open_rules(Scene& scene) {
  scene.set("rules.no_document", "allow");
  scene.set("registration.sources", "");  // what is published is looked at, and nothing else
  return scene;
}

//  alice                  Presentia              HSS              bob
//    |                        |  SUBSCRIBE tel:    |               |
//    |                        |<-----------------------------------|
//    |                        |  tel: ?            |               |
//    |                        |------------------->|               |
//    |                        |  it is sip:alice   |               |
//    |                        |<-------------------|               |
//    | PUBLISH sip:alice      |  200, NOTIFY       |               |
//    |----------------------->|------------------------------------>
//    | PUBLISH tel:, SIP-If-Match: refreshed       |               |
PS_SCENARIO(AllIdentitiesOfAUserAreOnePresentity, "SH-08") {
  put_alice(open_rules(scene));
  scene.hss().put({{uri_of("bob")}});
  Watcher bob{.user = "bob", .resource = kTel};
  scene.subscribe(bob, 3600);
  scene.advance(Seconds(10));
  const Answer published = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600});
  scene.advance(Seconds(10));
  const Answer refreshed =
      scene.publish({.resource = kTel, .expires = 600, .if_match = published.etag(), .as = "alice"});
  const Answer second = scene.publish({.resource = kTel, .body = pidf("alice", "laptop", 1), .expires = 600});
  scene.advance(Seconds(10));
  if (!scene.clean()) return;
  EXPECT_EQ(published.status, 200);
  EXPECT_EQ(refreshed.status, 200);
  EXPECT_EQ(second.status, 200);  // published by the tel URI as asserted identity
  EXPECT_THAT(scene.last_notify(bob).body, AllOf(HasSubstr("phone-1"), HasSubstr("laptop-1")));
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("entity=\"sip:alice@example.com\""));
}

TEST(Subscribers, AnEntityMayBeAnyIdentityOfTheUser) {
  PS_SPEC("SH-08");
  Scene scene;
  put_alice(open_rules(scene));
  scene.set("presence.entity_mismatch", "refuse");
  const auto body = [](const std::string& entity) {
    return "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"" + entity +
           "\"><tuple id=\"a\"><status><basic>open</basic></status></tuple></presence>";
  };
  EXPECT_EQ(scene.publish({.resource = "alice", .body = body(kTel), .expires = 600}).status, 200);
  EXPECT_EQ(scene.publish({.resource = kTel, .body = body("sip:alice@example.com"), .expires = 600}).status, 200);
  EXPECT_EQ(scene.publish({.resource = "alice", .body = body("sip:bob@example.com"), .expires = 600}).status, 400);
}

TEST(Subscribers, AnyIdentityOfThePresentityLearnsWhoWatches) {
  Scene scene;
  put_alice(open_rules(scene));
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  Watcher owner{.user = kTel, .resource = "alice", .package = "presence.winfo"};
  EXPECT_EQ(scene.subscribe(owner, 3600).status, 200);
  EXPECT_THAT(scene.last_notify(owner).body, HasSubstr("sip:bob@example.com"));
  Watcher stranger{.user = "bob", .resource = "alice", .package = "presence.winfo"};
  EXPECT_EQ(scene.subscribe(stranger, 3600).status, 403);
}

//  alice (sip, tel)       Presentia              HSS              bob (watches tel), carol (watches sip)
//    | PUBLISH tel: desk    |  ?                   |
//    | PUBLISH sip: phone   |  ?                   |   both served alone: the HSS does not answer in time
//    |                      |  SUBSCRIBE tel, sip  |
//    |                      |     … the HSS answers: one user
//    |                      |  NOTIFY tel: terminated;reason=deactivated → bob
//    |                      |  SUBSCRIBE tel <------------------- bob, again
//    |                      |  NOTIFY: desk and phone → bob, carol
PS_SCENARIO(StateFromBeforeTheAnswerOfTheHssIsLinked, "SH-08") {
  put_alice(open_rules(scene));
  scene.hss().silent = true;
  const std::uint32_t by_tel =
      scene.post(to_request(Publish{.resource = kTel, .body = pidf("alice", "desk", 1), .expires = 3600}));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  scene.advance(Seconds(3));
  const Answer desk = scene.answer_to(by_tel);
  scene.hss().silent = false;
  scene.hss().away = true;
  Watcher bob{.user = "bob", .resource = kTel};
  Watcher carol{.user = "carol", .resource = "alice"};
  scene.subscribe(bob, 3600);
  scene.subscribe(carol, 3600);
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(bob).body, AllOf(HasSubstr("desk-1"), Not(HasSubstr("phone-1"))));
    EXPECT_THAT(scene.last_notify(carol).body, AllOf(HasSubstr("phone-1"), Not(HasSubstr("desk-1"))));
  }
  scene.hss().away = false;
  scene.advance_through_ends(Seconds(60));
  Watcher again{.user = "bob", .resource = kTel};
  scene.subscribe(again, 3600);
  scene.advance_through_ends(Seconds(10));
  const auto both = AllOf(HasSubstr("desk-1"), HasSubstr("phone-1"));
  if (scene.clean()) {
    EXPECT_EQ(scene.last_notify(bob).state, "terminated");
    EXPECT_EQ(scene.last_notify(bob).reason(), "deactivated");
    EXPECT_THAT(scene.last_notify(again).body, both);
    EXPECT_THAT(scene.last_notify(carol).body, both);
  }
  const Answer moved =
      scene.publish({.resource = kTel, .body = pidf("alice", "desk", 2), .expires = 3600, .if_match = desk.etag()});
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_EQ(moved.status, 200);
    EXPECT_THAT(scene.last_notify(carol).body, AllOf(HasSubstr("desk-2"), HasSubstr("phone-1")));
  }
  scene.publish({.resource = kTel, .expires = 0, .if_match = moved.etag()});
  scene.advance(Seconds(10));
  if (!scene.clean()) return;
  EXPECT_THAT(scene.last_notify(carol).body, AllOf(Not(HasSubstr("desk")), HasSubstr("phone-1")));
}

TEST(Subscribers, ALinkOutlivesARestartWhileTheHssIsAway) {
  PS_SPEC("SH-08");
  Scene scene;
  put_alice(open_rules(scene));
  scene.hss().silent = true;
  scene.publish({.resource = kTel, .body = pidf("alice", "desk", 1), .expires = 36000});
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 36000});
  scene.hss().silent = false;
  scene.advance(Seconds(60));
  scene.hss().away = true;
  scene.restart();
  Watcher carol{.user = "carol", .resource = "alice"};
  scene.subscribe(carol, 3600);
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(carol).body, AllOf(HasSubstr("desk-1"), HasSubstr("phone-1")));
  scene.verify();
}

TEST(Subscribers, AnIdentityThatIsTakenAwayIsAPresentityOfItsOwn) {
  PS_SPEC("SH-08");
  Scene scene;
  put_alice(open_rules(scene));
  Watcher bob{.user = "bob", .resource = kTel};
  scene.subscribe(bob, 3600);
  scene.hss().tell_identities(kTel, {kTel});
  scene.run();
  EXPECT_THAT(scene.hss().verdicts, ElementsAre(ports::PushVerdict::taken));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600});
  Watcher carol{.user = "carol", .resource = kTel};
  scene.subscribe(carol, 3600);
  EXPECT_THAT(scene.last_notify(carol).body, Not(HasSubstr("phone-1")));
}

PS_SCENARIO(AUserThatTheHssDoesNotKnowIsNotFound, "SH-11") {
  open_rules(scene).hss();
  const Answer published = scene.publish({.resource = "ghost", .body = pidf("ghost", "phone", 1), .expires = 600});
  Watcher bob{.user = "bob", .resource = "ghost"};
  const Answer subscribed = scene.subscribe(bob, 3600);
  if (!scene.clean()) return;
  EXPECT_EQ(published.status, 404);
  EXPECT_EQ(subscribed.status, 404);
  EXPECT_THAT(scene.hss().asked, SizeIs(1));  // that there is none is remembered
  scene.hss().put({{uri_of("ghost")}});
  scene.advance(Seconds(61));
  EXPECT_EQ(scene.publish({.resource = "ghost", .body = pidf("ghost", "phone", 1), .expires = 600}).status, 200);
}

TEST(Subscribers, WhoDoesNotExistCanBeShownAsUnavailable) {
  Scene scene;
  open_rules(scene).hss();
  scene.set("sh.users.watched", "unavailable");
  Watcher bob{.user = "bob", .resource = "ghost"};
  EXPECT_EQ(scene.subscribe(bob, 3600).status, 200);
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("open")));
  EXPECT_EQ(scene.publish({.resource = "ghost", .body = pidf("ghost", "phone", 1), .expires = 600}).status, 404);
}

TEST(Subscribers, WithoutTheHssRequestsAreServedInTimeOrRefused) {
  PS_SPEC("SH-40");
  Scene scene;
  put_alice(open_rules(scene));
  scene.hss().silent = true;
  const std::uint32_t waits =
      scene.post(to_request(Publish{.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600}));
  scene.run();
  EXPECT_EQ(scene.answer_to(waits).status, 0);
  scene.advance(Millis(1999));
  EXPECT_EQ(scene.answer_to(waits).status, 0);
  scene.advance(Millis(1));
  EXPECT_EQ(scene.answer_to(waits).status, 200);

  scene.hss().silent = false;
  scene.hss().away = true;
  scene.set("sh.users.when_unavailable", "refuse-503");
  const Answer refused = scene.publish({.resource = "dave", .body = pidf("dave", "phone", 1), .expires = 600});
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.header("Retry-After"), "");
  Watcher bob{.user = "bob", .resource = "dave"};
  EXPECT_EQ(scene.subscribe(bob, 3600).status, 503);
}

TEST(Subscribers, RulesWaitOnlyForWhatTheHssHasLeftOfTheTime) {
  Scene scene;
  scene.hss().silent = true;
  scene.xdms().silent = true;
  Watcher bob{.user = "bob", .resource = "alice", .call_id = "c", .from_tag = "bob"};
  const std::uint32_t slot = scene.post(to_request(bob, 3600));
  scene.advance(Millis(1999));
  EXPECT_EQ(scene.answer_to(slot).status, 0);
  scene.advance(Millis(2));
  EXPECT_EQ(scene.answer_to(slot).status, 200);
}

TEST(Subscribers, WhatWasKnownIsUsedWhileTheHssIsAway) {
  PS_SPEC("SH-40");
  Scene scene;
  put_alice(open_rules(scene));
  scene.set("sh.cache.subscribe", "false");
  scene.set("sh.users.when_unavailable", "refuse-503");
  EXPECT_EQ(scene.publish({.resource = kTel, .body = pidf("alice", "phone", 1), .expires = 600}).status, 200);
  scene.hss().away = true;
  scene.advance(Seconds(7200));  // beyond sh.cache.ttl_s
  EXPECT_EQ(scene.publish({.resource = kTel, .body = pidf("alice", "phone", 2), .expires = 600}).status, 200);
  scene.advance(Seconds(90'000));  // and beyond sh.cache.stale_s
  EXPECT_EQ(scene.publish({.resource = kTel, .body = pidf("alice", "phone", 3), .expires = 600}).status, 503);
  scene.hss().away = false;
  scene.advance(Seconds(60));
  EXPECT_EQ(scene.publish({.resource = kTel, .body = pidf("alice", "phone", 4), .expires = 600}).status, 200);
}

//  HSS                    Presentia              bob
//    |                        |   SUBSCRIBE alice  |
//    |      registered        |<-------------------|
//    |<-----------------------|  NOTIFY: active    |
//    | PNR: not registered    |                    |
//    |----------------------->|  NOTIFY: terminated, closed
PS_SCENARIO(TheHssTellsOfRegistrations, "SH-30 SH-31") {
  scene.set("rules.no_document", "allow");
  put_alice(scene);
  Watcher bob{.user = "bob", .resource = kTel};
  scene.subscribe(bob, 3600);
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("<op:registration-state>active</op:registration-state>"));
  }
  const base::Instant before = scene.now();
  scene.hss().tell(kTel, ports::ImsUserState::not_registered);
  scene.run();
  scene.advance(Seconds(10));
  if (!scene.clean()) return;
  EXPECT_THAT(scene.last_notify(bob).body,
              AllOf(HasSubstr("<op:registration-state>terminated</op:registration-state>"),
                    HasSubstr("<basic>closed</basic>"), Not(HasSubstr("<basic>open</basic>"))));
  EXPECT_LE(scene.last_notify(bob).at - before, Seconds(1));
}

TEST(Subscribers, WhatTheHssToldWhileItWasAwayIsReadAgain) {
  PS_SPEC("SH-40");
  Scene scene;
  scene.set("rules.no_document", "allow");
  put_alice(scene);
  scene.core().on_peer({}, true);
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 36000);
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr(">active<"));
  scene.core().on_peer({}, false);
  scene.hss().put({{uri_of("alice"), kTel}, ports::ImsUserState::not_registered});  // and nobody is told
  scene.hss().forget();
  scene.advance(Seconds(60));
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr(">active<"));
  scene.core().on_peer({}, true);
  scene.advance(Seconds(1));
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr(">terminated<"));
}

TEST(Subscribers, AfterARestartWhoIsWatchedIsAskedAboutAgain) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  put_alice(scene);
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 36000);
  scene.advance(Seconds(10));
  scene.hss().put({{uri_of("alice"), kTel}, ports::ImsUserState::not_registered});
  scene.restart();
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.hss().followed, Contains(uri_of("alice")));
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr(">terminated<"));
}

TEST(Subscribers, ASubscriptionAtTheHssIsRenewedWhileSomethingDependsOnIt) {
  PS_SPEC("SH-26");
  Scene scene;
  put_alice(open_rules(scene));
  scene.hss().lifetime = Seconds(1000);
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3000});
  EXPECT_THAT(scene.hss().asked, SizeIs(1));
  scene.advance(Seconds(801));
  EXPECT_THAT(scene.hss().asked, SizeIs(2));
  scene.advance(Seconds(20'000));  // the publication has expired
  EXPECT_LE(scene.hss().asked.size(), 5U);
}

std::string profile(const std::string& inside) {
  return "<service-profile xmlns=\"urn:presentia:service-profile\">" + inside + "</service-profile>";
}

ports::ExplainInfo explained(Scene& scene, const std::string& presentity) {
  const auto answer = scene.explain({presentity, uri_of("bob")});
  EXPECT_TRUE(answer->has_value() && (*answer)->has_value());
  return answer->has_value() && (*answer)->has_value() ? ***answer : ports::ExplainInfo{};
}

TEST(Subscribers, AnAliasIsShownAndExplainedAsItsUser) {
  Scene scene;
  put_alice(open_rules(scene));
  scene.publish({.resource = kTel, .body = pidf("alice", "phone", 1), .expires = 600, .as = "alice"});
  const auto shown = scene.ask(runtime::ShowQuestion{kTel});
  ASSERT_TRUE(std::holds_alternative<ports::PresentityInfo>(shown));
  const auto& info = std::get<ports::PresentityInfo>(shown);
  EXPECT_EQ(info.presentity, uri_of("alice"));
  EXPECT_THAT(info.publications, SizeIs(1));
  ASSERT_TRUE(info.user);
  EXPECT_THAT(info.user->identities, ElementsAre(uri_of("alice"), kTel));
  EXPECT_EQ(explained(scene, kTel).presentity, uri_of("alice"));
}

TEST(Subscribers, AProfileBarsAUserAndEndsWhatRuns) {
  PS_SPEC("SH-29");
  Scene scene;
  open_rules(scene);
  scene.set("sh.profile.enabled", "true");
  put_alice(scene);
  Watcher bob{.user = "bob", .resource = "alice"};
  EXPECT_EQ(scene.subscribe(bob, 3600).status, 200);
  scene.hss().tell_profile(uri_of("alice"), profile("<presence>barred</presence>"));
  scene.advance(Seconds(1));
  EXPECT_EQ(scene.last_notify(bob).state, "terminated");
  EXPECT_EQ(scene.last_notify(bob).reason(), "rejected");
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600}).status, 403);
  EXPECT_EQ(explained(scene, uri_of("alice")).handling, "block");
  EXPECT_EQ(explained(scene, uri_of("alice")).decided_by, "the service profile of the presentity bars presence");
  Watcher carol{.user = "carol", .resource = "alice"};
  EXPECT_EQ(scene.subscribe(carol, 3600).status, 403);
  scene.hss().tell_profile(uri_of("alice"), "");  // it is gone: as for everybody
  scene.run();
  EXPECT_EQ(scene.subscribe(carol, 3600).status, 200);
}

TEST(Subscribers, AProfileThatWasOvertakenIsNotTaken) {
  PS_SPEC("SH-29");
  Scene scene;
  open_rules(scene);
  scene.set("sh.profile.enabled", "true");
  put_alice(scene);
  const auto status = [&] { return scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)}).status; };
  const std::string barred = profile("<presence>barred</presence>");
  EXPECT_EQ(status(), 200);
  const auto told = [&](const std::string& text, std::uint16_t number) {
    scene.hss().tell_profile(uri_of("alice"), text, number);
    scene.run();
    return status();
  };
  EXPECT_EQ(told(profile(""), 30000), 200);
  EXPECT_EQ(told(profile(""), 60000), 200);
  EXPECT_EQ(told(barred, 65535), 403);
  EXPECT_EQ(told(profile(""), 65534), 403);
  EXPECT_EQ(told(profile(""), 1), 200) << "follows 65535";
  EXPECT_EQ(told(barred, 65535), 200);
  EXPECT_EQ(told(barred, 0), 403) << "made anew";
}

TEST(Subscribers, AProfileLimitsAndDecidesWhereThereAreNoRules) {
  Scene scene;
  open_rules(scene);
  scene.set("sh.profile.enabled", "true");
  scene.hss().put({{uri_of("alice")},
                   ports::ImsUserState::registered,
                   profile("<max-publications>1</max-publications><max-subscriptions>1</max-subscriptions>"
                           "<without-rules>confirm</without-rules>")});
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600}).status, 200);
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "desk", 1), .expires = 600}).status, 500);
  Watcher bob{.user = "bob", .resource = "alice"};
  EXPECT_EQ(scene.subscribe(bob, 3600).status, 200);
  EXPECT_EQ(scene.last_notify(bob).state, "pending");
  EXPECT_EQ(explained(scene, uri_of("alice")).decided_by,
            "without-rules of the presentity's service profile: it has no rules");
  Watcher carol{.user = "carol", .resource = "alice"};
  EXPECT_EQ(scene.subscribe(carol, 3600).status, 500);
  scene.hss().tell_profile(uri_of("alice"), "<broken");  // what was good stays in force
  scene.run();
  EXPECT_EQ(scene.subscribe(carol, 3600).status, 500);
}

TEST(Subscribers, WhereSubscriptionsAreNotPermittedTheHssIsReadNowAndThen) {
  PS_SPEC("SH-12");
  Scene scene;
  put_alice(open_rules(scene));
  scene.hss().only_reading = true;
  scene.publish({.resource = kTel, .body = pidf("alice", "phone", 1), .expires = 10'000});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
  const std::size_t before = scene.hss_answers();
  scene.advance(Seconds(3601));
  EXPECT_GT(scene.hss_answers(), before);
}

TEST(Subscribers, TheRegistrationOfWhoIsWatchedIsFollowedWhereTheHssSays) {
  Scene scene;
  open_rules(scene);
  scene.set("sh.serving_node.enabled", "true");
  scene.set("registration.reg_event.users", "watched");
  scene.hss().put(
      {{uri_of("alice")}, ports::ImsUserState::registered, {}, "sip:scscf.example.com", "aaa://ccf.example.com"});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  scene.advance(Seconds(1));
  EXPECT_EQ(scene.follower().followed[uri_of("alice")], "sip:scscf.example.com");
  EXPECT_EQ(scene.follower().charged[uri_of("alice")], "ccf=\"aaa://ccf.example.com\"");
}

TEST(Subscribers, WhatNobodyAskedForIsNotTaken) {
  PS_SPEC("SH-28");
  Scene scene;
  put_alice(open_rules(scene));
  scene.hss().tell_identities(uri_of("mallory"), {uri_of("alice"), uri_of("mallory")});
  scene.run();
  EXPECT_THAT(scene.hss().verdicts, ElementsAre(ports::PushVerdict::not_subscribed));
}

TEST(Subscribers, WithoutAnHssNobodyIsAsked) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600}).status, 200);
  EXPECT_EQ(scene.hss_answers(), 0U);
}

}  // namespace
}  // namespace presentia::test
