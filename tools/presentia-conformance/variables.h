// ${name} in the texts of scenarios and templates.
#pragma once

#include <chrono>
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

// What ${time…} is: "time" is `now` as xs:dateTime in UTC, in whole seconds, "time+2.5" and "time-60" so many seconds
// later or earlier, "time+3@+05:30" the same with that offset. Nothing for other names.
std::optional<std::string> time_word(const std::string& name, std::chrono::system_clock::time_point now);

}  // namespace presentia::conformance
