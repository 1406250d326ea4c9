#include "as/sip/counters.h"

#include <utility>

namespace presentia::sip {
namespace {

constexpr std::array<std::string_view, kDrops> kDropNames{
    "unreadable", "no_via", "stray_response", "ack", "late_answer", "unanswered", "connection_limit", "send_failed"};
constexpr std::array<std::string_view, kStreamEnds> kEndNames{"peer", "failed", "ours", "idle", "late", "stuck", "tls"};
constexpr std::array<const char*, 10> kMethods{"PUBLISH", "SUBSCRIBE", "NOTIFY", "OPTIONS", "REGISTER",
                                               "INVITE",  "ACK",       "CANCEL", "MESSAGE", "other"};
constexpr std::array<const char*, 3> kOutcomes{"response", "timeout", "unreachable"};

template <std::size_t... I>
std::array<base::Counter, sizeof...(I)> drop_counters(base::Metrics& metrics, std::index_sequence<I...>) {
  return {metrics.counter("presentia_sip_dropped_total", {{"reason", std::string(kDropNames[I])}})...};
}

template <std::size_t... I>
std::array<base::Counter, sizeof...(I)> response_counters(base::Metrics& metrics, std::index_sequence<I...>) {
  return {metrics.counter("presentia_sip_responses_total", {{"class", std::to_string(I) + "xx"}})...};
}

template <std::size_t... I>
std::array<base::Counter, sizeof...(I)> end_counters(base::Metrics& metrics, std::index_sequence<I...>) {
  return {metrics.counter("presentia_sip_connections_ended_total", {{"reason", std::string(kEndNames[I])}})...};
}

template <std::size_t... I>
std::array<base::Counter, sizeof...(I)> login_counters(base::Metrics& metrics, std::index_sequence<I...>) {
  return {metrics.counter("presentia_sip_logins_total", {{"outcome", std::string(word(static_cast<Login>(I)))}})...};
}

}  // namespace

std::string_view drop_name(Drop why) { return kDropNames[static_cast<std::size_t>(why)]; }
std::string_view end_name(StreamEnd why) { return kEndNames[static_cast<std::size_t>(why)]; }

Counters::Counters(base::Metrics& metrics, std::uint32_t io)
    : drops_(drop_counters(metrics, std::make_index_sequence<kDrops>())),
      responses_(response_counters(metrics, std::make_index_sequence<7>())),
      ends_(end_counters(metrics, std::make_index_sequence<kStreamEnds>())),
      logins_(login_counters(metrics, std::make_index_sequence<kLogins>())),
      absorbed_(metrics.counter("presentia_sip_retransmissions_absorbed_total")),
      resent_(metrics.counter("presentia_sip_retransmissions_sent_total")),
      sent_(metrics.counter("presentia_sip_requests_sent_total")),
      forwarded_(metrics.counter("presentia_sip_forwarded_total")),
      pauses_(metrics.counter("presentia_sip_accept_pauses_total")),
      connections_(metrics.gauge("presentia_sip_connections")),
      server_(metrics.gauge("presentia_sip_server_transactions")),
      client_(metrics.gauge("presentia_sip_client_transactions")),
      digest_users_(metrics.gauge("presentia_sip_digest_users")),
      loop_lag_(metrics.histogram("presentia_loop_lag_seconds", {{"thread", "sip-" + std::to_string(io)}})) {
  for (const char* method : kMethods) {
    requests_.emplace(method, metrics.counter("presentia_sip_requests_total", {{"method", method}}));
  }
  for (const char* kind : kOutcomes) {
    outcomes_.emplace(kind, metrics.counter("presentia_sip_outcomes_total", {{"kind", kind}}));
  }
}

void Counters::request(std::string_view method) {
  auto found = requests_.find(method);
  if (found == requests_.end()) found = requests_.find("other");
  found->second.add();
}

void Counters::response(int status) {
  if (status >= 100 && status < 700) responses_[static_cast<std::size_t>(status / 100)].add();
}

void Counters::dropped(Drop why) { drops_[static_cast<std::size_t>(why)].add(); }
void Counters::retransmission_absorbed() { absorbed_.add(); }
void Counters::retransmission_sent() { resent_.add(); }
void Counters::sent_request() { sent_.add(); }

void Counters::outcome(std::string_view kind) {
  const auto found = outcomes_.find(kind);
  if (found != outcomes_.end()) found->second.add();
}

void Counters::forwarded() { forwarded_.add(); }
void Counters::connection_ended(StreamEnd why) { ends_[static_cast<std::size_t>(why)].add(); }
void Counters::accept_paused() { pauses_.add(); }
void Counters::login(Login outcome) { logins_[static_cast<std::size_t>(outcome)].add(); }
void Counters::digest_users(std::size_t known) { digest_users_.set(static_cast<double>(known)); }
void Counters::connections(std::size_t open) { connections_.set(static_cast<double>(open)); }

void Counters::loop_lag(base::Millis late) { loop_lag_.observe(std::chrono::duration<double>(late).count()); }

void Counters::transactions(std::size_t server, std::size_t client) {
  server_.set(static_cast<double>(server));
  client_.set(static_cast<double>(client));
}

}  // namespace presentia::sip
