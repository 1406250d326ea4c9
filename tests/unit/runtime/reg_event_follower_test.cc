// Registrations followed at the S-CSCF: who is subscribed to, what is reported, and what remains of a lost
// subscription.
#include "as/runtime/clients/reg_event_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "as/xml/reader.h"
#include "mgmt/attributes/values.h"
#include "tests/support/spec.h"

namespace presentia::runtime {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kAlice = "sip:alice@example.com";
constexpr const char* kScscf = "sip:scscf.example.com:5060";

struct FakeClient final : ports::SubscriptionClient {
  ports::SubscriptionHandle subscribe(ports::Subscribe subscribe, ports::SubscriptionObserver& who) override {
    wanted.push_back(std::move(subscribe));
    observer = &who;
    return wanted.size();
  }
  void refresh(ports::SubscriptionHandle handle, std::optional<ports::SubscriptionContent>) override {
    refreshed.push_back(handle);
  }
  void unsubscribe(ports::SubscriptionHandle handle) override { unsubscribed.push_back(handle); }

  std::vector<ports::Subscribe> wanted;
  std::vector<ports::SubscriptionHandle> refreshed, unsubscribed;
  ports::SubscriptionObserver* observer = nullptr;
};

struct Reports final : ports::RegistrationSink {
  void on_registration(const ports::Resource& resource, const ports::RegistrationReport& report) override {
    EXPECT_EQ(report.source, ports::RegistrationSource::reg_event);
    lines.push_back(resource + (!report.registered   ? " unknown"
                                : *report.registered ? " registered"
                                                     : " not registered"));
    until = report.until;
  }
  std::vector<std::string> lines;
  base::Instant until{};
};

struct HandClock final : base::Clock {
  [[nodiscard]] base::Instant now() const override { return at; }
  base::Instant at{1'000'000s};
};

class RegEvent : public testing::Test {
 protected:
  RegEvent() { EXPECT_TRUE(xml::initialize()); }
  static mgmt::SnapshotPtr made(const std::function<void(config::RegEvent&)>& edit, std::uint64_t version) {
    config::Config config = mgmt::defaults();
    edit(*config.mutable_registration()->mutable_reg_event());
    return std::make_shared<const mgmt::Snapshot>(std::move(config), version);
  }
  void set(const std::function<void(config::RegEvent&)>& edit) {
    live.swap(made(edit, ++version));
    follower.settings_changed();
    turn();
  }
  void turn() { follower.run_once(clock.at); }
  void pass(base::Millis time) {
    clock.at += time;
    turn();
  }
  void follow(const std::string& resource = kAlice, const std::string& s_cscf = kScscf) {
    follower.follow(resource, {s_cscf});
    turn();
  }
  void notify(const std::string& version_text, const std::string& state, const std::string& registration,
              ports::SubscriptionHandle handle = 1, bool first = false) {
    const std::string body = "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"" + version_text +
                             "\" state=\"" + state + "\"><registration id=\"r\" aor=\"" + kAlice + "\" state=\"" +
                             registration + "\"/></reginfo>";
    client.observer->notified(handle, {ports::SubscriptionPhase::active, first, "application/reginfo+xml",
                                       std::make_shared<const std::string>(body)});
    turn();
  }

