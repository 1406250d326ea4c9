// Who a request comes from, as far as the network vouches for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "as/ports/records.h"
#include "as/ports/sip_port.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::event {

// The identities of the sender in normal form: P-Asserted-Identity (one or two values) [RFC3325 9.1]; without any, and
// where sip.identity_from_from allows it, From. Empty: nobody vouches for the sender.
[[nodiscard]] std::vector<std::string> identities(const ports::SipRequest& request, const mgmt::Snapshot& settings);

// The watcher of a SUBSCRIBE; anonymous where privacy of the identity was asked for [RFC3323 4.2, RFC3325 9.3] or From
// is the anonymous URI. nullopt: nobody vouches for the sender.
[[nodiscard]] std::optional<ports::WatcherIdentity> watcher_of(const ports::SipRequest& request,
                                                               const mgmt::Snapshot& settings);

}  // namespace presentia::event
