#include "as/runtime/meters.h"

#include <algorithm>
#include <array>
#include <utility>

#include "as/event/watcher_machine.h"

namespace presentia::runtime {
namespace {

constexpr std::array<std::string_view, 6> kMethods{"other", "PUBLISH", "SUBSCRIBE", "NOTIFY", "OPTIONS", "REGISTER"};
constexpr int kTimedOut = -1;
constexpr int kUnreachable = -2;

// "a, b, c" as a list that begins with "other".
std::vector<std::string> package_names(std::string_view allow_events) {
  std::vector<std::string> names{"other"};
  while (!allow_events.empty()) {
    const std::size_t comma = std::min(allow_events.find(','), allow_events.size());
    std::string_view name = allow_events.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty()) names.emplace_back(name);
    allow_events.remove_prefix(std::min(comma + 1, allow_events.size()));
  }
  return names;
}

template <class Names>
std::uint8_t index_in(const Names& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  const auto index = found - names.begin();
  return found == names.end() || index > 255 ? std::uint8_t{0} : static_cast<std::uint8_t>(index);
}

template <std::size_t... I>
std::array<base::Gauge, sizeof...(I)> state_gauges(base::Metrics& metrics, std::index_sequence<I...>) {
  return {metrics.gauge("presentia_subscriptions",
                        {{"state", std::string(event::word(static_cast<ports::SubscriptionState>(I)))}})...};
}

base::Gauge documents_of(base::Metrics& metrics, std::string_view status) {
  return metrics.gauge("presentia_held_documents", {{"status", std::string(status)}});
}

std::array<base::Gauge, 4> document_gauges(base::Metrics& metrics) {
  using enum ports::DocumentStatus;
  return {documents_of(metrics, word(present)), documents_of(metrics, word(absent)),
          documents_of(metrics, word(unavailable)), documents_of(metrics, "unknown")};
}

std::string outcome_label(int key) {
  if (key == kTimedOut) return "timeout";
  if (key == kUnreachable) return "unreachable";
  return std::to_string(key);
}

}  // namespace

Meters::Meters(base::Metrics& metrics, const event::Packages& packages)
    : publications(metrics.gauge("presentia_publications")),
      notifies_open(metrics.gauge("presentia_notify_outstanding")),
      inbox_delay(metrics.histogram("presentia_inbox_delay_seconds")),
      decide_time(metrics.histogram("presentia_decide_seconds")),
      notify_lag(metrics.histogram("presentia_notify_lag_seconds")),
      commit_time(metrics.histogram("presentia_commit_seconds")),
      commit_failures(metrics.counter("presentia_commit_failures_total")),
      metrics_(&metrics),
      packages_(package_names(packages.allow_events())),
      subscriptions_(state_gauges(metrics, std::make_index_sequence<4>())),
      held_documents_(document_gauges(metrics)) {}

RequestKind Meters::kind_of(const ports::SipRequest& request) const {
  return {index_in(kMethods, request.method),
          request.event ? index_in(packages_, request.event->package) : std::uint8_t{0}};
}

RequestKind Meters::kind_of(const ports::RequestGist& gist) const { return {index_in(kMethods, gist.method), 0}; }

void Meters::answered(RequestKind kind, int status) {
  const auto key = static_cast<std::uint32_t>(status) << 16 | std::uint32_t{kind.method} << 8 | kind.package;
  auto found = answered_.find(key);
  if (found == answered_.end()) {
    found =
        answered_
            .emplace(key, metrics_->counter("presentia_requests_total", {{"method", std::string(kMethods[kind.method])},
                                                                         {"package", packages_[kind.package]},
                                                                         {"status", std::to_string(status)}}))
            .first;
  }
  found->second.add();
}

void Meters::refused(std::string_view reason) {
  auto found = refused_.find(reason);
  if (found == refused_.end()) {
    found =
        refused_.emplace(reason, metrics_->counter("presentia_refused_total", {{"reason", std::string(reason)}})).first;
  }
  found->second.add();
}

void Meters::document_refused(std::string_view reason) {
  auto found = documents_.find(reason);
  if (found == documents_.end()) {
    found =
        documents_
            .emplace(reason, metrics_->counter("presentia_documents_refused_total", {{"reason", std::string(reason)}}))
            .first;
  }
  found->second.add();
}

void Meters::shed(std::string_view which) {
  auto found = shed_.find(which);
  if (found == shed_.end()) {
    found = shed_.emplace(which, metrics_->counter("presentia_shed_total", {{"class", std::string(which)}})).first;
  }
  found->second.add();
}

void Meters::beyond(std::string_view quota) {
  auto found = beyond_.find(quota);
  if (found == beyond_.end()) {
    found = beyond_.emplace(quota, metrics_->counter("presentia_quota_refused_total", {{"quota", std::string(quota)}}))
                .first;
  }
  found->second.add();
}

void Meters::counted(std::string_view what, std::string_view label) {
  if (what == "document.refused") return document_refused(label);
  if (what == "quota") return beyond(label);
  auto kind = counted_.find(what);
  if (kind == counted_.end()) kind = counted_.emplace(what, ByLabel{}).first;
  auto found = kind->second.find(label);
  if (found == kind->second.end()) {
    found = kind->second
                .emplace(label, metrics_->counter("presentia_events_total",
                                                  {{"event", std::string(what)}, {"detail", std::string(label)}}))
                .first;
  }
  found->second.add();
}

void Meters::notified(const ports::SipOutcome& outcome) {
  const int key = outcome.kind == ports::OutcomeKind::response  ? outcome.status
                  : outcome.kind == ports::OutcomeKind::timeout ? kTimedOut
                                                                : kUnreachable;
  auto found = notified_.find(key);
  if (found == notified_.end()) {
    found =
        notified_.emplace(key, metrics_->counter("presentia_notify_total", {{"outcome", outcome_label(key)}})).first;
  }
  found->second.add();
}

}  // namespace presentia::runtime
