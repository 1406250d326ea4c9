// Percent-coding of what stands in a path segment or a query [RFC3986 2.1, 3.3, 3.4].
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace presentia::xcap {

// nullopt for a '%' without two digits, and for what is no UTF-8 or holds control characters once decoded.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);
// Everything but the characters of `pchar` and of `more` coded.
[[nodiscard]] std::string percent_encoded(std::string_view text, std::string_view more = {});

}  // namespace presentia::xcap
