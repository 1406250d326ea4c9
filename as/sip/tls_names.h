// Names in certificates. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace presentia::sip {

// True if one of `names` (DNS names, addresses, SIP URIs, a CN) is that host, or a URI of it [RFC5922 7.1]. No name has
// wildcards.
[[nodiscard]] bool name_host(const std::vector<std::string>& names, std::string_view host);

}  // namespace presentia::sip
