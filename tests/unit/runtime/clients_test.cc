// Our own subscriptions beside the shards: NOTIFYs and outcomes find their way, stray and too many NOTIFYs are
// answered, and resources of our own are had without SIP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/tokens.h"
#include "as/runtime/clients/client_host.h"
#include "as/runtime/core.h"
#include "as/runtime/sends.h"
#include "as/store/memory_store.h"
#include "mgmt/attributes/values.h"
#include "tests/scenario/core/tick_package.h"

namespace presentia::runtime {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct RecordingSip final : ports::SipPort {
  void respond(const ports::RequestKey& key, ports::SipResponse response) override {
    EXPECT_TRUE(responses.emplace(key.slot, response.status).second);
  }
  void forward(const ports::RequestKey&) override {}
  void send(ports::SendKey key, ports::SipOutgoing request) override { sent.emplace_back(key, std::move(request)); }
  void abandon(ports::SendKey) override {}

  std::map<std::uint32_t, int> responses;
  std::vector<std::pair<ports::SendKey, ports::SipOutgoing>> sent;
};

struct Told final : ports::SubscriptionObserver {
  void accepted(ports::SubscriptionHandle, base::Seconds, int status, std::uint64_t) override {
    lines.push_back("accepted " + std::to_string(status));
  }
  void refused(ports::SubscriptionHandle, const ports::SubscriptionEnd& end) override {
    lines.push_back("refused " + end.reason + " " + std::to_string(end.status));
  }
  void notified(ports::SubscriptionHandle, const ports::Notification& notification) override {
    lines.push_back("notified " + (notification.body ? *notification.body : "nothing"));
  }
  void ended(ports::SubscriptionHandle, const ports::SubscriptionEnd& end) override {
    lines.push_back("ended " + end.reason);
  }
  std::vector<std::string> lines;
};

struct HandClock final : base::Clock {
  [[nodiscard]] base::Instant now() const override { return at; }
  base::Instant at{1'000'000s};
};

config::Config lab() {
  config::Config config = mgmt::defaults();
  config.mutable_sip()->add_domains()->set_name("example.com");
  config.mutable_notify()->set_min_interval_s(0);
  return config;
}

class Clients : public testing::Test {
 protected:
  Clients() {
    served.add(std::make_unique<test::TickPackage>());
    core.connect(sip);
    core.connect_clients(host);
    host.connect(sip);
    turn();
  }
  // Shards and clients do all they have.
  void turn() {
    for (int i = 0; i < 20; ++i) {
      for (const auto& shard : core.shards()) shard->run_once(clock.at);
      host.run_once(clock.at);
    }
  }
  ports::Subscribe wanted(const std::string& target, const std::string& package = "x-tick") {
    ports::Subscribe subscribe;
    subscribe.subscriber = "sip:bob@example.com";
    subscribe.target = target;
    subscribe.package = package;
    return subscribe;
  }
  ports::SipRequest request(const std::string& method) {
    ports::SipRequest made;
    made.key = {0, ++slot, 1};
    made.method = method;
    made.request_uri = "sip:alice@example.com";
    made.to = made.from = {"", made.request_uri};
    made.to_text = "<sip:alice@example.com>";
    made.from_text = made.to_text + ";tag=f";
    made.from_tag = "f";
    made.call_id = "call-" + std::to_string(slot);
    made.cseq = 1;
    made.event = ports::EventHeader{"x-tick", {}};
    made.contact = "sip:127.0.0.1:5071";
    made.own_contact = "sip:127.0.0.1:5060";
    made.trusted = true;
    made.asserted = {{"", made.request_uri}};
    return made;
  }
  void publish(int number) {
    ports::SipRequest made = request("PUBLISH");
    made.content_type = std::string(test::TickPackage::kType);
    made.body = std::make_shared<const std::string>(std::to_string(number));
    core.on_request(std::move(made));
    turn();
  }
  // The value after `name` in the header lines of the n-th request sent.
  std::string after(std::size_t n, const std::string& name) {
    const std::string& text = *sip.sent.at(n).second.fixed;
    const std::size_t at = text.find(name) + name.size();
    return text.substr(at, text.find("\r\n", at) - at);
  }

