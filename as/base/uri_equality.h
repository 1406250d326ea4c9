// Whether two URIs are the same, by the rules of their scheme. Not for naming resources: that is normal_form() (uri.h),
// which forgets ports and parameters.
#pragma once

#include <string_view>

namespace presentia::base {

// sip, sips: [RFC3261 19.1.4]; tel: [RFC3966 4]; urn: scheme and namespace in any case [RFC2141 5], a UUID whole
// [RFC4122 3]; any other: the scheme in any case, the rest as it is. Different schemes are never the same. As the RFC
// says of SIP, not transitive.
[[nodiscard]] bool same_uri(std::string_view a, std::string_view b);

}  // namespace presentia::base
