// What a start on stored state does, and what a store that cannot be written leaves possible.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "as/base/log.h"
#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Millis;
using base::Seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kMany = 20;

std::vector<Watcher> watchers_of_alice(Scene& scene, int count) {
  std::vector<Watcher> watchers;
  for (int i = 0; i < count; ++i) {
    watchers.push_back({.user = "bob" + std::to_string(i), .resource = "alice"});
    EXPECT_EQ(scene.subscribe(watchers.back(), 3600).status, 200);
  }
  return watchers;
}

//  Presentia             bob
//    | NOTIFY phone-1     |   answered, and stored as answered within store.lazy_ms
//    X  (restart)
//    |  nothing: he has it; the next change comes as if nothing had been
TEST(Restart, WhoHasTheNewestStateIsNotToldAgain) {
  PS_SPEC("EVT-20");
  Scene scene;
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  scene.advance(Seconds(10));
  const auto before = scene.notifies(bob).size();
  scene.restart();
  scene.advance(Seconds(60));
  EXPECT_EQ(scene.notifies(bob).size(), before);
  scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2)});
  ASSERT_EQ(scene.notifies(bob).size(), before + 1);
  EXPECT_GT(scene.last_notify(bob).cseq, 256U);  // above all that may have been sent
  scene.verify();
}

// The same state as the one he was sent last is not the one he was sent last: another came between.
TEST(Restart, AStateThatCameBackIsToldAgain) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  scene.set("notify.min_interval_s", "0");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  scene.advance(Seconds(10));
  const Answer laptop = scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2)});
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("laptop-2"));
  scene.sip().reaction = {Reaction::Kind::silence};
  scene.publish({.resource = "alice", .expires = 0, .if_match = laptop.etag()});
  const auto before = scene.notifies(bob).size();
  scene.restart();
  scene.sip().reaction = {};
  scene.advance(Seconds(1));
  ASSERT_EQ(scene.notifies(bob).size(), before + 1);
  EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("laptop-2")));
  scene.verify();
}

//  restart.notify_rate = 2: one shard of two gives one a second
TEST(Restart, NotifiesThatItOwesComeAtTheRate) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  scene.set("restart.notify_rate", "2");
  const auto watchers = watchers_of_alice(scene, kMany);
  scene.advance(Seconds(10));
  scene.sip().reaction = {Reaction::Kind::silence};
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  scene.restart();
  scene.sip().reaction = {};
  const auto told = [&] {
    return std::ranges::count_if(watchers, [&](const Watcher& bob) { return scene.last_notify(bob).cseq > 256; });
  };
  EXPECT_LE(told(), 1);
  for (int second = 1; second < kMany; ++second) {
    scene.advance(Seconds(1));
    EXPECT_EQ(told(), second + 1);
  }
  for (const Watcher& bob : watchers) EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
  scene.verify();
}

TEST(Restart, WhatExpiredMeanwhileIsToldInItsTurn) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  scene.set("restart.notify_rate", "2");
  const auto watchers = watchers_of_alice(scene, 3);
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 60});
  Watcher carol{.user = "carol", .resource = "alice"};
  scene.subscribe(carol, 60);
  scene.advance(Seconds(10));
  scene.away(Seconds(600));
  scene.advance(Seconds(5));
  for (const Watcher& bob : watchers) EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-1")));
  EXPECT_EQ(scene.last_notify(carol).state, "terminated");
  EXPECT_EQ(scene.last_notify(carol).reason(), "timeout");
  scene.verify();
}

// The records of a server whose clock ran ahead are of the future; its successor goes on nevertheless.
TEST(Restart, AClockThatWasSetBackStopsNobody) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 36000);
  const Answer phone = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 36000});
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 2), .expires = 36000, .if_match = phone.etag()});
  scene.advance(Seconds(1));
  scene.away(-Seconds(3600));
  const Answer laptop = scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 1), .expires = 36000});
  EXPECT_EQ(laptop.status, 200);
  scene.advance(Seconds(30));
  EXPECT_THAT(scene.last_notify(bob).body, AllOf(HasSubstr("phone-2"), HasSubstr("laptop-1")));
  scene.verify();
}

