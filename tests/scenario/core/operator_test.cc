// Operators look in and act: orders to a presentity, listings, and what is told to those who follow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>

#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Seconds;
using ports::EventKind;
using ports::InspectTrouble;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::size_t done(const runtime::InspectAnswer& answer) {
  const auto* number = std::get_if<std::size_t>(&answer);
  return number == nullptr ? 999 : *number;
}

InspectTrouble trouble(const runtime::InspectAnswer& answer) { return std::get<ports::InspectError>(answer).trouble; }

ports::PresentityInfo shown(Scene& scene, const std::string& user) {
  auto answer = scene.ask(runtime::ShowQuestion{uri_of(user)});
  auto* info = std::get_if<ports::PresentityInfo>(&answer);
  return info == nullptr ? ports::PresentityInfo{} : std::move(*info);
}

//  bob                    Presentia                    operator
//    | SUBSCRIBE             |                            |
//    | 200, NOTIFY active    |                            |
//    |                       | terminate, probation, 60 s |
//    |                       |<---------------------------|
//    | NOTIFY terminated;reason=probation;retry-after=60  |
//    | SUBSCRIBE in that dialog: 481
PS_SCENARIO(AnOperatorEndsASubscriptionWithTheReasonHeChooses, "EVT-27 EVT-20") {
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  Watcher carol{.user = "carol", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.subscribe(carol, 600);
  const auto before = shown(scene, "alice");
  ports::SubscriptionId id = 0;
  for (const auto& subscription : before.subscriptions) {
    if (subscription.watcher.uri == uri_of("bob")) id = subscription.id;
  }
  const auto answer =
      scene.ask(ports::TerminateOrder{uri_of("alice"), id, ports::WatcherEvent::probation, Seconds(60)});
  const std::size_t sent = scene.notifies(bob).size();
  const Notified last = scene.last_notify(bob);
  const Answer refreshed = scene.subscribe(bob, 600);
  if (!scene.clean()) return;
  EXPECT_EQ(done(answer), 1U);
  EXPECT_EQ(sent, 2U);
  EXPECT_EQ(last.state, "terminated");
  EXPECT_EQ(last.reason(), "probation");
  EXPECT_EQ(last.params.at("retry-after"), "60");
  EXPECT_EQ(refreshed.status, 481);
  EXPECT_THAT(scene.notifies(carol), SizeIs(1)) << "the other one goes on";
  EXPECT_EQ(trouble(scene.ask(ports::TerminateOrder{uri_of("alice"), id, ports::WatcherEvent::probation, {}})),
            InspectTrouble::unknown);
}

//  A subscription that is approved cannot be given up [RFC3857 4.7.1]: nothing happens, and the operator is told.
PS_SCENARIO(AReasonThatTheStateDoesNotKnowIsRefused, "WIF-05") {
  scene.set("rules.no_document", "allow");
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  const auto before = shown(scene, "alice");
  const ports::SubscriptionId id = before.subscriptions.empty() ? 0 : before.subscriptions[0].id;
  const auto answer = scene.ask(ports::TerminateOrder{uri_of("alice"), id, ports::WatcherEvent::giveup, {}});
  const Answer refreshed = scene.subscribe(bob, 600);
  if (!scene.clean()) return;
  EXPECT_EQ(trouble(answer), InspectTrouble::impossible);
  EXPECT_THAT(std::get<ports::InspectError>(answer).text, HasSubstr("active"));
  EXPECT_EQ(refreshed.status, 200);
}

//  alice's two devices    Presentia                    operator
//    | PUBLISH, PUBLISH      |                            |
//    |                       | drop the phone's           |
//    |                       |<---------------------------|
//    |                       | NOTIFY to bob: laptop only
//    | PUBLISH, the phone's tag: 412
PS_SCENARIO(ADroppedPublicationIsGoneForWatchersAndPublisher, "PUB-05 PRES-13") {
  scene.set("rules.no_document", "allow");
  scene.set("notify.min_interval_s", "0");
  const Answer phone = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2)});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  const auto answer = scene.ask(ports::DropOrder{uri_of("alice"), phone.etag()});
  const Answer refreshed = scene.publish({.resource = "alice", .if_match = phone.etag()});
  if (!scene.clean()) return;
  EXPECT_EQ(done(answer), 1U);
  ASSERT_THAT(scene.notifies(bob), SizeIs(2));
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("laptop-2"));
  EXPECT_THAT(scene.last_notify(bob).body, Not(HasSubstr("phone-1")));
  EXPECT_EQ(refreshed.status, 412);
  EXPECT_EQ(trouble(scene.ask(ports::DropOrder{uri_of("alice"), phone.etag()})), InspectTrouble::unknown);
}

