// NOTIFYs that wait: for their turn when too many are under way, and for a deaf watcher to hear again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Seconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kMost = 10;

std::deque<Watcher> watchers_of(Scene& scene, const std::string& resource, int count) {
  std::deque<Watcher> watchers;
  for (int i = 0; i < count; ++i) {
    watchers.push_back({.user = "w" + std::to_string(i), .resource = resource});
    scene.subscribe(watchers.back(), 3600);
    EXPECT_LE(scene.core().node().notifies.load(), kMost);
  }
  return watchers;
}

//  20 watchers of alice, each takes 2 s to answer; 10 NOTIFYs at most are under way
//  PUBLISH 1 ─▶ 9 NOTIFYs … PUBLISH 2 ─▶ the others are sent 2 and never 1
PS_SCENARIO(NotifysBeyondThoseAllowedWaitForTheirTurnAndCarryTheNewestState, "PUB-29") {
  scene.set("rules.no_document", "allow");
  scene.set("notify.min_interval_s", "0");
  scene.set("overload.max_outstanding_notifies", std::to_string(kMost));
  std::deque<Watcher> watchers = watchers_of(scene, "alice", 20);
  const Reaction before = scene.sip().reaction;
  scene.sip().reaction.after = Seconds(2);
  const Answer first = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  EXPECT_LE(scene.core().node().notifies.load(), kMost);
  scene.advance(Seconds(1));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 2), .expires = 3600, .if_match = first.etag()});
  for (int i = 0; i < 20; ++i) {
    scene.advance(Seconds(1));
    EXPECT_LE(scene.core().node().notifies.load(), kMost);
  }
  if (scene.clean()) {
    int sent_first = 0;
    for (const Watcher& watcher : watchers) {
      EXPECT_THAT(scene.last_notify(watcher).body, HasSubstr("phone-2"));
      for (const Notified& notify : scene.notifies(watcher))
        sent_first += notify.body.find("phone-1") != std::string::npos;
    }
    EXPECT_EQ(sent_first, 9) << "the last tenth is for what must not wait";
  }
  scene.sip().reaction = before;
  scene.advance(Seconds(40));
  EXPECT_EQ(scene.core().node().notifies.load(), 0U);
}

PS_SCENARIO(AnEndGoesBeforeWhatWaits, "PUB-29") {
  scene.set("rules.no_document", "allow");
  scene.set("notify.min_interval_s", "0");
  scene.set("overload.max_outstanding_notifies", std::to_string(kMost));
  std::deque<Watcher> watchers = watchers_of(scene, "alice", 15);
  Watcher bob{.user = "bob", .resource = "carol"};
  scene.subscribe(bob, 3600);
  const Reaction before = scene.sip().reaction;
  scene.sip().reaction.after = Seconds(2);
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  scene.subscribe(bob, 0);
  if (scene.clean()) {
    EXPECT_EQ(scene.last_notify(bob).state, "terminated");
  }
  scene.sip().reaction = before;
  scene.advance(Seconds(20));
}

//  five watchers at one Contact leave their NOTIFYs unanswered; notify.remove_on_timeout = false
//  PUBLISH ─▶ NOTIFYs to it: two only, one a shard; the watcher elsewhere gets his
TEST(Scenario, ADeafPlaceIsSentFewNotifysAndTheOthersTheirsAtOnce) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  scene.set("notify.min_interval_s", "0");
  scene.set("notify.remove_on_timeout", "false");
  scene.set("overload.max_deaf_notifies", "2");
  std::deque<Watcher> deaf = watchers_of(scene, "alice", 5);
  Watcher bob{.user = "bob", .resource = "alice", .call_id = "elsewhere", .from_tag = "bob"};
  ports::SipRequest elsewhere = to_request(bob, 3600);
  elsewhere.contact = "sip:bob@192.0.2.7:5071";
  ASSERT_EQ(scene.send(std::move(elsewhere)).status, 200);
  const auto publish = [&](int serial) {
    scene.publish({.resource = "alice", .body = pidf("alice", "p" + std::to_string(serial), serial), .expires = 3600});
  };
  const auto count = [&](const std::string& text) {
    int found = 0;
    for (const Watcher& watcher : deaf)
      for (const Notified& notify : scene.notifies(watcher)) found += notify.body.find(text) != std::string::npos;
    return found;
  };
  scene.sip().reaction.kind = Reaction::Kind::silence;
  publish(1);
  EXPECT_EQ(count("p1-1"), 5) << "nobody knew";
  scene.sip().reaction.kind = Reaction::Kind::answer;
  scene.advance(Seconds(33));  // timer F: deaf; each is owed again after notify.retry_after_s
  scene.sip().reaction.kind = Reaction::Kind::hold;
  publish(2);
  scene.advance(Seconds(12));
  EXPECT_EQ(count("p2-2"), 1) << "of one shard";
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("p2-2"));

  scene.sip().reaction.kind = Reaction::Kind::answer;
  for (const Notified& notify : std::vector<Notified>(scene.sip().notifies)) scene.sip().answer(notify.key, 200);
  scene.advance(Seconds(5));
  EXPECT_EQ(count("p2-2"), 5) << "it hears again";
}

}  // namespace
}  // namespace presentia::test
