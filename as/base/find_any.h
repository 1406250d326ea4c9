// Searching text for one of a few characters.
#pragma once

#include <algorithm>
#include <string_view>

namespace presentia::base {

// As text.find_first_of(set), for sets of a handful: the library's calls memchr() for each character of the text.
[[nodiscard]] inline std::size_t find_any(std::string_view text, std::string_view set) {
  const auto found = std::ranges::find_if(
      text, [set](char c) { return std::ranges::any_of(set, [c](char one) { return c == one; }); });
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

}  // namespace presentia::base
