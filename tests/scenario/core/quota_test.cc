// Quotas: what is new is refused beyond them, what is held goes on, and the counts of the node are right whatever
// fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Seconds;
using testing::HasSubstr;

Watcher watcher(const std::string& user, const std::string& resource) { return {.user = user, .resource = resource}; }

// Every subscription and publication that the scenario made has ended.
void expect_nothing_counted(Scene& scene) {
  EXPECT_EQ(scene.core().node().watchers.total(), 0U);
  EXPECT_EQ(scene.core().node().domains.total(), 0U);
}

void expect_beyond(Scene& scene, const Answer& answer, const std::string& quota, const std::string& limit) {
  if (!scene.clean()) return;
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.header("Retry-After"), "5");
  EXPECT_THAT(answer.header("Warning"), HasSubstr(quota));
  EXPECT_THAT(answer.header("Warning"), HasSubstr(limit));
  EXPECT_EQ(scene.metrics().counter("presentia_quota_refused_total", {{"quota", quota}}).value(), 1);
}

//  PUA 1, 2 ─PUBLISH─▶ 200     PUA 3 ─PUBLISH─▶ 500, Retry-After
//  PUA 1 ─refresh, modify, remove─▶ 200     PUA 3 ─PUBLISH─▶ 200
PS_SCENARIO(PublicationsBeyondTheQuotaOfThePresentityAreRefused, "PUB-29") {
  scene.set("quota.publications_per_presentity", "2");
  Publish phone{.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600};
  const Publish laptop{.resource = "alice", .body = pidf("alice", "laptop", 1), .expires = 600};
  const Publish third{.resource = "alice", .body = pidf("alice", "tablet", 1), .expires = 600};
  const Answer first = scene.publish(phone);
  scene.publish(laptop);
  expect_beyond(scene, scene.publish(third), "publications_per_presentity", "2");
  const Answer other = scene.publish({.resource = "bob", .body = pidf("bob", "phone", 1), .expires = 600});
  const Answer refreshed = scene.publish({.resource = "alice", .body = "", .expires = 600, .if_match = first.etag()});
  const Answer modified = scene.publish(
      {.resource = "alice", .body = pidf("alice", "phone", 2), .expires = 600, .if_match = refreshed.etag()});
  const Answer removed = scene.publish({.resource = "alice", .body = "", .expires = 0, .if_match = modified.etag()});
  const Answer room = scene.publish(third);
  if (scene.clean()) {
    for (const Answer& answer : {other, refreshed, modified, removed, room}) EXPECT_EQ(answer.status, 200);
  }
}

TEST(Scenario, QuotasAreAnswered403WhereTheOperatorSaysSoAndTheirLimitsAreLive) {
  Scene scene;
  const Publish phone{.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600};
  scene.set("quota.publications_per_presentity", "1");
  scene.set("quota.status", "403");
  EXPECT_EQ(scene.publish(phone).status, 200);
  const Answer refused = scene.publish(phone);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.header("Retry-After"), "");
  EXPECT_THAT(refused.header("Warning"), HasSubstr("publications_per_presentity"));
  scene.set("quota.publications_per_presentity", "0");
  EXPECT_EQ(scene.publish(phone).status, 200);
}

PS_SCENARIO(SubscriptionsBeyondTheQuotaOfThePresentityAreRefusedAndRefreshesPass, "SEC-06") {
  scene.set("quota.subscriptions_per_presentity", "2");
  Watcher bob = watcher("bob", "alice"), carol = watcher("carol", "alice"), dave = watcher("dave", "alice");
  scene.subscribe(bob, 600);
  scene.subscribe(carol, 600);
  expect_beyond(scene, scene.subscribe(dave, 600), "subscriptions_per_presentity", "2");
  Watcher owner{.user = "alice", .resource = "alice", .package = "presence.winfo"};
  const Answer winfo = scene.subscribe(owner, 600);
  const Answer fetched = scene.subscribe(dave, 0);
  const Answer refreshed = scene.subscribe(bob, 600);
  if (scene.clean()) {
    EXPECT_EQ(winfo.status, 200) << "each package has its own";
    EXPECT_EQ(fetched.status, 200) << "a fetch leaves nothing";
    EXPECT_EQ(refreshed.status, 200);
  }
  scene.subscribe(carol, 0);
  Watcher erin = watcher("erin", "alice");
  const Answer room = scene.subscribe(erin, 600);
  if (scene.clean()) {
    EXPECT_EQ(room.status, 200);
  }
}

