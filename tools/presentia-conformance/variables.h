// ${name} in the texts of scenarios and templates.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace presentia::conformance {

// The scenario itself is wrong: an unknown variable, role, dialog or file. Told as an error of the scenario, never as
// one of the server.
struct ScenarioError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

// Replaces every ${name} by what `lookup` gives, and $$ by a dollar. Throws ScenarioError for an unknown name.
std::string expanded(const std::string& text, const Lookup& lookup);

}  // namespace presentia::conformance
