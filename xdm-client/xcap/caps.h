// What an XCAP server can: the document xcap-caps/global/index [RFC4825 12].
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/xml/reader.h"

namespace presentia::xcap {

inline constexpr std::string_view kCapsType = "application/xcap-caps+xml";
inline constexpr std::string_view kCapsNamespace = "urn:ietf:params:xml:ns:xcap-caps";

struct Capabilities {
  std::vector<std::string> auids, extensions, namespaces;

  [[nodiscard]] bool has_auid(std::string_view auid) const;
};

// White space around the entries and elements that are not known do not matter; empty entries, which some servers
// write, are left out.
[[nodiscard]] base::Result<Capabilities, xml::ParseError> read_capabilities(xml::Reader& reader, std::string_view body);
[[nodiscard]] std::string write_capabilities(const Capabilities& capabilities);

}  // namespace presentia::xcap