  std::uint64_t version = 1;
  mgmt::Live live{made([](config::RegEvent&) {}, 1)};
  HandClock clock;
  base::Metrics metrics;
  FakeClient client;
  Reports reports;
  RegEventFollower follower{{live, client, reports, clock, metrics}};
};

TEST_F(RegEvent, AUserIsSubscribedToAtItsSCscf) {
  PS_SPEC("REG-01 TS24-19");
  follow();
  ASSERT_THAT(client.wanted, SizeIs(1));
  EXPECT_EQ(client.wanted[0].package, "reg");
  EXPECT_THAT(client.wanted[0].accept, ElementsAre("application/reginfo+xml"));
  EXPECT_EQ(client.wanted[0].target, kAlice);
  EXPECT_EQ(client.wanted[0].next_hop, kScscf);
  EXPECT_EQ(client.wanted[0].expires, 3600s);
  follow();  // again, while it lives
  EXPECT_THAT(client.wanted, SizeIs(1));
  EXPECT_THAT(client.refreshed, IsEmpty());
  follow("sip:carol@example.com", "");  // of whom no S-CSCF is known
  EXPECT_THAT(client.wanted, SizeIs(1));
  set([](config::RegEvent& settings) { settings.set_s_cscf("sip:other.example.com"); });
  EXPECT_THAT(client.unsubscribed, ElementsAre(1U));
  pass(100ms);
  EXPECT_THAT(client.wanted, SizeIs(3));
  EXPECT_EQ(client.wanted[1].next_hop, "sip:other.example.com");
}

TEST_F(RegEvent, WhatTheSCscfSaysIsReportedAndAnAcceptedRefreshMakesItLast) {
  PS_SPEC("REG-03 TS24-19");
  follow();
  client.observer->accepted(1, 1800s, 200, 0);
  notify("0", "full", "active", 1, true);
  EXPECT_THAT(reports.lines, ElementsAre("sip:alice@example.com registered"));
  EXPECT_EQ(reports.until, clock.at + 1860s);
  notify("1", "full", "active");
  EXPECT_THAT(reports.lines, SizeIs(1));
  pass(900s);
  client.observer->accepted(1, 1800s, 200, 0);
  turn();
  EXPECT_THAT(reports.lines, SizeIs(2));
  EXPECT_EQ(reports.until, clock.at + 1860s);
  notify("2", "partial", "terminated");
  EXPECT_EQ(reports.lines.back(), "sip:alice@example.com not registered");
}

TEST_F(RegEvent, AGapIsFilledByARefreshAndWhatIsOlderIsIgnored) {
  PS_SPEC("REG-02");
  follow();
  notify("0", "full", "active", 1, true);
  notify("1", "partial", "terminated");
  EXPECT_THAT(client.refreshed, IsEmpty());
  notify("3", "partial", "active");
  EXPECT_THAT(client.refreshed, ElementsAre(1U));
  notify("2", "full", "terminated");
  EXPECT_EQ(reports.lines.back(), "sip:alice@example.com registered");
  notify("0", "full", "terminated", 1, true);  // of a new subscription
  EXPECT_EQ(reports.lines.back(), "sip:alice@example.com not registered");
}

TEST_F(RegEvent, WithALostSubscriptionOnlyTheKnowledgeOfARegistrationIsLost) {
  PS_SPEC("TS24-19");
  follow();
  notify("0", "full", "active", 1, true);
  client.observer->ended(1, {.reason = "deactivated", .again_in = 0ms});
  turn();
  EXPECT_EQ(reports.lines.back(), "sip:alice@example.com unknown");
  notify("0", "full", "terminated", 1, true);
  const std::size_t before = reports.lines.size();
  client.observer->ended(1, {.reason = "noresource"});
  turn();
  EXPECT_EQ(reports.lines.size(), before);
  follow();  // has registered anew
  EXPECT_THAT(client.refreshed, ElementsAre(1U));
  client.observer->refused(1, {.reason = "status", .status = 403});
  turn();
  EXPECT_EQ(reports.lines.back(), "sip:alice@example.com unknown");
}

TEST_F(RegEvent, WhoIsFollowedNoMoreIsUnsubscribedFrom) {
  follow();
  notify("0", "full", "active", 1, true);
  follower.unfollow(kAlice);
  turn();
  EXPECT_THAT(client.unsubscribed, ElementsAre(1U));
  EXPECT_EQ(reports.lines.back(), "sip:alice@example.com unknown");
  const std::size_t before = reports.lines.size();
  notify("1", "full", "active");  // too late
  EXPECT_EQ(reports.lines.size(), before);
}

TEST_F(RegEvent, NewSubscriptionsArePacedAndBounded) {
  set([](config::RegEvent& settings) {
    settings.set_rate(20);
    settings.set_max_subscriptions(7);
  });
  for (int i = 0; i < 10; ++i) follower.follow("sip:u" + std::to_string(i) + "@example.com", {kScscf});
  turn();
  EXPECT_THAT(client.wanted, SizeIs(2));
  EXPECT_EQ(follower.next(), clock.at + 100ms);
  pass(99ms);
  EXPECT_THAT(client.wanted, SizeIs(2));
  pass(1ms);
  EXPECT_THAT(client.wanted, SizeIs(4));
  for (int i = 0; i < 10; ++i) pass(100ms);
  EXPECT_THAT(client.wanted, SizeIs(7));
  EXPECT_EQ(follower.next(), std::nullopt);
}

TEST_F(RegEvent, WhatCannotBeReadIsCountedAndChangesNothing) {
  follow();
  notify("0", "full", "active", 1, true);
  client.observer->notified(1, {ports::SubscriptionPhase::active, false, "application/reginfo+xml",
                                std::make_shared<const std::string>("<reginfo")});
  client.observer->notified(
      1, {ports::SubscriptionPhase::active, false, "text/plain", std::make_shared<const std::string>("x")});
  client.observer->notified(1, {ports::SubscriptionPhase::active, false, "", nullptr});
  for (std::size_t i = 0; i < RegEventFollower::kMostWaiting + 1; ++i)
    client.observer->notified(1, {ports::SubscriptionPhase::active, false, "", nullptr});
  turn();
  EXPECT_THAT(reports.lines, SizeIs(1));
  EXPECT_THAT(metrics.text(), testing::HasSubstr("presentia_reg_event_documents_total{result=\"unreadable\"} 2"));
  EXPECT_THAT(metrics.text(), testing::HasSubstr("presentia_reg_event_documents_total{result=\"lost\"}"));
  EXPECT_EQ(client.refreshed.size(), 4U);  // of those beyond
}

}  // namespace
}  // namespace presentia::runtime