  HandClock clock;
  base::Metrics metrics;
  mgmt::Live live{std::make_shared<const mgmt::Snapshot>(lab(), 1)};
  event::Packages served;
  store::MemoryStore store{false};
  RecordingSip sip;
  Told told;
  Core core{{live, served, store, clock, metrics,
             [](std::uint32_t lane) { return std::make_unique<base::BootTokens>(lane); }, 2, 1}};
  ClientHost host{{live, served, core, clock, metrics, std::make_unique<base::BootTokens>(9)}};
  std::uint32_t slot = 0;
};

TEST_F(Clients, AResourceOfOurOwnIsHadWithoutSip) {
  publish(7);
  const auto handle = host.subscribe(wanted("sip:alice@example.com"), told);
  turn();
  EXPECT_THAT(told.lines, ElementsAre("accepted 200", "notified 7"));
  publish(9);
  EXPECT_THAT(told.lines, ElementsAre("accepted 200", "notified 7", "notified 9"));
  EXPECT_THAT(sip.sent, IsEmpty());
  host.unsubscribe(handle);
  turn();
  publish(11);
  EXPECT_THAT(told.lines, SizeIs(3));
}

TEST_F(Clients, ToldToRefreshItShowsTheStateAnewAndWhatTheOldFeedSaysIsDropped) {
  publish(7);
  const auto handle = host.subscribe(wanted("sip:alice@example.com"), told);
  turn();
  host.refresh(handle, std::nullopt);
  turn();
  EXPECT_THAT(told.lines, ElementsAre("accepted 200", "notified 7", "accepted 200", "notified 7"));
  publish(9);
  EXPECT_THAT(told.lines, SizeIs(5));
}

TEST_F(Clients, AWatcherWhoMayNotIsToldSoInTheServerToo) {
  ports::Subscribe mallory = wanted("sip:alice@example.com");
  mallory.subscriber = "sip:mallory@example.com";
  host.subscribe(mallory, told);
  turn();
  ASSERT_FALSE(told.lines.empty());
  EXPECT_EQ(told.lines.back(), "ended rejected");
}

TEST_F(Clients, WhatIsNotServedHereGoesBySip) {
  host.subscribe(wanted("sip:alice@elsewhere.net"), told);
  host.subscribe(wanted("sip:alice@example.com", "x-tock"), told);
  ports::Subscribe filtered = wanted("sip:alice@example.com");
  filtered.content = {{}, "application/simple-filter+xml", std::make_shared<const std::string>("<f/>")};
  host.subscribe(filtered, told);
  turn();
  EXPECT_THAT(sip.sent, SizeIs(3));
  for (const auto& [key, request] : sip.sent) EXPECT_EQ(Sends::shard_of(key), Sends::kClients);
}

TEST_F(Clients, TheOutcomeAndTheNotifyOfASubscribeComeBackToItThroughTheCore) {
  host.subscribe(wanted("sip:alice@elsewhere.net"), told);
  turn();
  ports::SipOutcome outcome;
  outcome.key = sip.sent.at(0).first;
  outcome.kind = ports::OutcomeKind::response;
  outcome.status = 200;
  outcome.expires = 600;
  outcome.to_tag = "far";
  core.on_outcome(outcome);
  ports::SipRequest notify = request("NOTIFY");
  notify.to_tag = after(0, ";tag=");
  notify.call_id = after(0, "Call-ID: ");
  notify.from_tag = "far";
  notify.subscription_state = ports::SubscriptionStateHeader{"active", "", base::Seconds(600), {}};
  notify.body = std::make_shared<const std::string>("5");
  notify.content_type = std::string(test::TickPackage::kType);
  core.on_request(notify);
  turn();
  EXPECT_EQ(sip.responses.at(notify.key.slot), 200);
  EXPECT_THAT(told.lines, ElementsAre("accepted 200", "notified 5"));
}

TEST_F(Clients, AStrayNotifyStillGets481) {
  const ports::SipRequest without_tag = request("NOTIFY");
  core.on_request(without_tag);
  ports::SipRequest with_tag = request("NOTIFY");
  with_tag.to_tag = "AAAguessed";
  core.on_request(with_tag);
  turn();
  EXPECT_EQ(sip.responses.at(without_tag.key.slot), 481);
  EXPECT_EQ(sip.responses.at(with_tag.key.slot), 481);
}

TEST_F(Clients, AFloodOfNotifiesIsBoundedAndEachIsAnsweredOnce) {
  constexpr std::uint32_t kFlood = 5000;
  const std::uint32_t before = slot;
  for (std::uint32_t i = 0; i < kFlood; ++i) {
    ports::SipRequest stray = request("NOTIFY");
    stray.to_tag = "AAAguessed" + std::to_string(i);
    core.on_request(std::move(stray));
  }
  EXPECT_GE(sip.responses.size(), kFlood - ClientHost::kMostWaiting);  // 503 at once
  turn();
  std::map<int, int> by_status;
  for (const auto& [number, status] : sip.responses)
    if (number > before) ++by_status[status];
  EXPECT_EQ(by_status[481] + by_status[503], static_cast<int>(kFlood));
  EXPECT_LE(by_status[481], static_cast<int>(ClientHost::kMostWaiting));
}

TEST_F(Clients, WhatCannotBeSentIsRefusedAndNeverWritten) {
  ports::Subscribe bad = wanted("sip:alice@elsewhere.net>\r\nX: y");
  host.subscribe(bad, told);
  bad = wanted("sip:alice@elsewhere.net", "x\r\nEvil: 1");
  host.subscribe(bad, told);
  bad = wanted("sip:alice@elsewhere.net");
  bad.content.event_parameters = {{"a", "b\r\nEvil: 1"}};
  host.subscribe(bad, told);
  turn();
  EXPECT_THAT(told.lines, ElementsAre("refused unusable 400", "refused unusable 400", "refused unusable 400"));
  EXPECT_THAT(sip.sent, IsEmpty());
}

}  // namespace
}  // namespace presentia::runtime
