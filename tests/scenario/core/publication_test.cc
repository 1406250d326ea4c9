// Publications and what their watchers see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Millis;
using base::Seconds;
using testing::HasSubstr;
using testing::Not;

//  alice's phone          Presentia            bob
//    | PUBLISH phone-1       |                   |
//    |---------------------->|                   |
//    | 200, SIP-ETag: a      |                   |
//    |<----------------------|  SUBSCRIBE        |
//    |                       |<------------------|
//    |                       |  200, NOTIFY 1    |
//    |                       |------------------>|
//    | PUBLISH a, phone-2    |                   |
//    |---------------------->|  NOTIFY 2         |
//    | 200, SIP-ETag: b      |------------------>|
//    | PUBLISH b (refresh)   |                   |
//    |---------------------->|  (no NOTIFY)      |
//    | PUBLISH c, Expires 0  |                   |
//    |---------------------->|  NOTIFY: closed   |
PS_SCENARIO(PublishSubscribeNotifyModifyRefreshRemove, "PUB-03 PUB-11 PUB-12 PUB-15 PUB-16 EVT-09 EVT-21 PRES-10") {
  scene.set("rules.no_document", "allow");
  Answer published = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  Watcher bob{.user = "bob", .resource = "alice"};
  const Answer subscribed = scene.subscribe(bob, 3600);
  if (scene.clean()) {
    EXPECT_EQ(published.status, 200);
    EXPECT_EQ(published.header("Expires"), "3600");
    EXPECT_EQ(subscribed.status, 200);
    EXPECT_EQ(subscribed.header("Expires"), "3600");
    ASSERT_EQ(scene.notifies(bob).size(), 1U);
    EXPECT_EQ(scene.last_notify(bob).state, "active");
    EXPECT_EQ(scene.last_notify(bob).expires(), 3600);
    EXPECT_EQ(scene.last_notify(bob).event, "presence");
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
  }

  scene.advance(Seconds(10));
  Answer modified = scene.publish(
      {.resource = "alice", .body = pidf("alice", "phone", 2), .expires = 3600, .if_match = published.etag()});
  if (scene.clean()) {
    EXPECT_EQ(modified.status, 200);
    EXPECT_NE(modified.etag(), published.etag());
    ASSERT_EQ(scene.notifies(bob).size(), 2U);
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-2"));
    EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-1")));
  }

  scene.advance(Seconds(10));
  const Answer refreshed =
      scene.publish({.resource = "alice", .body = "", .expires = 3600, .if_match = modified.etag()});
  const Answer stale = scene.publish({.resource = "alice", .body = "", .expires = 3600, .if_match = modified.etag()});
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_EQ(refreshed.status, 200);
    EXPECT_EQ(stale.status, 412);  // each success makes the earlier tag void
    EXPECT_EQ(scene.notifies(bob).size(), 2U);
  }

  const Answer removed = scene.publish({.resource = "alice", .body = "", .expires = 0, .if_match = refreshed.etag()});
  if (scene.clean()) {
    EXPECT_EQ(removed.status, 200);
    EXPECT_EQ(removed.header("Expires"), "0");
    ASSERT_EQ(scene.notifies(bob).size(), 3U);
    EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-2")));
    EXPECT_EQ(scene.last_notify(bob).state, "active");
  }
}

