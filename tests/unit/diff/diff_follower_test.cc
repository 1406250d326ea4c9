// Following documents by xcap-diff in virtual time: which subscriptions, which documents are covered, what is reported
// and what is looked at again.
#include "xdm-client/diff/diff_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "mgmt/attributes/values.h"
#include "tests/support/spec.h"

namespace presentia::xdm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

struct FakeClient final : ports::SubscriptionClient {
  struct Held {
    ports::Subscribe wanted;
    ports::SubscriptionObserver* observer = nullptr;
    int refreshes = 0;
    bool gone = false;
  };
  ports::SubscriptionHandle subscribe(ports::Subscribe wanted, ports::SubscriptionObserver& observer) override {
    held.push_back({std::move(wanted), &observer});
    return held.size();
  }
  void refresh(ports::SubscriptionHandle handle, std::optional<ports::SubscriptionContent> content) override {
    Held& one = held.at(handle - 1);
    ++one.refreshes;
    if (content) one.wanted.content = std::move(*content);
  }
  void unsubscribe(ports::SubscriptionHandle handle) override { held.at(handle - 1).gone = true; }

  std::vector<Held> held;  // by handle, from 1
};

struct FakeSink final : DiffSink {
  void covered(const std::string& document, bool is) override { cover[document] = is; }
  void reported(const xcap::DocumentChange& change) override { reports.push_back(change); }
  void missed(const std::string& document) override { looks.push_back(document); }

  std::map<std::string, bool> cover;
  std::vector<xcap::DocumentChange> reports;
  std::vector<std::string> looks;
};

struct FakeClock final : base::Clock {
  [[nodiscard]] base::Instant now() const override { return at; }
  base::Instant at{1'000'000s};
};

const std::string kAlice = "pres-rules/users/sip:alice@ims.test/index";
const std::string kBob = "pres-rules/users/sip:bob@ims.test/index";
const std::string kCarol = "pres-rules/users/sip:carol@ims.test/index";

class Following : public testing::Test {
 protected:
  Following() : live(std::make_shared<const mgmt::Snapshot>(config, 1)) {
    edit([](config::XdmDiff& diff) {
      diff.set_notifier("sip:xdms@ims.test");
      diff.set_subscriber("sip:ps@ims.test");
      diff.set_next_hop("sip:scscf.ims.test");
    });
    follower.emplace(DiffFollower::Setup{live, client, sink, clock, metrics});
  }

  void edit(const std::function<void(config::XdmDiff&)>& change) {
    change(*config.mutable_xdm()->mutable_diff());
    live.swap(std::make_shared<const mgmt::Snapshot>(config, live.version() + 1));
    if (follower) follower->settings_changed();
  }
  void advance(base::Millis by) {
    const base::Instant until = clock.at + by;
    for (int turn = 0; turn < 100; ++turn) {
      follower->run_once(clock.at);
      const auto at = follower->next();
      if (!at || *at > until) break;
      clock.at = std::max(clock.at, *at);
    }
    clock.at = until;
    follower->run_once(clock.at);
  }
  void follow(const std::vector<std::string>& documents) {
    for (const std::string& document : documents) follower->on_followed(document);
  }
  FakeClient::Held& sub(std::size_t handle) { return client.held.at(handle - 1); }
  void accept(std::size_t handle) {
    sub(handle).observer->accepted(handle, 3600s, 200, sub(handle).wanted.content.revision);
  }
  void notify(std::size_t handle, const std::string& entries, bool first = false) {
    notify_body(handle,
                "<xcap-diff xmlns='urn:ietf:params:xml:ns:xcap-diff' xcap-root='http://xdms.ims.test/root/'>" +
                    entries + "</xcap-diff>",
                std::string(xcap::kDiffType), first);
  }
  void notify_body(std::size_t handle, const std::string& body, const std::string& type, bool first = false) {
    ports::Notification notification{ports::SubscriptionPhase::active, first, type,
                                     body.empty() ? nullptr : std::make_shared<const std::string>(body)};
    sub(handle).observer->notified(handle, notification);
    advance(0ms);
  }
  void end(std::size_t handle, const std::string& reason = "expired") {
    sub(handle).observer->ended(handle, {reason});
    advance(0ms);
  }
  // Alice and Bob are followed and covered, and what was to be looked at at the start has been.
  void following() {
    follow({kAlice, kBob});
    advance(200ms);
    accept(1);
    notify(1, "", true);
    advance(10s);
    ASSERT_THAT(sink.cover, testing::UnorderedElementsAre(testing::Pair(kAlice, true), testing::Pair(kBob, true)));
    sink.looks.clear();
  }
  double metric(const std::string& line) {
    const std::string text = "\n" + metrics.text();
    const std::size_t at = text.find("\n" + line + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size() + 2));
  }

  config::Config config = mgmt::defaults();
  mgmt::Live live;
  FakeClock clock;
  base::Metrics metrics;
  FakeClient client;
  FakeSink sink;
  std::optional<DiffFollower> follower;
};

