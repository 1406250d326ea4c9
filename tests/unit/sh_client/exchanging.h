// Requests to an HSS in virtual time, with the stack and its peers played by the test.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "as/base/metrics.h"
#include "as/xml/reader.h"
#include "diameter/client/exchanges.h"
#include "diameter/client/questions.h"
#include "diameter/message/avp_table.h"
#include "diameter/message/sh_parts.h"

namespace presentia::test {

using namespace std::chrono_literals;

class Exchanging : public testing::Test, protected diameter::Exchanges::Outside {
 protected:
  Exchanging() {
    EXPECT_TRUE(xml::initialize());
    settings->identity = "ps.test";
    settings->realm = "test";
    settings->hss_realm = "hss.test";
    for (const char* const name : {"one", "two"}) {
      diameter::ShPeer peer{name, {}};
      peer.where.identity = std::string(name) + ".test";
      peers.add(peer, now);
      report(peer.where.identity, ports::PeerPhase::open);
    }
  }

  void report(const std::string& identity, ports::PeerPhase phase) {
    peers.report({identity, phase, "test", ""}, now);
    if (exchanges && phase == ports::PeerPhase::open) exchanges->peer_opened(identity, now);
  }
  void start() {
    exchanges.emplace(static_cast<Outside&>(*this), metrics, peers, hosts, settings, 1U, now);
    questions.emplace(*exchanges, hosts, metrics, settings);
  }

  // All that is due meanwhile happens at its time.
  void pass(base::Millis time) {
    const base::Instant end = now + time;
    while (exchanges->next() && *exchanges->next() <= end) {
      now = std::max(now, *exchanges->next());
      exchanges->advance(now);
      deliver();
    }
    now = end;
    exchanges->advance(now);
    deliver();
  }
  void deliver() {
    while (auto finished = exchanges->take_finished()) questions->finished(std::move(*finished), now);
  }

  // Takes the oldest request that was sent.
  diameter::OutgoingRequest take() {
    EXPECT_FALSE(sent.empty());
    if (sent.empty()) return {};
    diameter::OutgoingRequest first = std::move(sent.front());
    sent.pop_front();
    return first;
  }
  void answer(const diameter::OutgoingRequest& request, diameter::Avps avps,
              std::optional<std::string> from = std::nullopt) {
    exchanges->answered(request.ticket, avps, from.value_or(request.peers.empty() ? "" : request.peers.front()), now);
    deliver();
  }
  static diameter::Avps result(std::uint32_t code, const std::string& host = "hss.test") {
    return {diameter::made(diameter::avp_name::kResultCode, code),
            diameter::made(diameter::avp_name::kOriginHost, host)};
  }
  static diameter::Avps experimental(std::uint32_t code, const std::string& host = "hss.test") {
    namespace avp_name = diameter::avp_name;
    using diameter::made;
    return {made(avp_name::kExperimentalResult, diameter::Avps{made(avp_name::kVendorId, diameter::kVendor3gpp),
                                                               made(avp_name::kExperimentalResultCode, code)}),
            made(avp_name::kOriginHost, host)};
  }
  static diameter::Avps data(const std::string& sh_data, const std::string& host = "hss.test") {
    diameter::Avps avps = result(2001, host);
    avps.push_back(diameter::made(diameter::avp_name::kUserData, sh_data));
    return avps;
  }

  void read(std::vector<ports::DataReference> references, base::Millis within = 2s) {
    ports::ReadQuestion question{{"sip:alice@test"}, {}};
    question.keys.references = std::move(references);
    questions->read(
        std::move(question), now + within, [this](ports::ReadResult got) { reads.push_back(got); }, now);
    deliver();
  }
  void read_state(base::Millis within = 2s) { read({ports::DataReference::ims_user_state}, within); }
  [[nodiscard]] std::optional<ports::SubscriberFault> last_fault() const {
    if (reads.empty() || reads.back()) return std::nullopt;
    return reads.back().error().fault;
  }

  bool send(diameter::OutgoingRequest request) override {
    sent.push_back(std::move(request));
    return can_send;
  }
  void forget(std::uint32_t /*end_to_end*/) override {}
  bool connect(const diameter::StackPeer& peer) override {
    connected.push_back(peer);
    return true;
  }

  base::Instant now{1'000'000s};
  std::shared_ptr<diameter::ShSettings> settings = std::make_shared<diameter::ShSettings>();
  base::Metrics registry;
  diameter::ShMetrics metrics{registry};
  diameter::PeerBook peers;
  diameter::HostBook hosts;
  std::optional<diameter::Exchanges> exchanges;
  std::optional<diameter::Questions> questions;
  bool can_send = true;
  std::deque<diameter::OutgoingRequest> sent;
  std::vector<diameter::StackPeer> connected;
  std::vector<ports::ReadResult> reads;
};

}  // namespace presentia::test
