// What can be said about a request before its resource's state is looked at: is it for us at all, and where does it go.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "as/base/partition.h"
#include "as/event/packages.h"
#include "as/ports/sip_port.h"

namespace presentia::event {

struct Answer {
  ports::SipResponse response;
  std::string reason;
};                 // refuse, or answer OPTIONS; `reason` is the counter's label
struct PassOn {};  // not ours, but the original dialog identifier says where it goes on [TS24.229 5.7.4]
struct ToResource {
  base::Partition partition = 0;
  ports::Resource resource;  // empty: known only by the dialog tag (in-dialog SUBSCRIBE); 481 if the tag is unknown
  bool relief = false;       // a removal or an unsubscribe
};
using Admission = std::variant<Answer, PassOn, ToResource>;

// A REGISTER with which a registration ends: the Contact's own interval, or Expires, is 0 [RFC3261 10.2.2].
[[nodiscard]] bool is_deregistration(const ports::SipRequest& request);

// Order of the checks: method [RFC3261 8.2.1], event package [RFC3903 6 step 2, RFC6665 8.2.1], Require [RFC3261
// 8.2.2.3], Content-Encoding, served domain [RFC3903 6 step 1]. Routing key: our tag in To for an in-dialog SUBSCRIBE;
// our tag in SIP-If-Match; else the resource: P-Served-User when terminating, else the Request-URI; To of a third-party
// REGISTER. Pure; any thread.
[[nodiscard]] Admission admit(const ports::SipRequest& request, const Packages& packages,
                              const mgmt::Snapshot& settings);

// A refusal with a Warning 399 that says why [RFC3261 20.43].
[[nodiscard]] ports::SipResponse refusal(int status, std::string_view why);

// Value of a Contact header; no display name if it is empty.
[[nodiscard]] std::string contact_value(std::string_view display_name, std::string_view uri);

}  // namespace presentia::event