//  alice                  Presentia            bob
//    | PUBLISH, Expires 60   |                   |
//    |---------------------->|  (subscribed)     |
//    |       59.999 s        |  (nothing)        |
//    |        60 s           |  NOTIFY: closed   |
//    |                       |------------------>|
//    |                       |   100 s: NOTIFY terminated;reason=timeout
//    |                       |------------------>|
PS_SCENARIO(PublicationsAndSubscriptionsEndAtTheirMoment, "PUB-33 EVT-15 EVT-20") {
  scene.set("rules.no_document", "allow");
  const Answer published = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 60});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 100);
  scene.advance(Millis(59'999));
  if (scene.clean()) {
    EXPECT_EQ(scene.notifies(bob).size(), 1U);
  }
  scene.advance(Millis(1));
  if (scene.clean()) {
    ASSERT_EQ(scene.notifies(bob).size(), 2U);
    EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-1")));
    EXPECT_EQ(scene.publish({.resource = "alice", .body = "", .expires = 60, .if_match = published.etag()}).status,
              412);
  }
  scene.advance(Millis(39'999));
  if (scene.clean()) {
    EXPECT_EQ(scene.notifies(bob).size(), 2U);
  }
  scene.advance(Millis(1));
  if (scene.clean()) {
    ASSERT_EQ(scene.notifies(bob).size(), 3U);
    EXPECT_EQ(scene.last_notify(bob).state, "terminated");
    EXPECT_EQ(scene.last_notify(bob).reason(), "timeout");
    EXPECT_FALSE(scene.last_notify(bob).params.contains("expires"));
    EXPECT_EQ(scene.subscribe(bob, 3600).status, 481);
  }
}

//  phone, laptop          Presentia            bob
//    | PUBLISH phone-1       |                   |
//    | PUBLISH laptop-1      |   SUBSCRIBE       |
//    |---------------------->|   NOTIFY: both    |
//    | laptop: Expires 0     |------------------>|
//    |---------------------->|   NOTIFY: phone   |
PS_SCENARIO(SeveralPublicationsAreOneDocument, "PUB-23 PUB-24 PRES-13") {
  scene.set("rules.no_document", "allow");
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600});
  const Answer laptop = scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 1), .expires = 600});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("laptop-1"));
  }
  scene.publish({.resource = "alice", .body = "", .expires = 0, .if_match = laptop.etag()});
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
    EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("laptop-1")));
  }
}

//  alice                  Presentia     store          bob
//    | PUBLISH               |            |             |
//    |---------------------->| commit     |             |
//    |     (nothing)         |----------->|  (nothing)  |
//    | 200                   |    done    |             |
//    |<----------------------|<-----------| NOTIFY      |
//    |                       |------------------------->|
TEST(Scenario, NobodySeesWhatIsNotYetStored) {
  PS_SPEC("PUB-14");
  Scene scene;
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.advance(Seconds(10));
  scene.store().hold();
  const std::uint32_t first = scene.post(to_request(Publish{.resource = "alice", .body = pidf("alice", "phone", 1)}));
  scene.run();
  Watcher carol{.user = "carol", .resource = "alice"};
  scene.subscribe(carol, 0);  // a fetch stores nothing, but would show what is not stored
  EXPECT_EQ(scene.answer_to(first).status, 0);
  EXPECT_EQ(scene.notifies(bob).size(), 1U);
  EXPECT_EQ(scene.notifies(carol).size(), 0U);
  scene.store().release();
  scene.run();
  EXPECT_EQ(scene.answer_to(first).status, 200);
  ASSERT_EQ(scene.notifies(bob).size(), 2U);
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
  EXPECT_THAT(scene.last_notify(carol).body, HasSubstr("phone-1"));
  scene.verify();
}

// A commit fails, and the disk cannot be read at once: 500 with Retry-After until it can.
TEST(Scenario, APartitionThatCannotBeLoadedAnswersTemporaryTroubleUntilItCan) {
  PS_SPEC("PUB-14 PUB-22");
  Scene scene({.commit = 1, .commit_fault = CommitFault::lost});
  scene.store().fail_next_load();
  const Publish publish{.resource = "alice", .body = pidf("alice", "phone", 1)};
  const Answer refused = scene.publish(publish);
  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(refused.header("Retry-After"), "5");
  EXPECT_EQ(scene.publish(publish).status, 500);
  scene.advance(Seconds(5));
  EXPECT_EQ(scene.publish(publish).status, 200);
  scene.verify();
}

// The inbox is full: new requests get 503, a removal still gets in.
TEST(Scenario, OverloadRefusesNewRequestsBeforeRemovals) {
  PS_SPEC("PUB-22");
  Scene scene;
  const Answer published = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  std::uint32_t slot = 0;
  std::uint32_t posted = 0;
  const Publish another{.resource = "alice", .body = pidf("alice", "laptop", 1)};
  while (scene.answer_to(slot).status != 503) {
    slot = scene.post(to_request(another));
    ASSERT_LT(++posted, 10'001U);
  }
  EXPECT_EQ(posted, 9'001U);  // runtime.inbox_capacity less the reserved tenth
  const int wait = std::stoi("0" + scene.answer_to(slot).header("Retry-After"));
  EXPECT_GE(wait, 5);   // runtime.retry_after_s
  EXPECT_LE(wait, 30);  // overload.max_retry_after_s
  const std::uint32_t removal =
      scene.post(to_request(Publish{.resource = "alice", .body = "", .expires = 0, .if_match = published.etag()}));
  scene.run();
  EXPECT_EQ(scene.answer_to(removal).status, 200);
}

}  // namespace
}  // namespace presentia::test