// --- What is subscribed to ------------------------------------------------------------------------------------------

TEST_F(Following, TheDocumentsOfAShortTimeAreAskedForTogether_RFC5875_4_4) {
  PS_SPEC("XDP-01 XDP-02 XDP-07");
  follow({kAlice});
  advance(150ms);
  follow({kBob});
  advance(49ms);
  EXPECT_THAT(client.held, IsEmpty());
  advance(1ms);
  ASSERT_THAT(client.held, SizeIs(1));
  const ports::Subscribe& wanted = sub(1).wanted;
  EXPECT_EQ(wanted.package, "xcap-diff");
  EXPECT_EQ(wanted.target, "sip:xdms@ims.test");
  EXPECT_EQ(wanted.subscriber, "sip:ps@ims.test");
  EXPECT_EQ(wanted.next_hop, "sip:scscf.ims.test");
  EXPECT_EQ(wanted.expires, 3600s);
  EXPECT_THAT(wanted.accept, ElementsAre("application/xcap-diff+xml"));
  EXPECT_THAT(wanted.content.event_parameters, testing::IsEmpty()) << "no-patching, in words that all servers know";
  EXPECT_EQ(wanted.content.content_type, "application/resource-lists+xml");
  EXPECT_EQ(*wanted.content.body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list>"
            "<entry uri=\"pres-rules/users/sip:alice@ims.test/index\"/>"
            "<entry uri=\"pres-rules/users/sip:bob@ims.test/index\"/></list></resource-lists>\n");
}

TEST_F(Following, WhatXmlWouldTakeForMarkupIsEscaped) {
  follow({"a/users/sip:x&y\"<@z/index"});
  advance(1s);
  EXPECT_THAT(*sub(1).wanted.content.body, HasSubstr("uri=\"a/users/sip:x&amp;y&quot;&lt;@z/index\""));
}

TEST_F(Following, ASubscriptionHoldsSoManyDocumentsAndTheLastIncompleteOneIsFilled) {
  edit([](config::XdmDiff& diff) { diff.set_documents_per_subscription(2); });
  follow({"a/global/1", "a/global/2", "a/global/3"});
  advance(1s);
  ASSERT_THAT(client.held, SizeIs(2));
  EXPECT_THAT(*sub(2).wanted.content.body, HasSubstr("a/global/3"));
  follow({"a/global/4"});
  advance(1s);
  EXPECT_THAT(client.held, SizeIs(2));
  EXPECT_EQ(sub(2).refreshes, 1);
  EXPECT_THAT(*sub(2).wanted.content.body, HasSubstr("a/global/4"));
  EXPECT_THAT(*sub(2).wanted.content.body, HasSubstr("a/global/3"));  // the whole new list
  EXPECT_EQ(sub(1).refreshes, 0);
  // room that became free is filled too
  follower->on_unfollowed("a/global/1");
  advance(1s);
  follow({"a/global/5"});
  advance(1s);
  EXPECT_THAT(client.held, SizeIs(2));
  EXPECT_THAT(*sub(1).wanted.content.body, HasSubstr("a/global/5"));
}

