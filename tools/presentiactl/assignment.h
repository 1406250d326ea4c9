// NAME=VALUE of the command line.
#pragma once

#include <optional>
#include <string>

namespace presentia::ctl {

struct NameAndValue {
  std::string name;
  std::string value;
};

// Splits at the first = that does not stand in the key of an entry; nullopt if there is none, or nothing before it.
[[nodiscard]] inline std::optional<NameAndValue> split_assignment(const std::string& text) {
  std::size_t equals = text.find('=');
  const std::size_t bracket = text.find('[');
  if (bracket < equals) equals = text.find('=', text.find(']', bracket));
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  return NameAndValue{text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace presentia::ctl
