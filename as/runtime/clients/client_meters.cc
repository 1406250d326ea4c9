#include "as/runtime/clients/client_meters.h"

namespace presentia::runtime {
namespace {

using event::client::Phase;

base::Gauge gauge_of(base::Metrics& metrics, Phase phase) {
  return metrics.gauge("presentia_client_subscriptions", {{"state", std::string(word(phase))}});
}

}  // namespace

ClientMeters::ClientMeters(base::Metrics& metrics)
    : members_{gauge_of(metrics, Phase::init), gauge_of(metrics, Phase::notify_wait), gauge_of(metrics, Phase::pending),
               gauge_of(metrics, Phase::active), gauge_of(metrics, Phase::terminated)},
      refused_(metrics.counter("presentia_client_notifies_total", {{"status", "503"}})) {
  for (const char* outcome : {"2xx", "3xx", "4xx", "5xx", "6xx", "timeout", "unreachable"})
    subscribes_.emplace(outcome, metrics.counter("presentia_client_subscribes_total", {{"outcome", outcome}}));
  for (const int status : {200, 400, 415, 420, 481, 489, 500})
    notifies_.emplace(status, metrics.counter("presentia_client_notifies_total", {{"status", std::to_string(status)}}));
}

void ClientMeters::moved(Phase from, Phase to) {
  if (from == to) return;
  left(from);
  joined(to);
}

void ClientMeters::subscribed(const ports::SipOutcome& outcome) {
  const std::string label = outcome.kind == ports::OutcomeKind::response ? std::to_string(outcome.status / 100) + "xx"
                                                                         : std::string(word(outcome.kind));
  const auto found = subscribes_.find(label);
  if (found != subscribes_.end()) found->second.add();
}

void ClientMeters::notified(int status) {
  const auto found = notifies_.find(status);
  if (found != notifies_.end()) found->second.add();
}

}  // namespace presentia::runtime
