// Who asks, and what they may read and write [RFC4825 5.7; TS24.109 4]. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xdm-client/xcap/selector.h"

namespace presentia::xdms {

// Who asks: normal forms of the identities that the network vouches for; none if it vouches for nobody.
using Identities = std::vector<std::string>;

struct Access {
  bool open = false;                     // everybody may do everything
  std::vector<std::string> super_users;  // normal forms: they may read everything
};

// The value of X-3GPP-Asserted-Identity or X-XCAP-Asserted-Identity: URIs in quotes or without, separated by commas.
// What is no SIP or tel URI is left out.
[[nodiscard]] Identities asserted(std::string_view header);

// Documents of a user: the user and super-users. Global ones: everybody, but the index of all services only super-users
// [RFC4826 4.4.9].
[[nodiscard]] bool may_read(const Access& access, const Identities& who, const xcap::DocumentSelector& what);
// Only the user's own documents.
[[nodiscard]] bool may_write(const Access& access, const Identities& who, const xcap::DocumentSelector& what);
// Whether that user asks. XUIs that are the same user by the rules of their scheme are the same.
[[nodiscard]] bool owns(const Identities& who, std::string_view xui);

}  // namespace presentia::xdms