TEST_F(Following, WithTheLastDocumentItsSubscriptionEnds) {
  following();
  follower->on_unfollowed(kAlice);
  advance(1s);
  EXPECT_FALSE(sub(1).gone);
  EXPECT_THAT(*sub(1).wanted.content.body, testing::Not(HasSubstr("alice")));
  follower->on_unfollowed(kBob);
  advance(1s);
  EXPECT_TRUE(sub(1).gone);
  EXPECT_EQ(metric("presentia_xcap_diff_covered_documents"), 0);
  EXPECT_EQ(metric("presentia_xcap_diff_subscriptions{state=\"active\"}"), 0);
}

TEST_F(Following, StoppingUnsubscribes) {
  following();
  follower->start();
  follower->stop();
  EXPECT_TRUE(sub(1).gone);
}

// --- Which documents are covered ------------------------------------------------------------------------------------

TEST_F(Following, ADocumentIsCoveredOnceTheNotifierHasTheListAndTheSubscriptionIsActive) {
  PS_SPEC("XDP-03");
  follow({kAlice});
  advance(1s);
  accept(1);
  advance(0ms);
  EXPECT_THAT(sink.cover, IsEmpty());
  notify(1, "", true);
  EXPECT_TRUE(sink.cover[kAlice]);
  // one more, whose list is under way
  follow({kBob});
  advance(1s);
  notify(1, "");
  EXPECT_FALSE(sink.cover.contains(kBob));
  accept(1);
  advance(0ms);
  EXPECT_TRUE(sink.cover[kBob]);
}

TEST_F(Following, ANotifyBeforeTheAnswerCoversWithTheAnswer) {
  follow({kAlice});
  advance(1s);
  notify(1, "", true);
  EXPECT_THAT(sink.cover, IsEmpty());
  accept(1);
  advance(0ms);
  EXPECT_TRUE(sink.cover[kAlice]);
}

TEST_F(Following, APendingSubscriptionCoversNothing) {
  following();
  sub(1).observer->notified(1, {ports::SubscriptionPhase::pending, false, "", nullptr});
  advance(0ms);
  EXPECT_FALSE(sink.cover[kAlice]);
  EXPECT_FALSE(sink.cover[kBob]);
}

TEST_F(Following, WhereThereIsNoXcapDiffDocumentsArePolled) {
  PS_SPEC("XDP-08");
  follow({kAlice});
  advance(1s);
  sub(1).observer->refused(1, {"status", 489});
  advance(1s);
  EXPECT_THAT(sink.cover, IsEmpty());
}

TEST_F(Following, ALostSubscriptionHandsItsDocumentsToPollingAndLooksAtAllOfThemWhenItIsBack_RFC5875_4_8) {
  PS_SPEC("XDP-03 XDP-05");
  following();
  end(1);
  EXPECT_FALSE(sink.cover[kAlice]);
  EXPECT_FALSE(sink.cover[kBob]);
  EXPECT_THAT(sink.looks, IsEmpty());
  accept(1);
  notify(1, "<document sel='" + kAlice + "' new-etag='e9'/>", true);
  EXPECT_TRUE(sink.cover[kAlice]);
  EXPECT_TRUE(sink.cover[kBob]);
  EXPECT_THAT(sink.looks, UnorderedElementsAre(kAlice, kBob));
}

