// A toy event package and a toy feed across two shards: new packages and in-process subscribers need no line of the
// core changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "as/base/partition.h"
#include "tests/scenario/core/scene.h"
#include "tests/scenario/core/tick_package.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Seconds;
using testing::Each;
using testing::HasSubstr;

//  alice                  Presentia            bob
//    | PUBLISH x-tick: 7     | SUBSCRIBE x-tick  |
//    |---------------------->| NOTIFY 7          |
//    | PUBLISH x-tick: 9     | NOTIFY 9          |
PS_SCENARIO(AToyPackageIsPublishedAndWatched, "EVT-05 PUB-09") {
  const Answer published = scene.publish(
      {.resource = "alice", .body = "7", .package = "x-tick", .content_type = std::string(TickPackage::kType)});
  Watcher bob{.user = "bob", .resource = "alice", .package = "x-tick"};
  scene.subscribe(bob, 600);
  scene.advance(Seconds(10));
  if (scene.clean()) {
    EXPECT_EQ(scene.last_notify(bob).body, "7");
  }
  scene.publish({.resource = "alice",
                 .body = "9",
                 .if_match = published.etag(),
                 .package = "x-tick",
                 .content_type = std::string(TickPackage::kType)});
  if (scene.clean()) {
    EXPECT_EQ(scene.last_notify(bob).body, "9");
    EXPECT_EQ(scene
                  .publish({.resource = "alice",
                            .body = "x",
                            .package = "x-tick",
                            .content_type = std::string(TickPackage::kType)})
                  .status,
              400);
    const Answer wrong_type = scene.publish({.resource = "alice", .body = "7", .package = "x-tick"});
    EXPECT_EQ(wrong_type.status, 415);
    EXPECT_EQ(wrong_type.header("Accept"), TickPackage::kType);
    Watcher unknown{.user = "bob", .resource = "alice", .package = "x-tock"};
    const Answer bad_event = scene.subscribe(unknown, 600);
    EXPECT_EQ(bad_event.status, 489);
    EXPECT_THAT(bad_event.header("Allow-Events"), HasSubstr("x-tick"));
  }
}

// A toy subscriber inside the server, at home in a partition of the other shard. It opens its feed again when that ends
// or the process starts anew.
class Mirror {
 public:
  Mirror(Scene& scene, std::string user) : scene_(scene), user_(std::move(user)) {
    const base::Partition resource = base::partition_of(uri_of("alice"));
    home_ = static_cast<base::Partition>(resource ^ 1U);  // of two shards the other one
    open();
    scene_.on_restart = [this] { opened_ = false; };
  }
  void open() {
    opened_ = true;
    key_ = scene_.core().open_feed(home_, {uri_of("alice"), "x-tick", {uri_of(user_), ""}, Seconds(600)},
                                   [this](const event::Deliver& delivered) {
                                     seen.push_back(delivered);
                                     turns.push_back(scene_.turning().value_or(99));
                                   });
    scene_.run();
  }
  void open_if_lost() {
    if (!opened_) open();
  }
  void close() {
    scene_.core().close_feed(key_);
    scene_.run();
  }
  [[nodiscard]] std::size_t shard() const { return home_ % 2U; }

  std::vector<event::Deliver> seen;
  std::vector<std::size_t> turns;

 private:
  Scene& scene_;
  std::string user_;
  base::Partition home_ = 0;
  ports::FeedKey key_;
  bool opened_ = false;
};

Publish tick(const std::string& number, std::optional<std::string> if_match = {}) {
  return {.resource = "alice",
          .body = number,
          .expires = 600,
          .if_match = std::move(if_match),
          .package = "x-tick",
          .content_type = std::string(TickPackage::kType)};
}

//  shard of the mirror        shard of alice          alice
//    | open ------------------->|  authorised           |
//    | <------- 0, sequence n --|                       |
//    |                          |<-- PUBLISH 7 ---------|
//    | <------- 7, n + 1 -------|                       |
//    | close ------------------>|                       |
//    |                          |<-- PUBLISH 9 ---------|
//    |   (nothing)              |                       |
PS_SCENARIO(AFeedDeliversAcrossShards, "EVT-21") {
  Mirror mirror(scene, "bob");
  Watcher owner{.user = "alice", .resource = "alice", .package = "x-tick.winfo"};
  scene.subscribe(owner, 600);
  if (scene.clean()) {
    ASSERT_EQ(mirror.seen.size(), 1U);
    EXPECT_EQ(*mirror.seen[0].body.bytes, "0");
    EXPECT_THAT(scene.last_notify(owner).body, HasSubstr("sip:bob@example.com"));  // a feed hides from nobody
  }
  const Answer published = scene.publish(tick("7"));
  if (scene.clean()) {
    ASSERT_EQ(mirror.seen.size(), 2U);
    EXPECT_EQ(*mirror.seen[1].body.bytes, "7");
    EXPECT_EQ(mirror.seen[1].sequence, mirror.seen[0].sequence + 1);
    EXPECT_THAT(mirror.turns, Each(mirror.shard()));
  }
  mirror.open_if_lost();
  scene.run();
  if (published.status == 200) {
    ASSERT_FALSE(mirror.seen.empty());
    EXPECT_EQ(*mirror.seen.back().body.bytes, "7");  // whatever failed: in the end the newest
  }
  mirror.close();
  const std::size_t before = mirror.seen.size();
  scene.publish(tick("9", published.etag()));
  if (scene.clean()) {
    EXPECT_EQ(mirror.seen.size(), before);
  }
  scene.on_restart = {};
}

TEST(Scenario, AFeedIsAuthorisedLikeAnySubscription) {
  PS_SPEC("PRES-05");
  Scene scene;
  Mirror mirror(scene, "mallory");
  ASSERT_EQ(mirror.seen.size(), 1U);
  EXPECT_EQ(mirror.seen[0].state, ports::SubscriptionState::terminated);
  EXPECT_EQ(mirror.seen[0].reason, event::WatcherEvent::rejected);
  scene.on_restart = {};
  scene.verify();
}

TEST(Scenario, AFeedEndsAtItsMoment) {
  PS_SPEC("EVT-15");
  Scene scene;
  Mirror mirror(scene, "bob");
  scene.advance(Seconds(600));
  ASSERT_EQ(mirror.seen.size(), 2U);
  EXPECT_EQ(mirror.seen[1].state, ports::SubscriptionState::terminated);
  EXPECT_EQ(mirror.seen[1].reason, event::WatcherEvent::timeout);
  scene.publish(tick("7"));
  EXPECT_EQ(mirror.seen.size(), 2U);
  scene.on_restart = {};
  scene.verify();
}

//  The store fails a commit: alice's partition is loaded again, and the feed into it opened again.
TEST(Scenario, AFeedSurvivesThatItsResourceIsLoadedAgain) {
  PS_SPEC("EVT-21");
  Scene scene({.commit = 2, .commit_fault = CommitFault::lost});
  const Answer published = scene.publish(tick("7"));
  Mirror mirror(scene, "bob");
  EXPECT_EQ(scene.publish(tick("8", published.etag())).status, 500);
  EXPECT_EQ(*mirror.seen.back().body.bytes, "7");
  EXPECT_EQ(scene.publish(tick("9", published.etag())).status, 200);
  EXPECT_EQ(*mirror.seen.back().body.bytes, "9");
  scene.on_restart = {};
  scene.verify();
}

}  // namespace
}  // namespace presentia::test
