// The namespaces of rules documents and resource lists.
#pragma once

#include <string_view>

namespace presentia::rules {

inline constexpr std::string_view kCommonPolicy = "urn:ietf:params:xml:ns:common-policy";    // RFC 4745
inline constexpr std::string_view kPresRules = "urn:ietf:params:xml:ns:pres-rules";          // RFC 5025
inline constexpr std::string_view kOmaCommonPolicy = "urn:oma:xml:xdm:common-policy";        // OMA XDM Core
inline constexpr std::string_view kOmaPresRules = "urn:oma:xml:prs:pres-rules";              // OMA Presence XDM
inline constexpr std::string_view kResourceLists = "urn:ietf:params:xml:ns:resource-lists";  // RFC 4826

}  // namespace presentia::rules