TEST_F(Following, OfACollectionOneEntryIsEnoughForAllInIt_RFC5875_4_1) {
  PS_SPEC("XDP-01");
  edit([](config::XdmDiff& diff) {
    diff.add_collections("pres-rules/users/");
    diff.set_documents_per_subscription(1);
  });
  follow({kAlice, kBob, "resource-lists/users/sip:alice@ims.test/index"});
  advance(1s);
  ASSERT_THAT(client.held, SizeIs(2));
  EXPECT_THAT(*sub(1).wanted.content.body, HasSubstr("<list><entry uri=\"pres-rules/users/\"/></list>"));
  EXPECT_THAT(*sub(2).wanted.content.body, HasSubstr("<list><entry uri=\"resource-lists/users/"));
  accept(1);
  notify(1, "<document sel='" + kAlice + "' new-etag='1'/>", true);
  EXPECT_TRUE(sink.cover[kAlice]);
  EXPECT_TRUE(sink.cover[kBob]);
  advance(1s);
  EXPECT_THAT(sink.looks, ElementsAre(kBob));  // the notifier says nothing of it

  // who is followed later is covered at once, and nothing is sent for it or looked at
  sink.looks.clear();
  follow({kCarol});
  advance(1s);
  EXPECT_TRUE(sink.cover[kCarol]);
  EXPECT_EQ(sub(1).refreshes, 0);
  EXPECT_THAT(sink.looks, IsEmpty());
  notify(1, "<document sel='" + kCarol + "' previous-etag='1' new-etag='2'/>" +
                "<document sel='pres-rules/users/sip:dave@ims.test/index' new-etag='1'/>");
  ASSERT_THAT(sink.reports, SizeIs(2));
  EXPECT_EQ(sink.reports[1].sel, kCarol);

  follower->on_unfollowed(kAlice);
  follower->on_unfollowed(kBob);
  advance(1s);
  EXPECT_FALSE(sub(1).gone);
  follower->on_unfollowed(kCarol);
  advance(1s);
  EXPECT_TRUE(sub(1).gone);
  EXPECT_FALSE(sub(2).gone);
}

TEST_F(Following, OfACollectionThatEndsAllArePolledUntilItIsBack) {
  edit([](config::XdmDiff& diff) { diff.add_collections("pres-rules/users/"); });
  following();
  end(1);
  EXPECT_FALSE(sink.cover[kAlice]);
  follow({kCarol});
  advance(1s);
  EXPECT_FALSE(sink.cover[kCarol]);
  accept(1);
  notify(1, "", true);
  EXPECT_TRUE(sink.cover[kCarol]);
  EXPECT_THAT(sink.looks, UnorderedElementsAre(kAlice, kBob, kCarol));
}

TEST_F(Following, OtherCollectionsAreSubscribedToAnew) {
  following();
  edit([](config::XdmDiff& diff) { diff.add_collections("pres-rules/users/"); });
  advance(1s);
  EXPECT_TRUE(sub(1).gone);
  ASSERT_THAT(client.held, SizeIs(2));
  EXPECT_THAT(*sub(2).wanted.content.body, HasSubstr("<list><entry uri=\"pres-rules/users/\"/></list>"));
}

// --- What is reported -----------------------------------------------------------------------------------------------

TEST_F(Following, ChangesAreReportedInTheirOrder_RFC5875_4_7) {
  PS_SPEC("XDI-01 XDP-03");
  following();
  notify(1, "<document sel='" + kAlice + "' previous-etag='1' new-etag='2'/>" +  //
                "<document sel='" + kBob + "' new-etag='b'/>" +                  //
                "<document sel='" + kAlice + "' previous-etag='2'/>");
  ASSERT_THAT(sink.reports, SizeIs(3));
  EXPECT_EQ(sink.reports[0].sel, kAlice);
  EXPECT_EQ(sink.reports[0].kind(), xcap::DocumentChange::Kind::changed);
  EXPECT_EQ(sink.reports[0].new_etag, "2");
  EXPECT_EQ(sink.reports[1].sel, kBob);
  EXPECT_EQ(sink.reports[1].kind(), xcap::DocumentChange::Kind::created_or_exists);
  EXPECT_EQ(sink.reports[2].kind(), xcap::DocumentChange::Kind::removed);
  EXPECT_THAT(sink.looks, IsEmpty());
  EXPECT_EQ(metric("presentia_xcap_diff_reports_total{kind=\"removed\"}"), 1);
  EXPECT_EQ(metric("presentia_xcap_diff_notifications_total{result=\"taken\"}"), 2);
}

TEST_F(Following, APatchIsReportedWithItsOperations) {
  PS_SPEC("XDI-01");
  edit([](config::XdmDiff& diff) { diff.set_processing(config::XdmDiff::XCAP_PATCHING); });
  following();
  EXPECT_THAT(sub(1).wanted.content.event_parameters, ElementsAre(testing::Pair("diff-processing", "xcap-patching")));
  notify(1, "<document sel='" + kAlice + "' previous-etag='1' new-etag='2'><remove sel='*/a'/></document>");
  ASSERT_THAT(sink.reports, SizeIs(1));
  EXPECT_EQ(sink.reports[0].kind(), xcap::DocumentChange::Kind::patched);
  EXPECT_THAT(sink.reports[0].operations, SizeIs(1));
}

