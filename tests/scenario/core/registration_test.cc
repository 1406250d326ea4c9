// Third-party REGISTER, and the presence that the network makes of registrations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

const auto kActive = AllOf(HasSubstr("<op:registration-state>active</op:registration-state>"),
                           HasSubstr("<basic>open</basic>"), HasSubstr("<op:network id=\"IMS\"><op:active"));
const auto kTerminated =
    AllOf(HasSubstr("<op:registration-state>terminated</op:registration-state>"), HasSubstr("<basic>closed</basic>"),
          Not(HasSubstr("<basic>open</basic>")), HasSubstr("<op:network id=\"IMS\"><op:terminated"));

Watcher watching_alice(Scene& scene) {
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  return bob;
}

void with_body(ports::SipRequest& request, const std::string& service_info) {
  auto content = std::make_shared<ports::RegisterContent>();
  content->service_info = {service_info};
  request.registration = std::move(content);
}

std::vector<ports::PublicationInfo> publications_of_alice(Scene& scene) {
  const auto answer = scene.ask(runtime::ShowQuestion{uri_of("alice")});
  const auto* info = std::get_if<ports::PresentityInfo>(&answer);
  return info == nullptr ? std::vector<ports::PublicationInfo>() : info->publications;
}

//  S-CSCF               Presentia            bob
//    |                      |   SUBSCRIBE alice |
//    | REGISTER, 720        |------------------>|  NOTIFY: closed, nothing known
//    |--------------------->|  200, Expires 720 |
//    |                      |   NOTIFY: open, registration-state active
//    | REGISTER, 720        |------------------>|
//    |--------------------->|  200; nothing new |
//    | REGISTER, 0          |                   |
//    |--------------------->|  200, Expires 0   |
//    |                      |   NOTIFY: closed, registration-state terminated
PS_SCENARIO(ARegistrationOpensAndADeregistrationClosesThePresentity, "REG-06 REG-08 TS29A-02 TS24-18 TS24-20") {
  Watcher bob = watching_alice(scene);
  scene.advance(Seconds(10));
  const Answer registered = scene.send(to_register("alice", 720));
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_EQ(registered.status, 200);
    EXPECT_EQ(registered.header("Expires"), "720");
    EXPECT_EQ(registered.header("Contact"), "<sip:127.0.0.1:5070>;expires=720");
    EXPECT_THAT(scene.last_notify(bob).body, kActive);
    EXPECT_EQ(scene.notifies(bob).size(), 2U);
  }
  const Answer again = scene.send(to_register("alice", 720));
  scene.advance(Seconds(600));
  if (scene.clean()) {
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(scene.notifies(bob).size(), 2U);
  }
  const base::Instant before = scene.now();
  const Answer ended = scene.send(to_register("alice", 0));
  if (scene.clean()) {
    EXPECT_EQ(ended.status, 200);
    EXPECT_EQ(ended.header("Expires"), "0");
    ASSERT_EQ(scene.notifies(bob).size(), 3U);
    EXPECT_THAT(scene.last_notify(bob).body, kTerminated);
    EXPECT_LE(scene.last_notify(bob).at - before, Seconds(1));
  }
}

//  S-CSCF               Presentia            bob
//    | REGISTER, 600        |                   |
//    |--------------------->|   NOTIFY: open    |
//    |      599.999 s       |   (nothing)       |
//    |       600 s          |   NOTIFY: closed  |
//    |  closed_for_s later  |   NOTIFY: without registration-state
PS_SCENARIO(ARegistrationThatRunsOutClosesThePresentityForAWhile, "REG-08 TS29A-02") {
  Watcher bob = watching_alice(scene);
  scene.set("registration.closed_for_s", "120");
  scene.send(to_register("alice", 600));
  scene.advance(Millis(599'999));
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(bob).body, kActive);
  }
  scene.advance(Millis(1));
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(bob).body, kTerminated);
  }
  scene.advance(Millis(119'999));
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(bob).body, kTerminated);
  }
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("registration-state")));
    EXPECT_THAT(publications_of_alice(scene), IsEmpty());
  }
}

//  alice (phone)        S-CSCF              Presentia            bob
//    | PUBLISH phone-1     | REGISTER           |   NOTIFY: both, one document
//    |                     | REGISTER, 0        |   NOTIFY: the phone's open tuple, and a closed one
PS_SCENARIO(WhatTheNetworkSaysIsComposedWithWhatUsersPublish, "REG-08 PRES-13") {
  Watcher bob = watching_alice(scene);
  scene.send(to_register("alice", 3600));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3000});
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(bob).body, AllOf(kActive, HasSubstr("phone-1")));
  }
  scene.send(to_register("alice", 0));
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(bob).body,
                AllOf(HasSubstr("phone-1"), HasSubstr("<op:registration-state>terminated</op:registration-state>"),
                      Not(HasSubstr("<op:registration-state>active"))));
  }
}

