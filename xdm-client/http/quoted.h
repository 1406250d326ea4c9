// quoted-string of HTTP headers [RFC7230 3.2.6].
#pragma once

#include <string>
#include <string_view>

namespace presentia::xdm {

[[nodiscard]] inline std::string quoted(std::string_view text) {
  std::string value = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') value += '\\';
    value += c;
  }
  return value + '"';
}

}  // namespace presentia::xdm