//  bob ─SUBSCRIBE alice, carol─▶ 200     ─SUBSCRIBE dave─▶ 500     (all presentities of the node)
PS_SCENARIO(SubscriptionsBeyondTheQuotaOfTheWatcherAreRefusedOnTheWholeNode, "SEC-06") {
  scene.set("rules.no_document", "allow");
  scene.set("quota.subscriptions_per_watcher", "2");
  Watcher first = watcher("bob", "alice"), second = watcher("bob", "carol"), third = watcher("bob", "dave");
  scene.subscribe(first, 600);
  scene.subscribe(second, 600);
  expect_beyond(scene, scene.subscribe(third, 600), "subscriptions_per_watcher", "2");
  Watcher other = watcher("erin", "dave");
  const Answer others = scene.subscribe(other, 600);
  const Answer refreshed = scene.subscribe(first, 600);
  Watcher in_dialog = first;
  in_dialog.event_id = "two";
  const Answer added = scene.subscribe(in_dialog, 600);
  if (scene.clean()) {
    EXPECT_EQ(others.status, 200);
    EXPECT_EQ(refreshed.status, 200);
    EXPECT_EQ(added.status, 500) << "another subscription in an old dialog is one more too";
  }
  scene.subscribe(second, 0);
  Watcher again = watcher("bob", "dave");
  const Answer room = scene.subscribe(again, 600);
  if (scene.clean()) {
    EXPECT_EQ(room.status, 200);
  }
  scene.advance(Seconds(4000));
  expect_nothing_counted(scene);
}

//  bob, carol, dave: refused no, decided no; each times out and waits. Two may wait: bob gives up.
PS_SCENARIO(WhoWaitsLongestGivesUpWhenTooManyWait, "WIF-10") {
  scene.set("rules.no_document", "confirm");
  scene.set("quota.waiting_per_presentity", "2");
  Watcher owner{.user = "alice", .resource = "alice", .package = "presence.winfo"};
  scene.subscribe(owner, 3600);
  for (const std::string user : {"bob", "carol", "dave"}) {
    Watcher pending = watcher(user, "alice");
    scene.subscribe(pending, 600);
    scene.advance(Seconds(700));
  }
  Watcher fetching = watcher("erin", "alice");
  scene.subscribe(fetching, 0);
  scene.advance(Seconds(10));
  scene.subscribe(owner, 3600);
  if (!scene.clean()) return;
  const std::string shown = scene.last_notify(owner).body;
  EXPECT_THAT(shown, testing::Not(HasSubstr("sip:bob@")));
  EXPECT_THAT(shown, testing::Not(HasSubstr("sip:carol@")));
  EXPECT_THAT(shown, HasSubstr("sip:dave@"));
  EXPECT_THAT(shown, HasSubstr("sip:erin@"));
  std::string all;
  for (const Notified& notify : scene.notifies(owner)) all += notify.body;
  EXPECT_THAT(all, HasSubstr("event=\"giveup\""));
}

PS_SCENARIO(ResourcesBeyondTheQuotaOfTheNodeAreRefused, "SEC-06") {
  scene.set("rules.no_document", "allow");
  scene.set("quota.resources", "2");
  const auto publish = [&](const std::string& who) {
    return scene.publish({.resource = who, .body = pidf(who, "phone", 1), .expires = 600});
  };
  publish("alice");
  Watcher bob = watcher("bob", "carol");
  scene.subscribe(bob, 600);
  expect_beyond(scene, publish("dave"), "resources", "2");
  Watcher erin = watcher("erin", "dave");
  const Answer watching = scene.subscribe(erin, 600);
  const Answer more = publish("alice");
  if (scene.clean()) {
    EXPECT_EQ(watching.status, 500);
    EXPECT_EQ(more.status, 200) << "what has state may have more";
  }
  scene.advance(Seconds(700));
  expect_nothing_counted(scene);
  const Answer room = publish("dave");
  if (scene.clean()) {
    EXPECT_EQ(room.status, 200);
  }
  scene.advance(Seconds(700));
  expect_nothing_counted(scene);
}

TEST(Scenario, ResourcesBeyondTheQuotaOfTheirDomainAreRefused) {
  Scene scene;
  scene.set("sip.domains[example.org].name", "example.org");
  scene.set("quota.resources_per_domain", "1");
  const auto publish = [&](const std::string& uri) {
    ports::SipRequest request = to_request(Publish{.resource = "x", .body = pidf("x", "phone", 1), .expires = 600});
    request.request_uri = uri;
    request.asserted = {{"", uri}};
    return scene.send(std::move(request));
  };
  EXPECT_EQ(publish("sip:alice@example.com").status, 200);
  expect_beyond(scene, publish("sip:bob@example.com"), "resources_per_domain", "1");
  EXPECT_EQ(publish("sip:bob@example.org").status, 200);
}

