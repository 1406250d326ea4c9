// What is measured of the state that is held and of what is refused.
#include <gtest/gtest.h>

#include "tests/scenario/core/scene.h"

namespace presentia::test {
namespace {

using base::Seconds;

TEST(Measured, PublicationsAreThoseThatAreHeld) {
  Scene scene;
  const auto held = [&scene] { return scene.metrics().gauge("presentia_publications").value(); };
  const Answer phone = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600});
  const Answer laptop = scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 1), .expires = 60});
  scene.publish({.resource = "carol", .body = pidf("carol", "phone", 1), .expires = 600});
  EXPECT_EQ(held(), 3);
  const Answer modified =
      scene.publish({.resource = "alice", .body = pidf("alice", "phone", 2), .expires = 600, .if_match = phone.etag()});
  EXPECT_EQ(held(), 3);
  scene.publish({.resource = "alice", .expires = 0, .if_match = modified.etag()});
  EXPECT_EQ(held(), 2);
  scene.advance(Seconds(60));
  EXPECT_EQ(held(), 1) << "one has expired";
}

TEST(Measured, RefusalsAreCountedByTheirReason) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  const auto refused = [&scene](const std::string& reason) {
    return scene.metrics().counter("presentia_refused_total", {{"reason", reason}}).value();
  };
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.subscribe(bob, 0);
  EXPECT_EQ(refused("dialog.unknown"), 0);
  for (int again = 0; again < 2; ++again) EXPECT_EQ(scene.subscribe(bob, 600).status, 481);
  EXPECT_EQ(refused("dialog.unknown"), 2);
  scene.drain(ports::DrainMode::keep);
  Watcher carol{.user = "carol", .resource = "alice"};
  EXPECT_EQ(scene.subscribe(carol, 600).status, 503);
  EXPECT_EQ(refused("draining"), 1);
}

}  // namespace
}  // namespace presentia::test
