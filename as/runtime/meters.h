// The counters of the runtime, found without a lock: one Meters per thread, all feeding the same metrics.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "as/base/metrics.h"
#include "as/event/packages.h"
#include "as/ports/records.h"
#include "as/ports/sip_port.h"

namespace presentia::runtime {

// Method and event package of a request, as small numbers that Meters gave; 0 = any other.
struct RequestKind {
  std::uint8_t method = 0;
  std::uint8_t package = 0;
};

class Meters {
 public:
  Meters(base::Metrics& metrics, const event::Packages& packages);

  [[nodiscard]] RequestKind kind_of(const ports::SipRequest& request) const;
  [[nodiscard]] RequestKind kind_of(const ports::RequestGist& gist) const;  // of any package
  // A request was answered with a final status.
  void answered(RequestKind kind, int status);
  // A request did not reach a resource; `reason` from a small fixed set.
  void refused(std::string_view reason);
  // A request was refused because of overload; `which` from a small fixed set.
  void shed(std::string_view which);
  // A request was refused beyond a quota; its name.
  void beyond(std::string_view quota);
  // Something the event framework counts; `what` and `label` from small fixed sets.
  void counted(std::string_view what, std::string_view label);
  // The outcome of a NOTIFY.
  void notified(const ports::SipOutcome& outcome);
  // The number of subscriptions in a state, of all shards, changes by so many.
  void subscriptions(ports::SubscriptionState state, double by) {
    subscriptions_[static_cast<std::size_t>(state)].add(by);
  }

  // The number of documents of others that are held, of all shards; `status` as DocumentTable::Counts.
  void documents(std::size_t status, double by) { held_documents_[status].add(by); }

  // Shared by all threads; see the catalogue of metrics.
  base::Gauge publications, notifies_open;
  base::Histogram inbox_delay, decide_time, notify_lag, commit_time;
  base::Counter commit_failures;

 private:
  void document_refused(std::string_view reason);
  using ByLabel = std::map<std::string, base::Counter, std::less<>>;

  base::Metrics* metrics_;
  std::vector<std::string> packages_;
  std::unordered_map<std::uint32_t, base::Counter> answered_;
  std::unordered_map<int, base::Counter> notified_;
  ByLabel refused_;
  ByLabel documents_;
  std::array<base::Gauge, 4> subscriptions_;
  std::array<base::Gauge, 4> held_documents_;
  ByLabel shed_;
  ByLabel beyond_;
  std::map<std::string, ByLabel, std::less<>> counted_;
};

}  // namespace presentia::runtime