TEST(Restart, WhatIsDecidedWhileAPartitionIsLoadedAgainIsToldThen) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  scene.advance(Seconds(10));
  ASSERT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
  scene.store().fault(scene.store().commits() + 1, CommitFault::lost);
  scene.store().fail_next_load();
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 1)}).status, 500);
  scene.set("rules.no_document", "polite-block");
  scene.advance(Seconds(30));
  EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-1")));
  scene.verify();
}

TEST(Restart, TheAlternativeStateOfALostPublicationStays) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 60});
  scene.advance(Seconds(100));
  const std::string lost = scene.last_notify(bob).body;
  scene.restart();
  scene.subscribe(bob, 3600);
  EXPECT_EQ(scene.last_notify(bob).body, lost);
  scene.verify();
}

// Each document of watcherinfo has a version above all before, and the first is a full one [RFC3858 4].
TEST(Restart, WinfoGoesOnWithAFullDocumentOfAHigherVersion) {
  PS_SPEC("WIX-04");
  Scene scene;
  Watcher alice{.user = "alice", .resource = "alice", .package = "presence.winfo"};
  scene.subscribe(alice, 3600);
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 3600);
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(alice).body, HasSubstr("version=\"1\""));
  scene.restart();
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(alice).body, HasSubstr("state=\"full\""));
  EXPECT_THAT(scene.last_notify(alice).body, HasSubstr("version=\"256\""));
  EXPECT_THAT(scene.last_notify(alice).body, HasSubstr("event=\"subscribe\""));
  scene.verify();
}

// --- copies of requests ---------------------------------------------------------------------------------------------

// Sends it, and once more after a restart, as somebody does who heard nothing.
std::pair<Answer, Answer> twice(Scene& scene, ports::SipRequest request) {
  const std::uint32_t slot = scene.post(request);
  scene.run();
  const Answer first = scene.answer_to(slot);
  scene.restart();
  const auto sent = scene.sip().notifies.size();
  const Answer second = scene.send_copy(std::move(request), slot);
  EXPECT_LE(scene.sip().notifies.size(), sent + 1);
  return {first, second};
}

TEST(Restart, ACopyOfAPublishGetsTheSameAnswerAndDoesNothing) {
  PS_SPEC("PUB-14");
  Scene scene;
  const auto created = twice(scene, to_request({.resource = "alice", .body = pidf("alice", "phone", 1)}));
  EXPECT_EQ(created.first.status, 200);
  EXPECT_EQ(created.second.response.headers, created.first.response.headers);
  const auto modified = twice(
      scene, to_request({.resource = "alice", .body = pidf("alice", "phone", 2), .if_match = created.first.etag()}));
  EXPECT_EQ(modified.second.response.headers, modified.first.response.headers);
  const auto refreshed =
      twice(scene, to_request({.resource = "alice", .expires = 90, .if_match = modified.first.etag()}));
  EXPECT_EQ(refreshed.second.header("Expires"), "90");
  EXPECT_EQ(refreshed.second.response.headers, refreshed.first.response.headers);
  const auto removed =
      twice(scene, to_request({.resource = "alice", .expires = 0, .if_match = refreshed.first.etag()}));
  EXPECT_EQ(removed.second.status, 200);
  EXPECT_EQ(removed.second.response.headers, removed.first.response.headers);
  scene.verify();
}

TEST(Restart, ACopyOfASubscribeGetsTheSameAnswerAndDoesNothing) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  bob.call_id = "copied";
  bob.from_tag = "bob";
  const auto opened = twice(scene, to_request(bob, 600));
  EXPECT_EQ(opened.first.status, 200);
  EXPECT_EQ(opened.second.response.to_tag, opened.first.response.to_tag);
  EXPECT_EQ(opened.second.response.headers, opened.first.response.headers);
  bob.to_tag = opened.first.response.to_tag;
  const auto refreshed = twice(scene, to_request(bob, 900));
  EXPECT_EQ(refreshed.second.response.headers, refreshed.first.response.headers);
  const auto ended = twice(scene, to_request(bob, 0));
  EXPECT_EQ(ended.second.status, 200);
  EXPECT_EQ(ended.second.header("Expires"), "0");
  scene.verify();
}

