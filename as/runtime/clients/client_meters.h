// The counters of our own subscriptions. Registered once.
#pragma once

#include <array>
#include <map>
#include <string>

#include "as/base/metrics.h"
#include "as/event/client/subscriber_machine.h"
#include "as/ports/sip_port.h"

namespace presentia::runtime {

// One thread, except waiting_refused().
class ClientMeters {
 public:
  explicit ClientMeters(base::Metrics& metrics);

  void moved(event::client::Phase from, event::client::Phase to);
  void joined(event::client::Phase phase) { gauge(phase).add(1); }
  void left(event::client::Phase phase) { gauge(phase).add(-1); }
  // The outcome of a SUBSCRIBE.
  void subscribed(const ports::SipOutcome& outcome);
  // The answer to a NOTIFY.
  void notified(int status);
  // A NOTIFY was answered 503 because too many wait. Any thread.
  void waiting_refused() { refused_.add(); }

 private:
  base::Gauge& gauge(event::client::Phase phase) { return members_.at(static_cast<std::size_t>(phase)); }

  std::array<base::Gauge, 5> members_;  // by phase
  std::map<std::string, base::Counter, std::less<>> subscribes_;
  std::map<int, base::Counter> notifies_;
  base::Counter refused_;
};

}  // namespace presentia::runtime