TEST(Scenario, RatesOfIdentityAndServedUserAreKept) {
  Scene scene;
  const auto publish = [&](const std::string& who, const std::string& as) {
    return scene.publish({.resource = who, .body = pidf(who, "phone", 1), .expires = 600, .as = as}).status;
  };
  scene.set("presence.publication.publishers", "sip:agent@example.com");
  scene.set("quota.requests_per_identity", "1");
  EXPECT_EQ(publish("alice", ""), 200);
  EXPECT_EQ(publish("alice", ""), 200);
  expect_beyond(scene, scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)}), "requests_per_identity",
                "1");
  EXPECT_EQ(publish("bob", ""), 200) << "each has its own";
  scene.advance(Seconds(1));
  EXPECT_EQ(publish("alice", ""), 200);
  scene.set("quota.requests_per_identity", "0");
  scene.set("quota.requests_per_served_user", "1");
  EXPECT_EQ(publish("alice", ""), 200);
  EXPECT_EQ(publish("alice", "agent"), 200);
  expect_beyond(scene, scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)}),
                "requests_per_served_user", "1");
}

TEST(Scenario, ThePeerRateIsForThoseOutsideTheTrustDomainWhateverTheirPort) {
  Scene scene;
  scene.set("quota.requests_per_peer", "1");
  const auto options = [&](bool trusted, const std::string& peer) {
    ports::SipRequest request;
    request.method = "OPTIONS";
    request.request_uri = "sip:127.0.0.1";
    request.trusted = trusted;
    request.peer = peer;
    return scene.send(std::move(request)).status;
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(options(true, "udp:192.0.2.1:5060"), 200);
  EXPECT_EQ(options(false, "udp:192.0.2.1:5060"), 200);
  EXPECT_EQ(options(false, "tcp:192.0.2.1:1"), 200);
  EXPECT_EQ(options(false, "udp:192.0.2.1:2"), 500);
  EXPECT_EQ(options(false, "udp:[2001:db8::1]:2"), 200);
  scene.advance(Seconds(1));
  EXPECT_EQ(options(false, "udp:192.0.2.1:3"), 200);
}

TEST(Scenario, WhoIsChallengedUsesThePeerRateUp) {
  Scene scene;
  scene.set("quota.requests_per_peer", "1");
  const auto challenged = [&](std::string_view host) { return scene.core().refuse_challenged({0, "PUBLISH", host}); };
  EXPECT_FALSE(challenged("192.0.2.1"));
  EXPECT_FALSE(challenged("192.0.2.1"));
  const auto refusal = challenged("192.0.2.1");
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 500);
  EXPECT_EQ(scene.metrics().counter("presentia_quota_refused_total", {{"quota", "requests_per_peer"}}).value(), 1);
  EXPECT_FALSE(challenged("[2001:db8::1]"));
  ports::SipRequest known;
  known.method = "OPTIONS";
  known.request_uri = "sip:127.0.0.1";
  known.peer = "udp:192.0.2.1:5060";
  EXPECT_EQ(scene.send(std::move(known)).status, 500) << "the same count";
  scene.advance(Seconds(1));
  EXPECT_FALSE(challenged("192.0.2.1"));
}

TEST(Scenario, CountsAreRightAfterAFailedCommitAndTheReload) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  Watcher bob = watcher("bob", "alice"), carol = watcher("carol", "alice");
  scene.subscribe(bob, 600);
  EXPECT_EQ(scene.core().node().watchers.count("sip:bob@example.com"), 1U);
  scene.store().fault(scene.store().commits() + 1, CommitFault::lost);
  EXPECT_EQ(scene.subscribe(carol, 600).status, 500);
  EXPECT_EQ(scene.core().node().watchers.count("sip:bob@example.com"), 1U);
  EXPECT_EQ(scene.core().node().watchers.count("sip:carol@example.com"), 0U);
  EXPECT_EQ(scene.core().node().domains.count("example.com"), 1U);
  scene.restart();
  EXPECT_EQ(scene.core().node().watchers.count("sip:bob@example.com"), 1U);
  scene.advance(Seconds(700));
  expect_nothing_counted(scene);
}

}  // namespace
}  // namespace presentia::test
