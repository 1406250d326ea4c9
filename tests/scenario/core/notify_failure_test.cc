// What the failures of NOTIFYs do to subscriptions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "as/base/log.h"
#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Millis;
using base::Seconds;
using testing::HasSubstr;
using testing::Not;

struct Watched {
  Scene scene;
  Watcher bob{.user = "bob", .resource = "alice"};
  Watched() {
    scene.set("rules.no_document", "allow");
    scene.subscribe(bob, 600);
    scene.advance(Seconds(10));
  }
  void change(int serial) { scene.publish({.resource = "alice", .body = pidf("alice", "phone", serial)}); }
};

//  Presentia              bob
//    | NOTIFY                |
//    |---------------------->|
//    | 481, 404, …           |
//    |<----------------------|   the subscription is gone, and nothing more is sent
TEST(Scenario, StatusesThatSayTheSubscriptionIsGoneEndIt) {
  PS_SPEC("EVT-23 EVT-24 EVT-39");
  for (const int status : {404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604}) {
    SCOPED_TRACE(status);
    Watched watched;
    watched.scene.sip().reaction = {Reaction::Kind::answer, status};
    watched.change(1);
    EXPECT_EQ(watched.scene.notifies(watched.bob).size(), 2U);
    watched.scene.sip().reaction = {};
    watched.change(2);
    watched.scene.advance(Seconds(60));
    EXPECT_EQ(watched.scene.notifies(watched.bob).size(), 2U);
    EXPECT_EQ(watched.scene.subscribe(watched.bob, 600).status, 481);
    watched.scene.verify();
  }
}

TEST(Scenario, AnUnansweredNotifyEndsTheSubscription) {
  PS_SPEC("EVT-22 EVT-24");
  Watched watched;
  watched.scene.sip().reaction = {Reaction::Kind::silence};
  watched.change(1);
  watched.scene.advance(Seconds(40));
  watched.scene.sip().reaction = {};
  EXPECT_EQ(watched.scene.notifies(watched.bob).size(), 2U);
  EXPECT_EQ(watched.scene.subscribe(watched.bob, 600).status, 481);
  watched.scene.verify();
}

