// Compares what arrived with what a step says.
#pragma once

#include <functional>
#include <string>

#include "tools/presentia-conformance/scenario.h"
#include "tools/presentia-conformance/sip_message.h"
#include "tools/presentia-conformance/variables.h"

namespace presentia::conformance {

// The lines of what `of` names: a header field, Header;parameter of its first value, #Header (how many values),
// Request-URI, Reason.
std::vector<std::string> named_values(const Message& message, const std::string& of);

// Empty: the message has everything that `step` says in has:, body:, state: and reason:. Else the first that differs.
// `schemas`: the folder of the schemas.
std::string first_difference(const Message& message, const Step& step, const Lookup& lookup,
                             const std::string& schemas);

// The value that keep: names: what named_values() knows, "NAME /pattern/", or "xpath: EXPR". Throws ScenarioError where
// the expression is wrong; nothing where the message has no such value.
std::optional<std::string> kept_value(const Message& message, const std::string& what, const Lookup& lookup);

}  // namespace presentia::conformance