//  bob, carol             Presentia                    operator
//    | SUBSCRIBE             |                            |
//    | 200, NOTIFY           |                            |
//    |                       | renotify bob; then all     |
//    |                       |<---------------------------|
//    | NOTIFY with the same state, at once; then to both
PS_SCENARIO(AnOperatorSendsTheNewestStateAgain, "PRES-11") {
  scene.set("rules.no_document", "allow");
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher bob{.user = "bob", .resource = "alice"};
  Watcher carol{.user = "carol", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.subscribe(carol, 600);
  ports::SubscriptionId id = 0;
  for (const auto& subscription : shown(scene, "alice").subscriptions) {
    if (subscription.watcher.uri == uri_of("bob")) id = subscription.id;
  }
  const auto one = scene.ask(ports::RenotifyOrder{uri_of("alice"), id});
  if (scene.clean()) {
    EXPECT_EQ(done(one), 1U);
    ASSERT_THAT(scene.notifies(bob), SizeIs(2));
    EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
    EXPECT_THAT(scene.notifies(carol), SizeIs(1));
  }
  const auto all = scene.ask(ports::RenotifyOrder{uri_of("alice"), 0});
  if (scene.clean()) {
    EXPECT_EQ(done(all), 2U);
    EXPECT_THAT(scene.notifies(bob), SizeIs(3));
    EXPECT_THAT(scene.notifies(carol), SizeIs(2));
  }
}

TEST(Operator, IsAnsweredWhenTheOrderIsDurableAndToldWhenItCannotBe) {
  Scene measured;
  measured.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  const std::size_t commits = measured.store().commits();
  Scene scene(Faults{.commit = commits + 1, .commit_fault = CommitFault::lost});
  const Answer phone = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  EXPECT_EQ(trouble(scene.ask(ports::DropOrder{uri_of("alice"), phone.etag()})), InspectTrouble::unserved);
  scene.advance(Seconds(60));
  EXPECT_EQ(done(scene.ask(ports::DropOrder{uri_of("alice"), phone.etag()})), 0U);
}

TEST(Operator, IsShownAPresentityWithTheOriginOfEachElement) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  const std::string body = pidf("alice", "phone", 1);
  const Answer phone = scene.publish({.resource = "alice", .body = body, .expires = 600});
  const Answer laptop = scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2), .expires = 600});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 300);
  scene.sip().reaction.kind = Reaction::Kind::hold;
  scene.publish({.resource = "alice", .body = pidf("alice", "watch", 3), .expires = 600});
  scene.publish({.resource = "alice", .body = pidf("alice", "tablet", 4), .expires = 600});
  const auto info = shown(scene, "alice");
  ASSERT_THAT(info.publications, SizeIs(4));
  EXPECT_EQ(info.publications[0].etag, phone.etag());
  EXPECT_EQ(info.publications[0].size, body.size());
  EXPECT_EQ(info.publications[0].expires_at, scene.now() + Seconds(600));
  ASSERT_THAT(info.subscriptions, SizeIs(1));
  const ports::SubscriptionInfo& watched = info.subscriptions[0];
  EXPECT_EQ(watched.watcher.uri, uri_of("bob"));
  EXPECT_EQ(watched.state, ports::SubscriptionState::active);
  EXPECT_EQ(watched.expires_at, scene.now() + Seconds(300));
  EXPECT_EQ(watched.call_id, bob.call_id);
  ASSERT_TRUE(watched.last_notify);
  EXPECT_EQ(watched.last_notify->cseq, scene.last_notify(bob).cseq);
  EXPECT_FALSE(watched.last_notify->outcome) << "it is held";
  EXPECT_TRUE(watched.next_notify) << "the tablet's is owed";
  ASSERT_THAT(info.documents, SizeIs(1));
  ASSERT_TRUE(info.documents[0].body);
  EXPECT_THAT(*info.documents[0].body, HasSubstr("laptop-2"));
  ASSERT_THAT(info.documents[0].elements, SizeIs(1)) << "what is the same of all devices is one tuple";
  EXPECT_EQ(info.documents[0].elements[0].element, "tuple");
  EXPECT_THAT(info.documents[0].elements[0].etags,
              ElementsAre(phone.etag(), laptop.etag(), info.publications[2].etag, info.publications[3].etag));

  scene.sip().answer(scene.last_notify(bob).key, 500);
  scene.sip().reaction.kind = Reaction::Kind::silence;
  scene.run();
  const auto failed = shown(scene, "alice").subscriptions.at(0);
  ASSERT_TRUE(failed.last_notify && failed.last_notify->outcome);
  EXPECT_EQ(failed.last_notify->status, 500);
  EXPECT_EQ(failed.next_notify, scene.now() + Seconds(10)) << "notify.retry_after_s";
}

