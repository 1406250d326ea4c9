// The counters of following documents by xcap-diff. Registered once.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "as/base/metrics.h"

namespace presentia::xdm {

// What an xcap-diff subscription is worth at this moment.
enum class DiffState : std::uint8_t { none, pending, active };
// What became of a NOTIFY.
enum class DiffResult : std::uint8_t { taken, empty, wrong_type, malformed, missed };
// What an entry of a NOTIFY says; the first five as xcap::DocumentChange::Kind.
enum class DiffReport : std::uint8_t { created_or_exists, patched, changed, only_etag, removed, node, unknown };

class DiffMetrics {
 public:
  explicit DiffMetrics(base::Metrics& metrics);

  void subscriptions(DiffState state, double by) { subscriptions_.at(static_cast<std::size_t>(state)).add(by); }
  void notified(DiffResult result) { notifications_.at(static_cast<std::size_t>(result)).add(); }
  void reported(DiffReport kind) { reports_.at(static_cast<std::size_t>(kind)).add(); }
  void covered(double by) { covered_.add(by); }

 private:
  std::array<base::Gauge, 3> subscriptions_;
  std::array<base::Counter, 5> notifications_;
  std::array<base::Counter, 7> reports_;
  base::Gauge covered_;
};

}  // namespace presentia::xdm
