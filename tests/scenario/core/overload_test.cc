// Overload: what is refused first, what never, and that service comes back.
#include <gtest/gtest.h>

#include <optional>

#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

constexpr int kToTheTop = 120;  // windows of twice the target until every class is shed

// So many requests wait for so long, by the shard's clock, and are done. Removals: they are never shed themselves.
void flood(Scene& scene, const Publish& what, int count, base::Millis wait) {
  for (int i = 0; i < count; ++i) scene.post(to_request(what));
  scene.advance(wait);
}

int refused_of(Scene& scene, int count, const std::function<ports::SipRequest(int)>& make) {
  int refused = 0;
  for (int i = 0; i < count; ++i) refused += scene.send(make(i)).status == 503 ? 1 : 0;
  return refused;
}

/*  many ──▶ server: wait 100 ms, target 50
    watcher ─SUBSCRIBE─▶ server      503, Retry-After 5 to 30
    watcher ─SUBSCRIBE (in dialog)─▶ server   200
    PUA ─PUBLISH If-Match, Expires 0─▶ server 200
    … some quiet seconds …
    watcher ─SUBSCRIBE─▶ server      200 */
TEST(Scenario, OverloadRefusesNewWatchersFirstAndRemovalsNever) {
  Scene scene({}, 1);
  Watcher bob{.user = "bob", .resource = "alice"};
  ASSERT_EQ(scene.subscribe(bob, 600).status, 200);
  const Answer published = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600});
  const Publish unknown{.resource = "alice", .body = "", .expires = 0, .if_match = "tag"};
  for (int i = 0; i < 10; ++i) flood(scene, unknown, 20, base::Millis(100));

  const auto initial = [](int i) {
    Watcher other{.user = "w" + std::to_string(i), .resource = "alice", .call_id = "o" + std::to_string(i)};
    other.from_tag = other.user;
    return to_request(other, 600);
  };
  const int refused = refused_of(scene, 100, initial);
  EXPECT_GT(refused, 50);
  EXPECT_LT(refused, 100) << "a part is let in below the full level";
  const auto publish = [](int i) {
    return to_request(Publish{.resource = "u" + std::to_string(i), .body = pidf("u", "p", i), .expires = 600});
  };
  EXPECT_EQ(refused_of(scene, 20, publish), 0) << "the next class only when the first is refused altogether";
  EXPECT_EQ(scene.subscribe(bob, 600).status, 200);

  scene.advance(base::Seconds(20));
  EXPECT_EQ(refused_of(scene, 20, [&](int i) { return initial(1000 + i); }), 0) << "service as before";
  scene.verify();
}

TEST(Scenario, UnderTheHighestLevelOnlyRemovalsAndUnsubscribesAreDone) {
  Scene scene({}, 1);
  Watcher bob{.user = "bob", .resource = "alice"};
  ASSERT_EQ(scene.subscribe(bob, 600).status, 200);
  const Answer published = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600});
  const Publish unknown{.resource = "alice", .body = "", .expires = 0, .if_match = "tag"};
  for (int i = 0; i < kToTheTop; ++i) flood(scene, unknown, 20, base::Millis(100));

  Publish what{.resource = "alice", .body = "", .expires = 600, .if_match = published.etag()};
  const Answer refresh = scene.publish(what);
  EXPECT_EQ(refresh.status, 503);
  const int wait = std::stoi("0" + refresh.header("Retry-After"));
  EXPECT_GE(wait, 5);
  EXPECT_LE(wait, 30);
  EXPECT_FALSE(refresh.header("Warning").empty());
  EXPECT_EQ(scene.subscribe(bob, 600).status, 503);
  what.body = pidf("alice", "phone", 2);
  EXPECT_EQ(scene.publish(what).status, 503);

  what.expires = 0;
  what.body = "";
  EXPECT_EQ(scene.publish(what).status, 200) << "refused requests changed nothing: the tag is still good";
  EXPECT_EQ(scene.subscribe(bob, 0).status, 200);
  EXPECT_EQ(scene.last_notify(bob).state, "terminated");
}

TEST(Scenario, OverloadAnswers500WhereTheOperatorSaysSoAndTheTargetIsLive) {
  Scene scene({}, 1);
  scene.set("overload.status", "500");
  scene.set("overload.max_retry_after_s", "5");
  const Publish unknown{.resource = "alice", .body = "", .expires = 0, .if_match = "tag"};
  Publish refresh = unknown;
  refresh.expires = 600;
  for (int i = 0; i < kToTheTop; ++i) flood(scene, unknown, 20, base::Millis(100));
  const Answer refused = scene.publish(refresh);
  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(refused.header("Retry-After"), "5");

  scene.set("overload.target_delay_ms", "10000");
  scene.advance(base::Seconds(30));
  for (int i = 0; i < kToTheTop; ++i) flood(scene, unknown, 20, base::Millis(100));
  EXPECT_EQ(scene.publish(refresh).status, 412);
}

/*  kernel ──▶ SIP thread: 200 ms, target 50; the shard itself has nothing to do
    watcher ─SUBSCRIBE─▶ SIP thread   503, before it is read whole
    watcher ─SUBSCRIBE, Expires 0 in its dialog─▶ SIP thread   read */
TEST(Scenario, WhatWaitsForTheSipThreadIsRefusedBeforeItIsRead) {
  Scene scene({}, 1);
  const auto refused = [&](bool in_dialog, bool ends, std::optional<base::Millis> waited) {
    int count = 0;
    for (int i = 0; i < 100; ++i) {
      const auto answer = scene.core().refuse_early({0, "SUBSCRIBE", in_dialog, false, false, ends, waited});
      count += answer && answer->status == 503 ? 1 : 0;
      scene.advance(base::Millis(20));
    }
    return count;
  };
  EXPECT_EQ(refused(false, false, base::Millis(20)), 0);
  EXPECT_GT(refused(false, false, base::Millis(200)), 50);
  EXPECT_EQ(refused(true, true, base::Millis(200)), 0) << "an unsubscribe";
  EXPECT_GT(refused(false, false, std::nullopt), 0) << "a stream does not say how long it waited";
  scene.advance(base::Seconds(20));
  EXPECT_EQ(refused(false, false, base::Millis(0)), 0);
  // What was lost waited longer than anything that was read.
  ports::RequestGist behind_lost{0, "SUBSCRIBE", false, false, false, false, base::Millis(0), true};
  scene.core().refuse_early(behind_lost);
  scene.advance(base::Millis(100));
  EXPECT_TRUE(scene.core().refuse_early(behind_lost));
}

}  // namespace
}  // namespace presentia::test