// Pages of every size give everything exactly once.
TEST(Operator, ListsAllPresentitiesPageByPage) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  constexpr std::size_t kPresentities = 40;
  for (std::size_t i = 0; i < kPresentities; ++i) {
    const std::string user = "user" + std::to_string(i);
    scene.publish({.resource = user, .body = pidf(user, "phone", 1)});
    scene.publish({.resource = user, .body = pidf(user, "laptop", 2)});
    Watcher bob{.user = "bob", .resource = user};
    scene.subscribe(bob, 600);
    Watcher carol{.user = i == 7 ? "dave" : "carol", .resource = user};
    scene.subscribe(carol, 600);
  }
  const auto all = [&](ports::ListQuestion question, std::size_t page) {
    std::set<std::string> found;
    std::size_t entries = 0;
    for (base::Partition shard = 0; shard < scene.core().shards().size(); ++shard) {
      std::optional<runtime::ListCursor> at = runtime::ListCursor{shard, {}, false, 0};
      while (at) {
        runtime::ListSlice slice{question, *at};
        slice.question.limit = page;
        const auto answer = scene.ask(slice);
        const auto& listed = std::get<runtime::ListedSlice>(answer);
        EXPECT_LE(listed.page.publications.size() + listed.page.subscriptions.size(), page);
        for (const auto& one : listed.page.publications) found.insert(one.etag);
        for (const auto& one : listed.page.subscriptions) found.insert(std::to_string(one.id));
        entries += listed.page.publications.size() + listed.page.subscriptions.size();
        at = listed.next ? runtime::read_cursor(runtime::to_text(*listed.next)) : std::nullopt;
      }
    }
    EXPECT_EQ(found.size(), entries) << "something came twice";
    return entries;
  };
  for (const std::size_t page : {1U, 3U, 1000U}) EXPECT_EQ(all({}, page), 4 * kPresentities);
  EXPECT_EQ(all({.watcher = "sip:carol@*"}, 7), kPresentities - 1);
  EXPECT_EQ(all({.watcher = uri_of("dave")}, 7), 1U);
  EXPECT_EQ(all({.presentity = "*user1*@example.com"}, 7), 11 * 4U);
  EXPECT_EQ(all({.presentity = "*user1*", .subscriptions = false}, 7), 11 * 2U);
  EXPECT_EQ(all({.domain = "example.org"}, 7), 0U);
  EXPECT_EQ(all({.package = "x-tick"}, 7), 0U);
}

TEST(Operator, WhoFollowsIsToldWhatHappensInOrder) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  scene.set("notify.min_interval_s", "0");
  scene.publish({.resource = "alice", .body = pidf("alice", "unseen", 1)});
  auto tail = scene.core().inspection().tail();
  ASSERT_TRUE(tail);
  const Answer made = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 600});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 300);
  const Answer kept = scene.publish({.resource = "alice", .expires = 600, .if_match = made.etag()});
  const Answer changed =
      scene.publish({.resource = "alice", .body = pidf("alice", "phone", 2), .expires = 60, .if_match = kept.etag()});
  scene.subscribe(bob, 300);
  scene.publish({.resource = "alice", .if_match = "nobodys"});
  scene.advance(Seconds(60));
  scene.subscribe(bob, 0);
  std::vector<ports::CoreEvent> events;
  EXPECT_EQ((*tail)->take(events), 0U);
  std::vector<EventKind> kinds;
  for (const auto& event : events) {
    kinds.push_back(event.kind);
    EXPECT_EQ(event.presentity, uri_of("alice"));
  }
  using enum EventKind;
  EXPECT_THAT(
      kinds, ElementsAre(publication_created, subscription_created, notify_sent, notify_finished, publication_refreshed,
                         publication_modified, notify_sent, notify_finished, subscription_refreshed, notify_sent,
                         notify_finished, request_refused, publication_expired, notify_sent, notify_finished,
                         subscription_ended, notify_sent, notify_finished));
  ASSERT_THAT(events, SizeIs(18));
  EXPECT_EQ(events[0].etag, made.etag());
  EXPECT_EQ(events[1].watcher, uri_of("bob"));
  EXPECT_EQ(events[1].call_id, bob.call_id);
  EXPECT_EQ(events[2].cseq, scene.notifies(bob)[0].cseq);
  EXPECT_EQ(events[3].status, 200);
  EXPECT_EQ(events[5].etag, changed.etag());
  EXPECT_EQ(events[11].status, 412);
  EXPECT_EQ(events[11].method, "PUBLISH");
  EXPECT_EQ(events[16].detail, "terminated;reason=timeout");
}

