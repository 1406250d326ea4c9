// The SIP messages of one identity, for an operator. Implemented by as/sip, used by mgmt/service.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "as/ports/inspection.h"

namespace presentia::ports {

struct TraceOrder {
  std::string identity;  // URI in normal form
  bool bodies = false;   // else messages are cut after their header
};

// As it was sent, or as it was read: folded values unfolded, blanks around a value left out.
struct TracedMessage {
  base::Instant at{};
  bool sent = false;
  std::string transport;      // "udp"
  std::string local, remote;  // "192.0.2.1:5060", IPv6 in brackets
  std::string text;
  std::size_t cut_bytes = 0;  // of the body that is left out
};

// The messages from the moment on when it was made until it ends. One thread at a time.
class MessageTrace {
 public:
  virtual ~MessageTrace() = default;
  // Appends what has come since the last call, in order; gives how many messages were lost. Never waits.
  virtual std::uint64_t take(std::vector<TracedMessage>& out) = 0;
};

class MessageTracing {
 public:
  virtual ~MessageTracing() = default;
  // Of requests with that identity in Request-URI, From, To, P-Asserted-Identity or P-Served-User, and of whatever else
  // has a Call-ID of theirs. A few at a time, else busy. Any thread, at once.
  [[nodiscard]] virtual Inspected<std::unique_ptr<MessageTrace>> trace(const TraceOrder& order) = 0;
};

}  // namespace presentia::ports
