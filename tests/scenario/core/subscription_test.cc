// Subscriptions: fetch, refresh, end, pacing, several in a dialog, forks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Millis;
using base::Seconds;
using testing::HasSubstr;

//  bob                    Presentia
//    | SUBSCRIBE, Expires 0  |
//    |---------------------->|
//    | 200, Expires 0        |
//    | NOTIFY terminated;reason=timeout, with the state
//    |<----------------------|
//    | SUBSCRIBE in that dialog: 481
PS_SCENARIO(AFetchIsOneNotifyAndLeavesNothing, "EVT-17 EVT-20") {
  scene.set("rules.no_document", "allow");
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher bob{.user = "bob", .resource = "alice"};
  const Answer answer = scene.subscribe(bob, 0);
  if (scene.clean()) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Expires"), "0");
    ASSERT_EQ(scene.notifies(bob).size(), 1U);
    EXPECT_EQ(scene.last_notify(bob).state, "terminated");
    EXPECT_EQ(scene.last_notify(bob).reason(), "timeout");
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
    EXPECT_EQ(scene.subscribe(bob, 0).status, 481);
  }
  scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2)});
  scene.advance(Seconds(60));
  if (scene.clean()) {
    EXPECT_EQ(scene.notifies(bob).size(), 1U);
  }
}

//  bob                    Presentia
//    | SUBSCRIBE             |
//    | 200, NOTIFY active    |
//    | SUBSCRIBE (refresh)   |
//    | 200, NOTIFY active    |   at once, though nothing changed
//    | SUBSCRIBE, Expires 0  |
//    | 200, NOTIFY terminated, with the state
PS_SCENARIO(RefreshAndUnsubscribeAreEachFollowedByANotify, "EVT-09 EVT-14 EVT-16 EVT-18 EVT-19 EVT-08") {
  scene.set("rules.no_document", "allow");
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.advance(Seconds(500));
  const Answer refreshed = scene.subscribe(bob, 100'000);
  if (scene.clean()) {
    EXPECT_EQ(refreshed.status, 200);
    EXPECT_EQ(refreshed.header("Expires"), "3600");  // event.subscription.max_expires_s
    ASSERT_EQ(scene.notifies(bob).size(), 2U);
    EXPECT_EQ(scene.last_notify(bob).expires(), 3600);
    EXPECT_EQ(scene.last_notify(bob).cseq, scene.notifies(bob)[0].cseq + 1);
  }
  scene.advance(Seconds(500));
  const Answer ended = scene.subscribe(bob, 0);
  if (scene.clean()) {
    EXPECT_EQ(ended.status, 200);
    ASSERT_EQ(scene.notifies(bob).size(), 3U);
    EXPECT_EQ(scene.last_notify(bob).state, "terminated");
    EXPECT_EQ(scene.last_notify(bob).reason(), "timeout");
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
    EXPECT_EQ(scene.subscribe(bob, 600).status, 481);
  }
}

//  Some clients send the un-SUBSCRIBE to the AOR, not to our Contact: the To tag says which dialog is meant.
PS_SCENARIO(AnUnsubscribeSentToTheAorEndsTheDialogItNames, "EVT-16") {
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  ports::SipRequest request = to_request(bob, 0);
  request.request_uri = uri_of("alice");
  const Answer answer = scene.send(request);
  if (scene.clean()) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(scene.last_notify(bob).state, "terminated");
  }
}

//  bob                    Presentia
//    | phone-1 … phone-5 are published within 4 s
//    | NOTIFY phone-1        |   at once
//    | NOTIFY phone-5        |   5 s after it, once
PS_SCENARIO(ChangesWithinTheWindowAreOneNotifyWithTheNewest, "PRES-14 PUB-29 EVT-21") {
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.advance(Seconds(10));
  Answer published = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  if (scene.clean()) {
    EXPECT_EQ(scene.notifies(bob).size(), 2U);
  }
  for (int serial = 2; serial <= 5; ++serial) {
    scene.advance(Seconds(1));
    published =
        scene.publish({.resource = "alice", .body = pidf("alice", "phone", serial), .if_match = published.etag()});
  }
  scene.advance(Millis(999));
  if (scene.clean()) {
    EXPECT_EQ(scene.notifies(bob).size(), 2U);
  }
  scene.advance(Millis(1));
  if (scene.clean()) {
    ASSERT_EQ(scene.notifies(bob).size(), 3U);
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-5"));
  }
  scene.advance(Seconds(60));
  if (scene.clean()) {
    EXPECT_EQ(scene.notifies(bob).size(), 3U);
  }
}

