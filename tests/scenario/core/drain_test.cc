// Drain: nothing new is taken in, what is open is finished; a handover ends every subscription at a pace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Millis;
using base::Seconds;
using testing::HasSubstr;

//  bob                    Presentia              carol
//    | SUBSCRIBE             |                     |
//    | 200, NOTIFY …         |  drain (keep)       |
//    |                       |<-- SUBSCRIBE, fetch |
//    |                       | 503, Retry-After -->|
//    | SUBSCRIBE (refresh)   |  PUBLISH: 200       |
//    | 200                   |                     |
//    | … 200                 |  drained            |
PS_SCENARIO(AKeepDrainRefusesOnlyWhatIsNewAndWaitsForOpenNotifies, "") {
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"}, carol{.user = "carol", .resource = "alice"};
  scene.sip().reaction.kind = scene.clean() ? Reaction::Kind::hold : Reaction::Kind::answer;
  scene.subscribe(bob, 600);
  scene.drain(ports::DrainMode::keep);
  const Answer refused = scene.subscribe(carol, 600);
  const Answer fetched = scene.subscribe(carol, 0);
  if (scene.clean()) {
    EXPECT_EQ(refused.status, 503);
    EXPECT_GE(std::stoi(refused.header("Retry-After")), 5);   // runtime.retry_after_s
    EXPECT_LE(std::stoi(refused.header("Retry-After")), 30);  // overload.max_retry_after_s
    EXPECT_THAT(refused.header("Warning"), HasSubstr("drains"));
    EXPECT_EQ(fetched.status, 503);
    EXPECT_FALSE(scene.core().drained());
    EXPECT_EQ(scene.core().held().subscriptions, 1U);
    EXPECT_EQ(scene.core().held().notifies, 1U);
  }
  scene.set("overload.status", "500");
  if (scene.clean()) {
    EXPECT_EQ(scene.subscribe(carol, 600).status, 500);
  }
  const Answer refreshed = scene.subscribe(bob, 600);
  const Answer published = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  if (!scene.clean()) return;
  EXPECT_EQ(refreshed.status, 200);
  EXPECT_EQ(published.status, 200);
  EXPECT_FALSE(scene.core().drained());
  scene.sip().answer(scene.notifies(bob)[0].key, 200);
  scene.run();
  EXPECT_EQ(scene.notifies(bob).size(), 2U);
  EXPECT_TRUE(scene.core().drained()) << "those that are sent from now on are not waited for";
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  scene.sip().answer(scene.last_notify(bob).key, 200);
  scene.run();
}

std::size_t ended(Scene& scene, const std::vector<Watcher>& watchers) {
  return static_cast<std::size_t>(std::ranges::count_if(watchers, [&scene](const Watcher& watcher) {
    const Notified last = scene.last_notify(watcher);
    return last.state == "terminated" && last.reason() == "deactivated";
  }));
}

//  six watchers           Presentia
//    | SUBSCRIBE, NOTIFY     |
//    |                       |  drain (handover), one NOTIFY a second and shard
//    | NOTIFY terminated;reason=deactivated, one after the other
//    |<----------------------|
PS_SCENARIO(AHandoverEndsEverySubscriptionAtItsPace, "EVT-27") {
  scene.set("rules.no_document", "allow");
  scene.set("drain.notify_rate", "2");  // for two shards; alice is on one of them
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  std::vector<Watcher> watchers;
  for (const char* user : {"bob", "carol", "dave", "erin", "frank"}) {
    watchers.push_back({.user = user, .resource = "alice"});
    scene.subscribe(watchers.back(), 3600);
  }
  watchers.push_back({.user = "alice", .resource = "alice", .package = "presence.winfo"});
  scene.subscribe(watchers.back(), 3600);
  scene.advance(Seconds(10));
  const std::size_t told = scene.notifies(watchers.back()).size();
  scene.drain(ports::DrainMode::handover);
  scene.advance(Millis(2'500));
  if (scene.clean()) {
    EXPECT_GE(ended(scene, watchers), 1U);
    EXPECT_LE(ended(scene, watchers), 3U);
    EXPECT_FALSE(scene.core().drained());
  }
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_EQ(ended(scene, watchers), watchers.size());
    EXPECT_EQ(scene.notifies(watchers.back()).size(), told + 1) << "nobody is told of each watcher that goes";
    EXPECT_TRUE(scene.core().drained());
    EXPECT_EQ(scene.core().held().subscriptions, 0U);
    EXPECT_EQ(scene.subscribe(watchers[0], 600).status, 481);
  }
}

// Ends cannot be told before they are stored.
TEST(Scenario, AHandoverWaitsForTheStore) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  scene.store().set_writable(false);
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)}).status, 500);
  scene.drain(ports::DrainMode::handover);
  scene.advance(Seconds(20));
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  EXPECT_FALSE(scene.core().drained());
  scene.store().set_writable(true);
  scene.advance(Seconds(10));
  EXPECT_EQ(ended(scene, {bob}), 1U);
  const std::vector<Notified> told = scene.notifies(bob);
  EXPECT_EQ(std::ranges::count(told, "terminated", &Notified::state), 1);
  EXPECT_TRUE(scene.core().drained());
}

// The last NOTIFY waits for the answer to the one before; the drain waits for both.
PS_SCENARIO(AHandoverWaitsForTheAnswersOfTheWatchers, "") {
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  if (scene.clean()) scene.sip().reaction.kind = Reaction::Kind::hold;
  scene.subscribe(bob, 600);
  scene.drain(ports::DrainMode::keep);
  scene.drain(ports::DrainMode::handover);  // the operator thought again
  scene.advance(Seconds(1));
  if (!scene.clean()) return;
  ASSERT_EQ(scene.notifies(bob).size(), 1U);
  EXPECT_FALSE(scene.core().drained());
  scene.sip().answer(scene.last_notify(bob).key, 200);
  scene.advance(Seconds(1));
  ASSERT_EQ(scene.notifies(bob).size(), 2U);
  EXPECT_EQ(scene.last_notify(bob).reason(), "deactivated");
  EXPECT_FALSE(scene.core().drained());
  scene.sip().answer(scene.last_notify(bob).key, 200);
  scene.run();
  EXPECT_TRUE(scene.core().drained());
}

}  // namespace
}  // namespace presentia::test