TEST(Registration, SurvivesARestartAndEndsAtItsMomentAlsoWhileTheServerIsAway) {
  PS_SPEC("TS29A-02 REG-08");
  Scene scene;
  Watcher bob = watching_alice(scene);
  scene.send(to_register("alice", 600));
  scene.advance(Seconds(10));
  const auto before = scene.notifies(bob).size();
  const auto published = publications_of_alice(scene);
  ASSERT_EQ(published.size(), 1U);
  EXPECT_EQ(published.front().source, ports::Source::network);
  scene.restart();
  scene.advance(Seconds(60));
  EXPECT_EQ(scene.notifies(bob).size(), before);  // nothing new to tell
  const auto after = publications_of_alice(scene);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after.front().etag, published.front().etag);
  EXPECT_EQ(after.front().expires_at, published.front().expires_at);
  scene.away(Seconds(700));
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(bob).body, kTerminated);
  scene.verify();
}

TEST(Registration, IsTakenFromTheSCscfOnlyAndOnlyWhileTheFeatureIsOn) {
  PS_SPEC("TS29A-02");
  Scene scene;
  ports::SipRequest forged = to_register("alice", 600);
  forged.trusted = false;
  forged.registration.reset();
  EXPECT_EQ(scene.send(forged).status, 403);
  EXPECT_THAT(publications_of_alice(scene), IsEmpty());
  ports::SipRequest options = to_register("alice", {});
  options.method = "OPTIONS";
  EXPECT_THAT(scene.send(options).header("Allow"), HasSubstr("REGISTER"));

  scene.set("registration.third_party_register", "false");
  const Answer refused = scene.send(to_register("alice", 600));
  EXPECT_EQ(refused.status, 405);
  EXPECT_THAT(refused.header("Allow"), Not(HasSubstr("REGISTER")));
  options.key = {};
  EXPECT_THAT(scene.send(options).header("Allow"), Not(HasSubstr("REGISTER")));

  scene.set("registration.third_party_register", "true");
  EXPECT_EQ(scene.send(to_register("alice", 600)).status, 200);
  ports::SipRequest elsewhere = to_register("alice", 600);
  elsewhere.to.uri = "sip:alice@elsewhere.example";
  EXPECT_EQ(scene.send(elsewhere).status, 404);
}

// A phone that takes us for its registrar; a proxy that is trusted has sent it here.
TEST(Registration, OfAUserByHimselfIsRefusedAndCounted) {
  PS_SPEC("TS29A-02");
  Scene scene;
  ports::SipRequest own = to_register("alice", 600);
  own.from = {"Alice", "sip:alice@EXAMPLE.com;user=phone"};
  EXPECT_EQ(scene.send(own).status, 403);
  EXPECT_THAT(publications_of_alice(scene), IsEmpty());
  ports::SipRequest forged = to_register("alice", 600);
  forged.trusted = false;
  EXPECT_EQ(scene.send(forged).status, 403);
  EXPECT_THAT(scene.metrics().text(), AllOf(HasSubstr("presentia_refused_total{reason=\"own-registration\"} 1"),
                                            HasSubstr("presentia_refused_total{reason=\"untrusted\"} 1")));
}

TEST(Registration, IsTakenWhateverItsEventHeaderSays) {
  PS_SPEC("REG-06 TS29A-02");
  Scene scene;
  for (const char* event : {"registration", "reg", "presence", ""}) {
    ports::SipRequest request = to_register("alice", 600);
    request.event.reset();
    if (*event != '\0') request.event = ports::EventHeader{event, {}};
    EXPECT_EQ(scene.send(request).status, 200) << event;
  }
}

TEST(Registration, TheIntervalIsTheContactsOwnOrThatOfExpiresOrTheDefault) {
  PS_SPEC("REG-06 TS29A-02");
  Scene scene;
  ports::SipRequest own = to_register("alice", 600);
  auto content = std::make_shared<ports::RegisterContent>();
  content->contact_expires = 1200;
  own.registration = content;
  EXPECT_EQ(scene.send(own).header("Expires"), "1200");
  EXPECT_EQ(scene.send(to_register("alice", {})).header("Expires"), "3600");
  auto none = std::make_shared<ports::RegisterContent>();
  none->contact_expires = 0;
  own.registration = none;
  EXPECT_EQ(scene.send(own).header("Expires"), "0");
  own = to_register("alice", 0);
  auto all = std::make_shared<ports::RegisterContent>();
  all->all_contacts = true;
  own.registration = all;
  EXPECT_EQ(scene.send(own).status, 200);
  own.expires = 600;
  EXPECT_EQ(scene.send(own).status, 400);
}