// A copy comes within 64*T1 [RFC3261 17.1.2.2]; who uses the same names later means something new.
TEST(Restart, WhatComesLaterIsNoCopy) {
  Scene scene;
  ports::SipRequest request = to_request({.resource = "alice", .body = pidf("alice", "phone", 1)});
  const std::uint32_t slot = scene.post(request);
  scene.run();
  scene.restart();
  scene.advance(Seconds(33));
  EXPECT_NE(scene.send_copy(std::move(request), slot).etag(), scene.answer_to(slot).etag());
}

// A copy is answered to whom the answer belongs.
TEST(Restart, ACopyByAnotherIsRefused) {
  Scene scene;
  ports::SipRequest request = to_request({.resource = "alice", .body = pidf("alice", "phone", 1)});
  const std::uint32_t slot = scene.post(request);
  scene.run();
  scene.restart();
  request.asserted = {{"", "sip:mallory@example.com"}};
  EXPECT_EQ(scene.send_copy(std::move(request), slot).status, 403);
}

// --- a store that cannot be written ---------------------------------------------------------------------------------

TEST(ReadOnly, WhatNeedsNoRecordIsServedAndTheRestIsRefusedUntilItWorksAgain) {
  Scene scene;
  base::set_level(base::Module::runtime, base::Level::off);  // failures by order
  scene.set("rules.no_document", "allow");
  const Answer created = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.advance(Seconds(10));
  scene.store().set_writable(false);
  const Answer unknown = scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2)});
  EXPECT_EQ(unknown.status, 500);
  EXPECT_EQ(unknown.header("Retry-After"), "5");
  for (int again = 0; again < 3; ++again) {
    const Answer refused = scene.publish({.resource = "alice", .expires = 0, .if_match = created.etag()});
    EXPECT_EQ(refused.status, 500) << "a removal, too";
    EXPECT_EQ(refused.header("Retry-After"), "5");
    Watcher carol{.user = "carol" + std::to_string(again), .resource = "alice"};
    EXPECT_EQ(scene.subscribe(carol, 0).status, 200);
    EXPECT_THAT(scene.last_notify(carol).body, HasSubstr("phone-1"));
    Watcher dave{.user = "dave", .resource = "alice"};
    EXPECT_EQ(scene.subscribe(dave, 600).status, 500);
    EXPECT_EQ(scene.subscribe(bob, 600).status, 500);
    scene.advance(Seconds(3));
  }
  scene.store().set_writable(true);
  scene.advance(Seconds(2));
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "tablet", 3)}).status, 200);
  EXPECT_EQ(scene.subscribe(bob, 600).status, 200);
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("tablet-3"));
  scene.verify();
}

TEST(ReadOnly, WhatHappensMeanwhileIsMadeUpFor) {
  Scene scene;
  base::set_level(base::Module::runtime, base::Level::off);  // failures by order
  scene.set("rules.no_document", "allow");
  const Answer created = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 60});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.advance(Seconds(10));
  scene.store().set_writable(false);
  EXPECT_EQ(scene.publish({.resource = "alice", .if_match = created.etag()}).status, 500);
  scene.advance(Seconds(100));
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1")) << "what is not stored has not happened";
  scene.store().set_writable(true);
  scene.advance(Seconds(10));
  EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-1")));
  scene.store().set_writable(false);
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "phone", 2)}).status, 500);
  scene.set("rules.no_document", "block");
  EXPECT_EQ(scene.last_notify(bob).state, "active");
  scene.store().set_writable(true);
  scene.advance(Seconds(10));
  EXPECT_EQ(scene.last_notify(bob).state, "terminated");
}

}  // namespace
}  // namespace presentia::test