//  The limit is a live attribute; 0 is none.
TEST(Scenario, WithoutAWindowEachChangeIsANotify) {
  PS_SPEC("PRES-14");
  Scene scene;
  scene.set("rules.no_document", "allow");
  scene.set("notify.min_interval_s", "0");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  Answer published = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 2), .if_match = published.etag()});
  EXPECT_EQ(scene.notifies(bob).size(), 3U);
  scene.verify();
}

//  bob                    Presentia
//    | SUBSCRIBE Event: presence;id=1    a new dialog
//    | SUBSCRIBE Event: presence;id=2    in it
//    | two NOTIFYs a change, each with its id; one at a time
//    | SUBSCRIBE ;id=1, Expires 0: only that one ends
PS_SCENARIO(TwoEventIdsShareADialog, "EVT-32 EVT-33 PRES-12") {
  scene.set("rules.no_document", "allow");
  Watcher one{.user = "bob", .resource = "alice", .event_id = "1"};
  scene.subscribe(one, 600);
  Watcher two = one;
  two.event_id = "2";
  const Answer second = scene.subscribe(two, 600);
  if (scene.clean()) {
    EXPECT_EQ(second.status, 200);
    ASSERT_EQ(scene.notifies(one).size(), 2U);
    EXPECT_EQ(scene.notifies(one)[0].event, "presence;id=1");
    EXPECT_EQ(scene.notifies(one)[1].event, "presence;id=2");
  }
  scene.advance(Seconds(10));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  if (scene.clean()) {
    ASSERT_EQ(scene.notifies(one).size(), 4U);
    EXPECT_NE(scene.notifies(one)[2].event, scene.notifies(one)[3].event);
  }
  one.cseq = two.cseq;
  scene.subscribe(one, 0);
  if (scene.clean()) {
    EXPECT_EQ(scene.last_notify(one).event, "presence;id=1");
    EXPECT_EQ(scene.last_notify(one).state, "terminated");
  }
  two.cseq = one.cseq;
  const Answer left = scene.subscribe(two, 600);
  if (scene.clean()) {
    EXPECT_EQ(left.status, 200);
  }
}

//  One SUBSCRIBE forked on its way reaches us twice, with different branches and the same Call-ID and From tag: two
//  dialogs, each with its own tag.
PS_SCENARIO(AForkedSubscribeMakesDialogsOfTheirOwn, "EVT-29") {
  scene.set("rules.no_document", "allow");
  Watcher first{.user = "bob", .resource = "alice"};
  const Answer one = scene.subscribe(first, 600);
  Watcher fork = first;
  fork.to_tag.clear();
  fork.cseq = 0;
  fork.resource = "alice2";  // the fork's target
  const Answer two = scene.subscribe(fork, 600);
  if (scene.clean()) {
    EXPECT_EQ(one.status, 200);
    EXPECT_EQ(two.status, 200);
    EXPECT_NE(one.response.to_tag, two.response.to_tag);
  }
}

//  A request that arrives late in its dialog, with a lower CSeq, is refused and changes nothing.
PS_SCENARIO(ALowerCseqIsRefused, "PRES-12") {
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.subscribe(bob, 600);
  const std::size_t before = scene.notifies(bob).size();
  Watcher late = bob;
  late.cseq = 0;
  const Answer answer = scene.subscribe(late, 0);
  if (scene.clean()) {
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(scene.notifies(bob).size(), before);
  }
}

}  // namespace
}  // namespace presentia::test
