// What the presentity learns of its watchers, and how its rules act on running subscriptions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

//  alice                  Presentia            bob
//    | SUBSCRIBE presence.winfo                  |
//    | NOTIFY full, version 0, no watcher        |
//    |<----------------------|  SUBSCRIBE        |
//    |                       |<------------------|
//    | NOTIFY partial: bob pending               |  NOTIFY pending, no body of hers
//    |                       |     600 s         |
//    | NOTIFY: bob waiting   |                   |  NOTIFY terminated;reason=timeout
//    |                       |  SUBSCRIBE        |
//    | NOTIFY: waiting bob terminated (giveup), bob pending
//    | SUBSCRIBE (refresh): NOTIFY full
PS_SCENARIO(TheOwnerSeesPendingWaitingAndGiveup,
            "WIF-01 WIF-05 WIF-06 WIF-07 WIF-08 WIF-11 WIX-02 WIX-04 WIX-06 EVT-06 PRES-05 PRES-06") {
  Watcher alice{.user = "alice", .resource = "alice", .package = "presence.winfo"};
  const Answer accepted = scene.subscribe(alice, 3600);
  if (scene.clean()) {
    EXPECT_EQ(accepted.status, 200);
    ASSERT_EQ(scene.notifies(alice).size(), 1U);
    EXPECT_EQ(scene.last_notify(alice).content_type, "application/watcherinfo+xml");
    EXPECT_THAT(scene.last_notify(alice).body, AllOf(HasSubstr("version=\"0\""), HasSubstr("state=\"full\"")));
  }
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  scene.advance(Seconds(10));

  Watcher bob{.user = "bob", .resource = "alice"};
  const Answer pending = scene.subscribe(bob, 600);
  if (scene.clean()) {
    EXPECT_EQ(pending.status, 200);
    EXPECT_EQ(scene.last_notify(bob).state, "pending");
    EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-1")));
    ASSERT_EQ(scene.notifies(alice).size(), 2U);
    EXPECT_THAT(scene.last_notify(alice).body,
                AllOf(HasSubstr("version=\"1\""), HasSubstr("state=\"partial\""), HasSubstr("status=\"pending\""),
                      HasSubstr("event=\"subscribe\""), HasSubstr("sip:bob@example.com")));
  }
  scene.advance(Seconds(600));
  if (scene.clean()) {
    EXPECT_EQ(scene.last_notify(bob).state, "terminated");
    EXPECT_EQ(scene.last_notify(bob).reason(), "timeout");
    EXPECT_THAT(scene.last_notify(alice).body, AllOf(HasSubstr("version=\"2\""), HasSubstr("status=\"waiting\"")));
  }
  Watcher again{.user = "bob", .resource = "alice"};
  scene.subscribe(again, 600);
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(alice).body,
                AllOf(HasSubstr("version=\"3\""), HasSubstr("event=\"giveup\""), HasSubstr("status=\"terminated\""),
                      HasSubstr("status=\"pending\"")));
  }
  scene.subscribe(alice, 3600);
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(alice).body, AllOf(HasSubstr("version=\"4\""), HasSubstr("state=\"full\""),
                                                     HasSubstr("status=\"pending\""), Not(HasSubstr("waiting"))));
  }
}

//  Nobody else sees who watches alice.
PS_SCENARIO(WinfoIsForTheOwnerOnly, "WIF-04") {
  Watcher bob{.user = "bob", .resource = "alice", .package = "presence.winfo"};
  const Answer refused = scene.subscribe(bob, 600);
  if (scene.clean()) {
    EXPECT_EQ(refused.status, 403);
    EXPECT_TRUE(scene.notifies(bob).empty());
  }
}

//  A watcher that may not yet see and asks only once is remembered, so that alice can decide.
PS_SCENARIO(AnUndecidedFetchLeavesAWaitingWatcher, "WIF-09 PRES-07") {
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  const Answer answer = scene.subscribe(bob, 0);
  Watcher alice{.user = "alice", .resource = "alice", .package = "presence.winfo"};
  scene.subscribe(alice, 0);
  if (scene.clean()) {
    EXPECT_EQ(answer.status, 200);
    ASSERT_EQ(scene.notifies(bob).size(), 1U);
    EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-1")));
    EXPECT_THAT(scene.last_notify(alice).body, HasSubstr("status=\"waiting\""));
  }
}

//  administrator          Presentia            bob
//    |                       | NOTIFY active, phone-1
//    | rules: confirm        | NOTIFY pending, without it
//    | rules: allow          | NOTIFY active, phone-1
//    | rules: polite-block   | NOTIFY active, closed
//    | rules: block          | NOTIFY terminated;reason=rejected
PS_SCENARIO(RulesChangedLiveActOnRunningSubscriptionsAtOnce, "PRES-06 PRES-08 PRES-10 EVT-13 EVT-27") {
  scene.set("rules.no_document", "allow");
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  scene.set("rules.no_document", "confirm");
  if (scene.clean()) {
    EXPECT_EQ(scene.last_notify(bob).state, "pending");
    EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-1")));
  }
  scene.set("rules.no_document", "allow");
  if (scene.clean()) {
    EXPECT_EQ(scene.last_notify(bob).state, "active");
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
  }
  scene.set("rules.no_document", "polite-block");
  if (scene.clean()) {
    EXPECT_EQ(scene.last_notify(bob).state, "active");
    EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-1")));
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("closed"));
  }
  const std::size_t before = scene.notifies(bob).size();
  scene.advance(Seconds(10));
  scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2), .expires = 3600});
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_EQ(scene.notifies(bob).size(), before) << "a politely blocked watcher must not learn that something changed";
  }
  scene.set("rules.no_document", "block");
  if (scene.clean()) {
    EXPECT_EQ(scene.last_notify(bob).state, "terminated");
    EXPECT_EQ(scene.last_notify(bob).reason(), "rejected");
    EXPECT_EQ(scene.subscribe(bob, 600).status, 481);
    Watcher carol{.user = "carol", .resource = "alice"};
    EXPECT_EQ(scene.subscribe(carol, 600).status, 403);
  }
}

//  Polite block cannot be told from a presentity without state.
TEST(Scenario, APolitelyBlockedWatcherSeesWhatItWouldOfNobody) {
  PS_SPEC("PRES-08 EVT-13");
  Scene scene;
  scene.set("rules.no_document", "polite-block");
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher of_alice{.user = "bob", .resource = "alice"};
  Watcher of_nobody{.user = "bob", .resource = "aliCe"};
  scene.subscribe(of_alice, 600);
  scene.subscribe(of_nobody, 600);
  std::string expected = scene.last_notify(of_nobody).body;
  const auto at = expected.find("aliCe");
  ASSERT_NE(at, std::string::npos);
  expected.replace(at, 5, "alice");
  EXPECT_EQ(scene.last_notify(of_alice).body, expected);
  scene.verify();
}

//  More resources than one slice of the walk over them: all are decided again.
TEST(Scenario, AChangeOfRulesReachesEveryResource) {
  PS_SPEC("EVT-27");
  Scene scene;
  scene.set("rules.no_document", "allow");
  std::vector<Watcher> watchers;
  for (int i = 0; i < 700; ++i) {
    watchers.push_back({.user = "bob", .resource = "user" + std::to_string(i)});
    scene.subscribe(watchers.back(), 3600);
  }
  scene.set("rules.no_document", "block");
  for (const Watcher& watcher : watchers) EXPECT_EQ(scene.last_notify(watcher).state, "terminated");
  scene.verify();
}

}  // namespace
}  // namespace presentia::test
