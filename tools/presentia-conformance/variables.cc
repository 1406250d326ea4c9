#include "tools/presentia-conformance/variables.h"

namespace presentia::conformance {

std::string expanded(const std::string& text, const Lookup& lookup) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    if (text[i + 1] == '$') {
      result += text[++i];
      continue;
    }
    const std::size_t end = text[i + 1] == '{' ? text.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      result += text[i];
      continue;
    }
    const std::string name = text.substr(i + 2, end - i - 2);
    const auto value = lookup(name);
    if (!value) throw ScenarioError("there is no variable ${" + name + "}");
    result += *value;
    i = end;
  }
  return result;
}

}  // namespace presentia::conformance