TEST_F(Following, ASelectorIsUnderstoodHoweverTheServerWritesIt) {
  following();
  notify(1, "<document sel='/" + kAlice + "' previous-etag='1' new-etag='2'/>" +
                "<document sel='http://xdms.ims.test/root/" + kAlice + "' previous-etag='2' new-etag='3'/>" +
                "<document sel='pres-rules/users/sip%3Aalice%40ims.test/index' previous-etag='3' new-etag='4'/>");
  ASSERT_THAT(sink.reports, SizeIs(3));
  for (const auto& report : sink.reports) EXPECT_EQ(report.sel, kAlice);
}

TEST_F(Following, WhatIsSaidOfANodeMakesItsDocumentBeLookedAt_RFC5874_3) {
  PS_SPEC("XDI-03");
  following();
  notify(1, "<element sel='" + kAlice + "/~~/*/*' exists='0'/><attribute sel='" + kBob + "/~~/*/@id' exists='0'/>");
  EXPECT_THAT(sink.looks, ElementsAre(kAlice, kBob));
  EXPECT_THAT(sink.reports, IsEmpty());
}

TEST_F(Following, UnknownDocumentsAndElementsAreCountedAndLeftAlone) {
  PS_SPEC("XDI-04");
  following();
  notify(1, "<document sel='" + kCarol + "' new-etag='1'/><hint xmlns='urn:x'/><document sel='%%%' new-etag='1'/>" +
                "<document sel='" + kBob + "' previous-etag='1' new-etag='2'/>");
  ASSERT_THAT(sink.reports, SizeIs(1));
  EXPECT_EQ(sink.reports[0].sel, kBob);
  EXPECT_EQ(metric("presentia_xcap_diff_reports_total{kind=\"unknown\"}"), 2);
}

TEST_F(Following, AfterItIsUnfollowedNothingIsReportedOfIt) {
  following();
  follower->on_unfollowed(kAlice);
  notify(1, "<document sel='" + kAlice + "' previous-etag='1' new-etag='2'/>");
  EXPECT_THAT(sink.reports, IsEmpty());
}

// --- What may have been missed --------------------------------------------------------------------------------------

TEST_F(Following, AnEmptyFirstNotifyIsToleratedAndWhatItDoesNotNameIsLookedAtOnce) {
  PS_SPEC("XDP-03");
  follow({kAlice, kBob});
  advance(200ms);
  accept(1);
  notify_body(1, "", "", true);
  EXPECT_TRUE(sink.cover[kAlice]);
  notify(1, "<document sel='" + kBob + "' new-etag='b'/>");
  advance(499ms);
  EXPECT_THAT(sink.looks, IsEmpty());
  advance(1ms);
  EXPECT_THAT(sink.looks, ElementsAre(kAlice));
  advance(1h);
  EXPECT_THAT(sink.looks, SizeIs(1));
  EXPECT_EQ(metric("presentia_xcap_diff_notifications_total{result=\"empty\"}"), 1);
}

