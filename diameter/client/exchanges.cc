#include "diameter/client/exchanges.h"

#include <algorithm>
#include <utility>

#include "diameter/message/sh_request.h"

namespace presentia::diameter {
namespace {

using ports::SubscriberError;
using ports::SubscriberFault;

constexpr int kMostRedirects = 3;
constexpr int kMostDoublings = 20;
constexpr std::uint16_t kDiameterPort = 3868;  // [RFC6733 2.1]

}  // namespace

struct Exchanges::Exchange final : base::Timer {
  enum class Wait : std::uint8_t { answer, later, peer };

  Exchange(Exchanges& owner_, std::uint64_t ticket_, Ask ask_, base::Instant now)
      : owner(owner_), ticket(ticket_), ask(std::move(ask_)), begun(now) {}
  void fire() override { owner.on_due(*this); }

  Exchanges& owner;
  const std::uint64_t ticket;
  const Ask ask;
  const base::Instant begun;
  Wait wait = Wait::answer;
  std::string session_id;
  std::uint32_t end_to_end = 0;
  std::string at;                  // peer whose answer is awaited; empty: nobody is to blame any more
  std::vector<std::string> tried;  // with this end-to-end identifier
  std::string host;                // Destination-Host; empty: none
  bool without_host = false, without_features = false, is_redirected = false;
  int redirects = 0, retries = 0;
};

Exchanges::Exchanges(Outside& outside, ShMetrics& metrics, PeerBook& peers, HostBook& hosts,
                     std::shared_ptr<const ShSettings> settings, std::uint32_t seed, base::Instant now)
    : outside_(outside),
      metrics_(metrics),
      peers_(peers),
      hosts_(hosts),
      settings_(std::move(settings)),
      timers_(now),
      seed_(seed),
      last_end_to_end_(seed << 20)  // [RFC6733 3] the low bits of the time above, a counter below
{}

Exchanges::~Exchanges() = default;

std::uint64_t Exchanges::start(Ask ask, base::Instant now) {
  const std::uint64_t ticket = ++last_ticket_;
  if (exchanges_.size() >= settings_->max_in_flight) {
    metrics_.finished(ask.command, SubscriberFault::queue_full, base::Millis(0));
    finished_.push_back(
        {ticket, base::Unexpected{SubscriberError{SubscriberFault::queue_full, 0, "too many requests are under way"}}});
    return ticket;
  }
  auto& exchange =
      *exchanges_.emplace(ticket, std::make_unique<Exchange>(*this, ticket, std::move(ask), now)).first->second;
  metrics_.in_flight(exchanges_.size());
  begin(exchange, now);
  return ticket;
}

// A request of its own, to whatever peer.
void Exchanges::begin(Exchange& exchange, base::Instant now) {
  if (exchange.end_to_end != 0) outside_.forget(exchange.end_to_end);
  exchange.end_to_end = ++last_end_to_end_;
  exchange.session_id = settings_->identity + ";" + std::to_string(seed_) + ";" + std::to_string(++sessions_) + ";sh";
  exchange.tried.clear();
  if (!exchange.is_redirected) {
    exchange.host = exchange.without_host ? "" : hosts_.host_of(exchange.ask.user);
  }
  send(exchange, now);
}

std::vector<std::string> Exchanges::peers_for(const Exchange& exchange, base::Instant now) const {
  std::vector<std::string> usable = peers_.usable(now, exchange.tried, exchange.host);
  // who pointed there would only do so again
  if (exchange.is_redirected && !usable.empty() && usable.front() == exchange.host) usable.resize(1);
  return usable;
}

void Exchanges::send(Exchange& exchange, base::Instant now) {
  std::vector<std::string> peers = peers_for(exchange, now);
  if (peers.empty()) {
    const char* const why = peers_.any_open() ? "all peers are left alone, or have failed" : "no peer is connected";
    return fail(exchange, {SubscriberFault::peer_away, 0, why}, now);
  }
  const std::string peer = peers.front();
  OutgoingRequest request{.ticket = exchange.ticket,
                          .command = exchange.ask.command,
                          .avps = avps_of(exchange),
                          .peers = std::move(peers),
                          .end_to_end = exchange.end_to_end,
                          .is_retransmission = !exchange.tried.empty(),  // [RFC6733 5.5.4]
                          .within = std::max(exchange.ask.deadline - now, base::Millis(1))};
  if (!outside_.send(std::move(request))) {
    return fail(exchange, {SubscriberFault::refused, 0, "the Diameter library refuses the request"}, now);
  }
  PeerBook::Entry& entry = *peers_.find(peer);
  entry.circuit.used();
  ++entry.under_way;
  exchange.at = peer;
  exchange.tried.push_back(peer);
  exchange.wait = Exchange::Wait::answer;
  timers_.arm(exchange, std::min(exchange.ask.deadline, now + settings_->attempt_timeout));
}

Avps Exchanges::avps_of(const Exchange& exchange) const {
  const Ask& ask = exchange.ask;
  Envelope envelope{exchange.session_id, settings_->identity, settings_->realm, exchange.host, settings_->hss_realm, 0};
  if (settings_->notif_eff && !exchange.without_features) envelope.features = kNotifEff;
  switch (ask.command) {
    case Command::profile_update:
      return profile_update_request(envelope, ask.user, ask.sh_data);
    case Command::subscribe_notifications:
      if (ask.is_unsubscription) return unsubscribe_request(envelope, ask.user, ask.keys);
      return subscribe_request(envelope, ask.user, ask.keys, ask.send_data, ask.expires_at);
    default:
      return user_data_request(envelope, ask.user, ask.keys);
  }
}

void Exchanges::on_due(Exchange& exchange) {
  const base::Instant now = timers_.now();
  if (exchange.wait == Exchange::Wait::later) return begin(exchange, now);
  if (!exchange.at.empty()) give_up_peer(exchange, now);
  if (now >= exchange.ask.deadline) {
    return fail(exchange, {SubscriberFault::timed_out, 0, "no answer in time"}, now);
  }
  if (!try_other_peer(exchange, now)) timers_.arm(exchange, exchange.ask.deadline);  // it may still answer
}

void Exchanges::give_up_peer(Exchange& exchange, base::Instant now) {
  if (PeerBook::Entry* const entry = peers_.find(exchange.at)) {
    entry->circuit.failed(now, *settings_);
    entry->trouble = "no answer in time";
  }
  leave_peer(exchange);
}

void Exchanges::leave_peer(Exchange& exchange) {
  PeerBook::Entry* const entry = exchange.at.empty() ? nullptr : peers_.find(exchange.at);
  if (entry != nullptr && entry->under_way > 0) --entry->under_way;
  exchange.at.clear();
}

// The same request again, to a peer that has not had it: the end-to-end identifier stays, so that it is done once.
bool Exchanges::try_other_peer(Exchange& exchange, base::Instant now) {
  if (peers_for(exchange, now).empty()) return false;
  metrics_.repaired(Repair::failover);
  send(exchange, now);
  return true;
}

void Exchanges::answered(std::uint64_t ticket, const Avps& avps, const std::string& from, base::Instant now) {
  const auto found = exchanges_.find(ticket);
  if (PeerBook::Entry* const entry = peers_.find(from)) entry->circuit.answered();
  if (found == exchanges_.end() || found->second->wait != Exchange::Wait::answer) return metrics_.late_answer();
  Exchange& exchange = *found->second;
  leave_peer(exchange);
  const Answer answer = read_answer(avps);
  if (from.empty() && answer.code == kUnableToDeliver) {  // of the stack itself: the connection went
    if (!try_other_peer(exchange, now)) {
      fail(exchange, {SubscriberFault::peer_away, 0, "the connection to the peer was lost"}, now);
    }
    return;
  }
  decide(exchange, answer, now);
}

void Exchanges::unreadable(std::uint64_t ticket, const std::string& why, base::Instant now) {
  const auto found = exchanges_.find(ticket);
  if (found == exchanges_.end() || found->second->wait != Exchange::Wait::answer) return metrics_.late_answer();
  if (PeerBook::Entry* const entry = peers_.find(found->second->at)) entry->circuit.answered();
  leave_peer(*found->second);
  fail(*found->second, {SubscriberFault::malformed_answer, 0, why}, now);
}

void Exchanges::decide(Exchange& exchange, const Answer& answer, base::Instant now) {
  learn(exchange, answer);
  if (is_success(answer)) return finish(exchange, answer, now);
  if (answer.code == kRedirectIndication && !answer.is_experimental) return redirect(exchange, answer, now);
  SubscriberError error = error_of(answer);
  if (is_for_another_peer(answer)) {
    if (!exchange.host.empty() && !exchange.without_host) {  // the HSS may be another one by now
      hosts_.forget(exchange.ask.user);
      exchange.without_host = true;
      exchange.is_redirected = false;
      metrics_.repaired(Repair::without_host);
      return begin(exchange, now);
    }
    if (try_other_peer(exchange, now)) return;
  }
  const bool offered = settings_->notif_eff && !exchange.without_features;
  if (error.fault == SubscriberFault::feature_unsupported && offered) {  // [TS29.229 7.2.1]
    hosts_.has_features(answer.origin_host, 0);
    exchange.without_features = true;
    metrics_.repaired(Repair::without_feature);
    return begin(exchange, now);
  }
  const bool may_wait =
      error.fault == SubscriberFault::data_not_available || error.fault == SubscriberFault::update_in_progress;
  if (may_wait && try_later(exchange, now)) return;
  fail(exchange, std::move(error), now);
}

// [TS29.329 6.1] The HSS of a user is who answered for it.
void Exchanges::learn(const Exchange& exchange, const Answer& answer) {
  if (!is_success(answer)) return;
  hosts_.put(exchange.ask.user, answer.origin_host, settings_->max_remembered_hosts);
  if (!exchange.without_features) hosts_.has_features(answer.origin_host, answer.features.value_or(0));
}

// [RFC6733 6.1.7, TS29.328 6.2] An SLF says which HSS the user is at.
void Exchanges::redirect(Exchange& exchange, const Answer& answer, base::Instant now) {
  const auto refuse = [&](const char* why) { fail(exchange, {SubscriberFault::undeliverable, answer.code, why}, now); };
  if (++exchange.redirects > kMostRedirects) return refuse("redirected too often");
  std::optional<DiameterHost> host;
  for (const std::string& uri : answer.redirect_hosts) {
    if (!host) host = read_diameter_uri(uri);
  }
  if (!host) return refuse("redirected to nowhere");
  if (!reach(*host, now)) return refuse("redirected to a host that may not be connected to");
  metrics_.repaired(Repair::redirect);
  exchange.host = host->host;
  exchange.is_redirected = true;
  const PeerBook::Entry* const entry = peers_.find(host->host);
  if (entry->phase == ports::PeerPhase::open) return begin(exchange, now);
  exchange.wait = Exchange::Wait::peer;
  timers_.arm(exchange, exchange.ask.deadline);
}

bool Exchanges::reach(const DiameterHost& host, base::Instant now) {
  if (peers_.find(host.host) != nullptr) return true;
  if (redirect_peers_ >= settings_->max_redirect_peers) return false;
  ShPeer peer{host.host, {}};
  peer.where.identity = host.host;
  peer.where.port = host.port == 0 ? kDiameterPort : host.port;
  if (!outside_.connect(peer.where)) return false;
  ++redirect_peers_;
  peers_.add(peer, now);
  return true;
}

void Exchanges::peer_opened(const std::string& identity, base::Instant now) {
  std::vector<Exchange*> waiting;
  for (const auto& [ticket, exchange] : exchanges_) {
    if (exchange->wait == Exchange::Wait::peer && exchange->host == identity) waiting.push_back(exchange.get());
  }
  for (Exchange* const each : waiting) begin(*each, now);
}

bool Exchanges::try_later(Exchange& exchange, base::Instant now) {
  const base::Instant at =
      now + settings_->retry_first * (std::int64_t{1} << std::min(exchange.retries++, kMostDoublings));
  if (at >= exchange.ask.deadline) return false;
  metrics_.repaired(Repair::later);
  exchange.wait = Exchange::Wait::later;
  timers_.arm(exchange, at);
  return true;
}

void Exchanges::fail(Exchange& exchange, SubscriberError error, base::Instant now) {
  finish(exchange, base::Unexpected{std::move(error)}, now);
}

void Exchanges::finish(Exchange& exchange, ExchangeResult result, base::Instant now) {
  leave_peer(exchange);
  outside_.forget(exchange.end_to_end);
  std::optional<SubscriberFault> fault;
  if (!result) fault = result.error().fault;
  metrics_.finished(exchange.ask.command, fault, now - exchange.begun);
  finished_.push_back({exchange.ticket, std::move(result)});
  exchanges_.erase(exchange.ticket);  // with the exchange itself
  metrics_.in_flight(exchanges_.size());
}

std::optional<Finished> Exchanges::take_finished() {
  if (finished_.empty()) return std::nullopt;
  Finished first = std::move(finished_.front());
  finished_.pop_front();
  return first;
}

}  // namespace presentia::diameter