TEST(Registration, AnIntervalOutOfRangeIsRefusedAndChangesNothing) {
  PS_SPEC("TS29A-02");
  Scene scene;
  Watcher bob = watching_alice(scene);
  scene.set("registration.min_expires_s", "60");
  scene.send(to_register("alice", 600));
  scene.advance(Seconds(10));
  const Answer brief = scene.send(to_register("alice", 59));
  EXPECT_EQ(brief.status, 423);
  EXPECT_EQ(brief.header("Min-Expires"), "60");
  EXPECT_EQ(scene.send(to_register("alice", 4'294'967'295)).status, 400);
  scene.advance(Seconds(580));
  EXPECT_THAT(scene.last_notify(bob).body, kActive);
}

TEST(Registration, TheAnswerRepeatsTheChargingVectorWithOurOwnName) {
  PS_SPEC("REG-07 TS29A-03");
  Scene scene;
  scene.set("registration.terminating_ioi", "presence.example.com");
  const Answer answer = scene.send(to_register("alice", 600));
  EXPECT_EQ(answer.header("P-Charging-Vector"), "icid-value=1;orig-ioi=example.com;term-ioi=presence.example.com");
  EXPECT_EQ(answer.header("P-Charging-Function-Addresses"), "ccf=\"aaa://ccf1.example.com\"");
}

TEST(Registration, ABodyThatCannotBeReadIsOfNoConsequenceButCounted) {
  PS_SPEC("REG-06");
  Scene scene;
  ports::SipRequest request = to_register("alice", 600);
  with_body(request, "<ims-3gpp version=\"1\"><service-info>presence-profile=alice</service-");
  EXPECT_EQ(scene.send(request).status, 200);
  EXPECT_THAT(scene.metrics().text(), HasSubstr("detail=\"xml.malformed\",event=\"register.body\""));
  const auto published = publications_of_alice(scene);
  EXPECT_EQ(published.size(), 1U);
}

TEST(Registration, NobodyPublishesOverWhatTheNetworkSays) {
  PS_SPEC("REG-08");
  Scene scene;
  Watcher bob = watching_alice(scene);
  scene.set("presence.publication.publishers", "sip:agent@example.com");
  scene.set("quota.publications_per_presentity", "1");
  scene.send(to_register("alice", 600));
  const auto published = publications_of_alice(scene);
  ASSERT_EQ(published.size(), 1U);
  for (const char* who : {"alice", "agent"}) {
    const Answer removed =
        scene.publish({.resource = "alice", .body = "", .expires = 0, .if_match = published.front().etag, .as = who});
    EXPECT_EQ(removed.status, 412);
  }
  // and it takes nobody's place
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)}).status, 200);
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(bob).body, kActive);
}

TEST(Registration, IsShownAsTheOperatorWantsAndAtOnce) {
  PS_SPEC("REG-08");
  Scene scene;
  Watcher bob = watching_alice(scene);
  scene.send(to_register("alice", 600));
  scene.advance(Seconds(10));
  scene.set("registration.registered_status", "closed");
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(bob).body,
              AllOf(HasSubstr("<basic>closed</basic>"), Not(HasSubstr("<basic>open</basic>")),
                    HasSubstr("<op:registration-state>active</op:registration-state>")));
  scene.set("registration.sources", "");
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("registration-state")));
  scene.set("registration.sources", "third-party-register");
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("registration-state>active"));
}

TEST(Registration, TheFirstDeclaredSourceThatKnowsSomethingCounts) {
  PS_SPEC("TS24-18 TS24-19");
  Scene scene;
  Watcher bob = watching_alice(scene);
  const auto report = [&](std::optional<bool> registered) {
    scene.core().on_registration(uri_of("alice"), {.source = ports::RegistrationSource::reg_event,
                                                   .registered = registered,
                                                   .until = scene.now() + Seconds(3600)});
    scene.advance(Seconds(10));
  };
  scene.send(to_register("alice", 600));
  report(false);
  EXPECT_THAT(scene.last_notify(bob).body, kTerminated);
  report(std::nullopt);
  EXPECT_THAT(scene.last_notify(bob).body, kActive);
  report(true);
  scene.send(to_register("alice", 0));
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(bob).body, kActive);
  scene.set("registration.sources", "third-party-register reg-event");
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(bob).body, kTerminated);
}