TEST_F(Following, WhatCannotBeReadMakesAllDocumentsOfTheSubscriptionBeLookedAtButNotAllTheTime) {
  for (const auto& [body, type, result] :
       {std::tuple{"<xcap-diff", "application/xcap-diff+xml", "malformed"},
        std::tuple{"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "application/xcap-diff+xml", "malformed"},
        std::tuple{"<presence xmlns='urn:x'/>", "application/xcap-diff+xml", "malformed"},
        std::tuple{"hello", "text/plain", "wrong-type"}}) {
    if (client.held.empty()) following();
    advance(1h);
    sink.looks.clear();
    const std::string line = "presentia_xcap_diff_notifications_total{result=\"" + std::string(result) + "\"}";
    const double before = metric(line);
    notify_body(1, body, type);
    EXPECT_THAT(sink.looks, UnorderedElementsAre(kAlice, kBob)) << body;
    for (int i = 0; i < 100; ++i) notify_body(1, body, type);
    EXPECT_THAT(sink.looks, SizeIs(2));
    advance(5s);
    EXPECT_THAT(sink.looks, SizeIs(4));
    EXPECT_EQ(metric(line), before + 101);
    EXPECT_TRUE(sink.cover[kAlice]);
  }
}

TEST_F(Following, NotificationsBeyondTheBoundAreMissedAndTheDocumentsLookedAt) {
  following();
  const auto body = std::make_shared<const std::string>(
      "<xcap-diff xmlns='urn:ietf:params:xml:ns:xcap-diff' "
      "xcap-root='http://x/'/>");
  for (std::size_t i = 0; i < DiffFollower::kMostWaiting + 50; ++i)
    sub(1).observer->notified(1, {ports::SubscriptionPhase::active, false, std::string(xcap::kDiffType), body});
  advance(0ms);
  EXPECT_EQ(metric("presentia_xcap_diff_notifications_total{result=\"missed\"}"), 50);
  EXPECT_THAT(sink.looks, UnorderedElementsAre(kAlice, kBob));
  notify(1, "<document sel='" + kBob + "' previous-etag='1' new-etag='2'/>");
  EXPECT_THAT(sink.reports, SizeIs(1));
}

TEST_F(Following, APatchThatDoesNotApplyTurnsPatchesOff_RFC5875_4_8) {
  PS_SPEC("XDP-04");
  edit([](config::XdmDiff& diff) { diff.set_processing(config::XdmDiff::AGGREGATE); });
  following();
  follower->on_patch_failed(kAlice);
  follower->on_patch_failed(kBob);
  advance(1s);
  EXPECT_EQ(sub(1).refreshes, 1);
  EXPECT_THAT(sub(1).wanted.content.event_parameters, testing::IsEmpty());
}

// --- Attributes are live --------------------------------------------------------------------------------------------

TEST_F(Following, ANotifierSetLiveIsSubscribedToAndOneClearedLeavesItsDocumentsToPolling) {
  edit([](config::XdmDiff& diff) { diff.set_notifier(""); });
  follow({kAlice});
  advance(10s);
  EXPECT_THAT(client.held, IsEmpty());
  edit([](config::XdmDiff& diff) { diff.set_notifier("sip:xdms@ims.test"); });
  advance(1s);
  ASSERT_THAT(client.held, SizeIs(1));
  accept(1);
  notify(1, "", true);
  EXPECT_TRUE(sink.cover[kAlice]);
  edit([](config::XdmDiff& diff) { diff.set_notifier(""); });
  advance(0ms);
  EXPECT_TRUE(sub(1).gone);
  EXPECT_FALSE(sink.cover[kAlice]);
}

TEST_F(Following, AnotherNotifierIsSubscribedToAnewAndEverythingLookedAt) {
  following();
  edit([](config::XdmDiff& diff) { diff.set_notifier("sip:other@ims.test"); });
  advance(1s);
  EXPECT_TRUE(sub(1).gone);
  EXPECT_FALSE(sink.cover[kAlice]);
  ASSERT_THAT(client.held, SizeIs(2));
  EXPECT_EQ(sub(2).wanted.target, "sip:other@ims.test");
  // what the old one still says is not for the new one
  notify(1, "<document sel='" + kAlice + "' previous-etag='1' new-etag='2'/>");
  EXPECT_THAT(sink.reports, IsEmpty());
  accept(2);
  notify(2, "", true);
  EXPECT_THAT(sink.looks, UnorderedElementsAre(kAlice, kBob));
}

TEST_F(Following, AnotherWayOfReportingIsARefresh) {
  following();
  edit([](config::XdmDiff& diff) { diff.set_processing(config::XdmDiff::AGGREGATE); });
  advance(1s);
  ASSERT_THAT(client.held, SizeIs(1));
  EXPECT_EQ(sub(1).refreshes, 1);
  EXPECT_THAT(sub(1).wanted.content.event_parameters, ElementsAre(testing::Pair("diff-processing", "aggregate")));
}

}  // namespace
}  // namespace presentia::xdm
