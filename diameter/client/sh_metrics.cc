#include "diameter/client/sh_metrics.h"

#include <array>
#include <chrono>

namespace presentia::diameter {
namespace {

constexpr std::array kCommands{Command::user_data, Command::profile_update, Command::subscribe_notifications};
constexpr std::array kPushOutcomes{"taken", "unknown_user", "not_subscribed", "cannot_now", "late", "malformed"};
constexpr std::array kRepairs{"failover", "redirect", "without_feature", "later", "reread", "without_host"};

}  // namespace

ShMetrics::ShMetrics(base::Metrics& metrics)
    : metrics_(metrics),
      in_flight_(metrics.gauge("presentia_sh_in_flight")),
      late_(metrics.counter("presentia_sh_late_answers_total")),
      suppressed_(metrics.counter("presentia_diameter_log_suppressed_total")) {
  for (const Command command : kCommands) {
    const std::string name(word(command));
    auto& counters = finished_[command];
    counters.push_back(metrics.counter("presentia_sh_requests_total", {{"command", name}, {"result", "success"}}));
    for (int fault = 0; fault < ports::kSubscriberFaults; ++fault) {
      const std::string result(word(static_cast<ports::SubscriberFault>(fault)));
      counters.push_back(metrics.counter("presentia_sh_requests_total", {{"command", name}, {"result", result}}));
    }
    seconds_.emplace(command, metrics.histogram("presentia_sh_seconds", {{"command", name}}));
  }
  for (const char* const each : kRepairs) {
    repairs_.push_back(metrics.counter("presentia_sh_repairs_total", {{"kind", each}}));
  }
  for (const char* const each : kPushOutcomes) {
    pushes_.push_back(metrics.counter("presentia_sh_notifications_total", {{"result", each}}));
  }
}

void ShMetrics::finished(Command command, std::optional<ports::SubscriberFault> fault, base::Millis took) {
  const std::size_t index = fault ? 1 + static_cast<std::size_t>(*fault) : 0;
  finished_.at(command).at(index).add();
  seconds_.at(command).observe(std::chrono::duration<double>(took).count());
}

void ShMetrics::refused(const std::string& reason) {
  auto found = refused_.find(reason);
  if (found == refused_.end()) {
    found =
        refused_.emplace(reason, metrics_.counter("presentia_sh_documents_refused_total", {{"reason", reason}})).first;
  }
  found->second.add();
}

void ShMetrics::peers(const std::vector<ports::PeerView>& views) {
  for (const ports::PeerView& view : views) {
    auto found = states_.find(view.name);
    if (found == states_.end()) {
      found = states_.emplace(view.name, metrics_.gauge("presentia_sh_peer_state", {{"peer", view.name}})).first;
    }
    found->second.set(static_cast<double>(view.phase));
  }
}

void ShMetrics::connected(const std::string& name) {
  auto found = connects_.find(name);
  if (found == connects_.end()) {
    found = connects_.emplace(name, metrics_.counter("presentia_sh_peer_connects_total", {{"peer", name}})).first;
  }
  found->second.add();
}

}  // namespace presentia::diameter
