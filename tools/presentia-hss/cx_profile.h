// The user profile that an HSS gives to an S-CSCF [TS29.228 Annex B, E]. Pure.
#pragma once

#include <string>

#include "as/xml/reader.h"
#include "tools/presentia-hss/users.h"

namespace presentia::hss {

// The document IMSSubscription: one service profile with all public identities, the initial filter criteria those of
// the user's Sh-Data, which are of the same type. `reader` reads these; what cannot be read is left out.
[[nodiscard]] std::string ims_subscription(xml::Reader& reader, const User& user);

// The user has services while nobody is registered: a criterion for the session case terminating unregistered
// [TS29.228 6.1.4].
[[nodiscard]] bool serves_unregistered(xml::Reader& reader, const User& user);

}  // namespace presentia::hss
