// Characters that may stand in a request line or header, so that no value can end its line.
#pragma once

#include <algorithm>
#include <string_view>

namespace presentia::xdm {

// Printable ASCII without blanks, at least one.
[[nodiscard]] inline bool is_visible(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// The value of a header: also blanks, tabs and bytes above ASCII.
[[nodiscard]] inline bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
  });
}

}  // namespace presentia::xdm