TEST(Operator, IsToldOfNothingThatCouldNotBeStored) {
  Scene measured;
  measured.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Scene scene(Faults{.commit = measured.store().commits(), .commit_fault = CommitFault::lost});
  auto tail = scene.core().inspection().tail();
  ASSERT_TRUE(tail);
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)}).status, 500);
  std::vector<ports::CoreEvent> events;
  (*tail)->take(events);
  for (const auto& event : events) EXPECT_NE(event.kind, EventKind::publication_created);
}

TEST(Operator, ChangesNothingWhileTheStoreCannotBeWrittenAndIsToldSo) {
  Scene scene;
  const Answer phone = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  auto tail = scene.core().inspection().tail();
  ASSERT_TRUE(tail);
  scene.store().set_writable(false);
  scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2)});  // which finds it out
  scene.advance(Seconds(1));
  const auto answer = scene.ask(ports::DropOrder{uri_of("alice"), phone.etag()});
  EXPECT_EQ(trouble(answer), InspectTrouble::unserved);
  EXPECT_THAT(std::get<ports::InspectError>(answer).text, HasSubstr("cannot be written"));
  EXPECT_THAT(shown(scene, "alice").publications, SizeIs(1)) << "what there is can be looked at";
  EXPECT_EQ(scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 3)}).status, 500);
  std::vector<ports::CoreEvent> events;
  (*tail)->take(events);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().kind, EventKind::request_refused);
  EXPECT_EQ(events.back().status, 500);
  scene.store().set_writable(true);
  scene.advance(Seconds(60));
  EXPECT_EQ(done(scene.ask(ports::DropOrder{uri_of("alice"), phone.etag()})), 0U);
}

TEST(Operator, MaySendTheStateAgainWhileTheStoreCannotBeWrittenAndItGoesOutWhenItCan) {
  Scene scene;
  scene.set("rules.no_document", "allow");
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher bob{.user = "bob", .resource = "alice"};
  scene.subscribe(bob, 600);
  scene.advance(Seconds(10));
  scene.store().set_writable(false);
  scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2)});  // which finds it out
  scene.advance(Seconds(10));
  const auto before = scene.notifies(bob).size();
  EXPECT_EQ(done(scene.ask(ports::RenotifyOrder{uri_of("alice"), 0})), 1U);
  EXPECT_EQ(scene.notifies(bob).size(), before);
  scene.store().set_writable(true);
  scene.advance(Seconds(10));
  ASSERT_EQ(scene.notifies(bob).size(), before + 1);
  EXPECT_THAT(scene.last_notify(bob).body, HasSubstr("phone-1"));
}

TEST(Operator, IsToldOfQuotas) {
  Scene scene;
  scene.set("quota.publications_per_presentity", "1");
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  auto tail = scene.core().inspection().tail();
  ASSERT_TRUE(tail);
  scene.set("quota.requests_per_served_user", "1");
  for (int i = 0; i < 9; ++i) scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2)});
  std::vector<ports::CoreEvent> events;
  (*tail)->take(events);
  EXPECT_THAT(events, SizeIs(9)) << "of those that did not reach the presentity too";
  for (const auto& event : events) EXPECT_EQ(event.kind, EventKind::request_refused);
}

TEST(Operator, WhoFollowsTooSlowlyIsToldHowMuchHeMissed) {
  Scene scene;  // management.tail_events as shipped: 1024 a shard
  scene.set("rules.no_document", "allow");
  auto tail = scene.core().inspection().tail();
  ASSERT_TRUE(tail);
  constexpr std::size_t kRefused = 3000;
  for (std::size_t i = 0; i < kRefused; ++i) scene.publish({.resource = "alice", .if_match = "nobodys"});
  std::vector<ports::CoreEvent> events;
  const std::uint64_t missed = (*tail)->take(events);
  EXPECT_THAT(events, SizeIs(1024));
  EXPECT_EQ(missed, kRefused - 1024);
}

TEST(Operator, OnlyAFewFollowAtATime) {
  Scene scene;
  std::vector<std::unique_ptr<ports::EventTail>> open;
  for (std::size_t i = 0; i < runtime::Tails::kMost; ++i) {
    auto tail = scene.core().inspection().tail();
    ASSERT_TRUE(tail);
    open.push_back(*std::move(tail));
  }
  EXPECT_EQ(scene.core().inspection().tail().error().trouble, InspectTrouble::busy);
  open.pop_back();
  EXPECT_TRUE(scene.core().inspection().tail());
}

TEST(Operator, IsToldThatAPresentityIsUnknown) {
  Scene scene;
  EXPECT_EQ(trouble(scene.ask(runtime::ShowQuestion{uri_of("nobody")})), InspectTrouble::unknown);
  EXPECT_EQ(trouble(scene.ask(ports::RenotifyOrder{uri_of("nobody"), 0})), InspectTrouble::unknown);
}

}  // namespace
}  // namespace presentia::test
