// The namespace bindings in the query of an XCAP URI: xmlns() parts of an XPointer expression [RFC4825 6.4].
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xdm-client/xcap/selector.h"

namespace presentia::xcap {

// `query` without '?', decoded. Parts of other schemes are ignored; nullopt if it is no list of parts. Of a prefix
// bound twice the last counts.
[[nodiscard]] std::optional<std::vector<Binding>> parse_bindings(std::string_view query);
// Percent-coded, without '?'; empty for no bindings.
[[nodiscard]] std::string bindings_query(const std::vector<Binding>& bindings);

}  // namespace presentia::xcap
