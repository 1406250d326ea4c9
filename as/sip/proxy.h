// Stateless forwarding of what is not ours, along the remaining Route, and of the responses back [RFC3261 16.11].
// SIP thread.
#pragma once

#include <optional>
#include <string>

#include "as/sip/convert.h"
#include "as/sip/environment.h"
#include "as/sip/received.h"
#include "as/sip/resolver.h"

namespace presentia::sip {

class Proxy {
 public:
  Proxy(Environment& environment, Resolver& resolver) : environment_(environment), resolver_(resolver) {}

  // True for what a trusted peer sent through us and what the core is not asked about: INVITE, ACK and CANCEL with our
  // Route entry on top and another behind it; inside a dialog that we record-routed, a Request-URI that is not ours.
  [[nodiscard]] bool only_passes(const Received& request, const Routing& routing, bool in_dialog);
  // Why it cannot be sent on: no hop left [RFC3261 16.3 step 3], or a Route that cannot be read.
  [[nodiscard]] static std::optional<Refusal> check(const RawMessage& request, const Routing& routing);
  // Sends on what passed check().
  void forward(Received request, Routing routing);
  // Sends a response back if it answers something that was forwarded here; else false.
  bool on_response(const RawMessage& response, const Via& top);

 private:
  [[nodiscard]] std::string branch_for(const Via& previous, const RawMessage& message) const;
  [[nodiscard]] static std::string record_route_for(const RawMessage& request, const Listener& listener);

  Environment& environment_;
  Resolver& resolver_;
};

}  // namespace presentia::sip
