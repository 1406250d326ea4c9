// What is wrong with a configuration: which attribute, which value, what is allowed, and where it stood.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace presentia::mgmt {

struct Violation {
  std::string attribute;   // path; empty if it is about the file as a whole
  std::string value;       // as given
  std::string allowed;     // what would have been right, for people
  std::string text;        // what is wrong, for people
  std::string file;        // where it stood; empty if it was not read from a file
  std::uint64_t line = 0;  // from 1; 0 if unknown
  bool unknown = false;    // there is no such attribute or entry
};
using Violations = std::vector<Violation>;

// "FILE:LINE: ATTRIBUTE: "VALUE": TEXT; allowed: ALLOWED", without the parts that are empty.
[[nodiscard]] std::string to_text(const Violation& violation);
// One line for each.
[[nodiscard]] std::string to_text(const Violations& violations);

// The name in `known` that `given` most likely meant, or empty if none is close.
[[nodiscard]] std::string nearest(const std::string& given, const std::vector<std::string>& known);

}  // namespace presentia::mgmt
