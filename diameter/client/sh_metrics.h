// The counters of the Sh client, registered once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/ports/subscriber_data.h"
#include "diameter/message/avp_table.h"

namespace presentia::diameter {

// What became of a notification of the HSS.
enum class PushOutcome : std::uint8_t { taken, unknown_user, not_subscribed, cannot_now, late, malformed };
// What the client did about an answer, or instead of one.
enum class Repair : std::uint8_t { failover, redirect, without_feature, later, reread, without_host };

// One thread's, but for suppressed().
class ShMetrics {
 public:
  explicit ShMetrics(base::Metrics& metrics);

  // One request, with all that was repaired in it; nullopt: success.
  void finished(Command command, std::optional<ports::SubscriberFault> fault, base::Millis took);
  void in_flight(std::size_t requests) { in_flight_.set(static_cast<double>(requests)); }
  void repaired(Repair repair) { repairs_.at(static_cast<std::size_t>(repair)).add(); }
  void late_answer() { late_.add(); }
  void refused(const std::string& reason);  // Sh-Data that was not taken
  void pushed(PushOutcome outcome) { pushes_.at(static_cast<std::size_t>(outcome)).add(); }
  void peers(const std::vector<ports::PeerView>& views);
  void connected(const std::string& name);
  void suppressed() { suppressed_.add(); }  // any thread

 private:
  base::Metrics& metrics_;
  std::map<Command, std::vector<base::Counter>> finished_;  // success, then by fault
  std::map<Command, base::Histogram> seconds_;
  std::vector<base::Counter> repairs_, pushes_;
  base::Gauge in_flight_;
  base::Counter late_, suppressed_;
  std::map<std::string, base::Gauge> states_;  // by name of the peer
  std::map<std::string, base::Counter> connects_;
  std::map<std::string, base::Counter> refused_;  // by reason
};

}  // namespace presentia::diameter