//  Presentia              bob
//    | NOTIFY phone-1        |
//    | 503, Retry-After 7    |
//    |        7 s            |
//    | NOTIFY, the newest    |
TEST(Scenario, ANotifyRefusedWithRetryAfterIsSentAgainThenWithTheNewestState) {
  PS_SPEC("EVT-23");
  Watched watched;
  watched.scene.sip().reaction = {Reaction::Kind::answer, 503, Seconds(7)};
  watched.change(1);
  watched.scene.sip().reaction = {};
  const std::size_t before = watched.scene.notifies(watched.bob).size();
  watched.scene.advance(Millis(6'999));
  EXPECT_EQ(watched.scene.notifies(watched.bob).size(), before);
  watched.scene.advance(Millis(1));
  ASSERT_EQ(watched.scene.notifies(watched.bob).size(), before + 1);
  EXPECT_THAT(watched.scene.last_notify(watched.bob).body, HasSubstr("phone-1"));
  EXPECT_EQ(watched.scene.subscribe(watched.bob, 600).status, 200);
  watched.scene.verify();
}

//  Presentia              bob
//    | NOTIFY phone-1        |
//    |---------------------->|   (no answer yet)
//    | phone-2, phone-3      |
//    |                       |   nothing: one NOTIFY at a time
//    |                  200  |
//    |<----------------------|
//    | NOTIFY phone-3        |
//    |---------------------->|
TEST(Scenario, AChangeDuringAnOutstandingNotifyWaitsForItsAnswer) {
  PS_SPEC("EVT-21 PRES-12");
  Watched watched;
  Scene& scene = watched.scene;
  scene.sip().reaction = {Reaction::Kind::hold};
  Answer published = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  ASSERT_EQ(scene.notifies(watched.bob).size(), 2U);
  for (const int serial : {2, 3}) {
    scene.advance(Seconds(10));
    published =
        scene.publish({.resource = "alice", .body = pidf("alice", "phone", serial), .if_match = published.etag()});
  }
  EXPECT_EQ(scene.notifies(watched.bob).size(), 2U);
  scene.sip().reaction = {};
  scene.sip().answer(scene.last_notify(watched.bob).key, 200);
  scene.run();
  ASSERT_EQ(scene.notifies(watched.bob).size(), 3U);
  EXPECT_THAT(scene.last_notify(watched.bob).body, HasSubstr("phone-3"));
  scene.verify();
}

//  Presentia              bob
//    | NOTIFY phone-1        |
//    |---------------------->|   (no answer yet)
//    | rules: block          |
//    | (retransmissions of phone-1 end)
//    | NOTIFY terminated;reason=rejected, without a body
//    |---------------------->|
TEST(Scenario, ALossOfRightsOvertakesAnOutstandingNotify) {
  PS_SPEC("EVT-27");
  Watched watched;
  Scene& scene = watched.scene;
  scene.sip().reaction = {Reaction::Kind::hold};
  watched.change(1);
  const Notified old = scene.last_notify(watched.bob);
  EXPECT_THAT(old.body, HasSubstr("phone-1"));
  scene.sip().reaction = {};
  scene.set("rules.no_document", "block");
  EXPECT_THAT(scene.sip().abandons, testing::ElementsAre(old.key));
  ASSERT_EQ(scene.notifies(watched.bob).size(), 3U);
  EXPECT_EQ(scene.last_notify(watched.bob).state, "terminated");
  EXPECT_EQ(scene.last_notify(watched.bob).reason(), "rejected");
  EXPECT_THAT(scene.last_notify(watched.bob).body, Not(HasSubstr("phone-1")));
  EXPECT_EQ(scene.last_notify(watched.bob).cseq, old.cseq + 1);
  scene.verify();
}

//  The same while the first NOTIFY still waits for the disk: it is never sent.
TEST(Scenario, ANotifyThatWaitsForTheStoreIsNotSentBeforeALossOfRights) {
  PS_SPEC("EVT-27");
  Watched watched;
  Scene& scene = watched.scene;
  scene.store().hold();
  const std::uint32_t slot = scene.post(to_request(Publish{.resource = "alice", .body = pidf("alice", "phone", 1)}));
  scene.run();
  scene.set("rules.no_document", "block");
  scene.store().release();
  scene.run();
  EXPECT_EQ(scene.answer_to(slot).status, 200);
  for (const Notified& notify : scene.notifies(watched.bob)) EXPECT_THAT(notify.body, Not(HasSubstr("phone-1")));
  EXPECT_EQ(scene.last_notify(watched.bob).state, "terminated");
  scene.verify();
}

//  Presentia     store        bob
//    | NOTIFY phone-1          |
//    |------------------------>|   (no answer yet)
//    | commit       |          |
//    |------------->| fails    |   all of this partition is loaded again
//    | (retransmissions of the first NOTIFY end)
//    | NOTIFY phone-1, with a higher CSeq
//    |------------------------>|
TEST(Scenario, ALoadedPartitionEndsWhatItHadOnItsWayAndSaysTheNewestAgain) {
  PS_SPEC("PUB-14 PRES-12");
  Scene scene;
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.advance(Seconds(10));
  scene.sip().reaction = {Reaction::Kind::hold};
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  scene.store().fault(scene.store().commits() + 1, CommitFault::lost);
  base::set_level(base::Module::runtime, base::Level::off);  // a failure by order
  const Notified outstanding = scene.last_notify(bob);
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2)}).status, 500);
  EXPECT_THAT(scene.sip().abandons, testing::ElementsAre(outstanding.key));
  EXPECT_GT(scene.last_notify(bob).cseq, outstanding.cseq);
  EXPECT_THAT(scene.last_notify(bob).body, testing::AllOf(HasSubstr("phone-1"), Not(HasSubstr("laptop-2"))));
  scene.sip().answer(scene.last_notify(bob).key, 200);
  scene.verify();
}

}  // namespace
}  // namespace presentia::test
