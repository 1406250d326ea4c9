// What the network knows of a presentity, as a presence document of its own: OMA registration-state of a tuple, and
// network-availability of its devices. Pure.
#pragma once

#include <string>

#include "as/event/package.h"

namespace presentia::presence {

// A tuple for the public identity, `registration.registered_status` while registered and closed otherwise, and one
// device for each instance that is known; without any, one that stands for whatever device it is. Valid against the
// schemas; the same bytes for the same view.
[[nodiscard]] std::string write_network_state(const event::NetworkView& view);

}  // namespace presentia::presence