// A source that comes first and says that it is over is believed as long as another still says the contrary.
TEST(Registration, AnEndIsNotForgottenBeforeAWeakerSourceHasNoticed) {
  PS_SPEC("REG-08");
  Scene scene;
  Watcher bob = watching_alice(scene);
  scene.set("registration.closed_for_s", "0");
  scene.send(to_register("alice", 600));
  scene.core().on_registration(uri_of("alice"), {ports::RegistrationSource::reg_event, false, {}});
  scene.advance(Seconds(300));
  EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("registration-state")));
  scene.advance(Seconds(400));
  EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("registration-state")));
  EXPECT_THAT(publications_of_alice(scene), IsEmpty());
}

// Whom the attribute names; anew with each registration, and after a restart.
TEST(Registration, IsFollowedOfWhomTheOperatorNames) {
  PS_SPEC("TS24-19");
  Scene scene;
  const std::pair<const std::string, std::string> alice{uri_of("alice"), "sip:127.0.0.1:5070"};
  scene.send(to_register("alice", 600));
  EXPECT_THAT(scene.follower().followed, IsEmpty());  // as shipped: nobody's
  scene.set("registration.reg_event.users", "registered");
  scene.run();
  EXPECT_THAT(scene.follower().followed, testing::ElementsAre(alice));
  const int calls = scene.follower().calls;
  scene.send(to_register("alice", 600));
  EXPECT_EQ(scene.follower().calls, calls);  // only repeated
  scene.restart();
  EXPECT_THAT(scene.follower().followed, testing::ElementsAre(alice));
  scene.send(to_register("alice", 0));
  EXPECT_THAT(scene.follower().followed, IsEmpty());

  scene.set("registration.reg_event.users", "watched");
  Watcher bob = watching_alice(scene);
  EXPECT_EQ(scene.follower().followed.count(uri_of("alice")), 1U);
  scene.subscribe(bob, 0);
  scene.advance(Seconds(60));
  EXPECT_THAT(scene.follower().followed, IsEmpty());
  scene.set("registration.reg_event.users", "both");
  scene.send(to_register("alice", 600));
  EXPECT_THAT(scene.follower().followed, testing::ElementsAre(alice));
  scene.set("registration.reg_event.users", "nobody");
  scene.run();
  EXPECT_THAT(scene.follower().followed, IsEmpty());
}

// The HSS by Sh, as the third of the declared sources.
TEST(Registration, TheWordOfTheHssCountsWhereNobodyElseSaysAnything) {
  PS_SPEC("TS24-18");
  Scene scene;
  Watcher bob = watching_alice(scene);
  const auto report = [&](bool registered) {
    scene.core().on_registration(uri_of("alice"),
                                 {ports::RegistrationSource::sh_user_state, registered, scene.now() + Seconds(3600)});
    scene.advance(Seconds(10));
  };
  report(true);
  EXPECT_THAT(scene.last_notify(bob).body, kActive);
  scene.send(to_register("alice", 600));
  report(false);
  EXPECT_THAT(scene.last_notify(bob).body, kActive);
  scene.set("registration.sources", "sh-user-state third-party-register");
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(bob).body, kTerminated);
}

TEST(Registration, IsShownToTheOperatorWithEverySourcesWord) {
  Scene scene;
  ports::SipRequest request = to_register("alice", 600);
  with_body(request, "<ims-3gpp version=\"1\"><service-info>presence-profile=alice</service-info></ims-3gpp>");
  scene.send(request);
  scene.core().on_registration(uri_of("alice"), {ports::RegistrationSource::sh_user_state, false, {}});
  scene.run();
  const auto answer = scene.ask(runtime::ShowQuestion{uri_of("alice")});
  const auto* info = std::get_if<ports::PresentityInfo>(&answer);
  ASSERT_TRUE(info != nullptr && info->registration);
  EXPECT_EQ(info->registration->counts, ports::RegistrationSource::third_party_register);
  EXPECT_EQ(info->registration->record.statements.size(), 2U);
  EXPECT_EQ(info->registration->record.s_cscf, "sip:127.0.0.1:5070");
  EXPECT_EQ(info->registration->record.service_info, "presence-profile=alice");
  EXPECT_EQ(info->registration->record.charging.vector, "icid-value=1;orig-ioi=example.com");
}

TEST(Registration, OfManyUsersThatEndsLeavesNothingBehind) {
  Scene scene;
  scene.set("registration.closed_for_s", "10");
  for (int i = 0; i < 50; ++i) scene.send(to_register("user" + std::to_string(i), 60));
  scene.advance(Seconds(120));
  for (base::Partition partition = 0; partition < base::kPartitions; ++partition) {
    const auto loaded = scene.store().load(partition, [](const ports::ResourceChange& change) {
      ADD_FAILURE() << "a record of " << change.resource << " is left";
    });
    EXPECT_TRUE(loaded);
  }
}

}  // namespace
}  // namespace presentia::test
