// Plays one scenario and says what came of it.
#pragma once

#include <string>

#include "tools/presentia-conformance/library.h"
#include "tools/presentia-conformance/result.h"
#include "tools/presentia-conformance/target.h"

namespace presentia::conformance {

// Never throws: what goes wrong is part of the result. Any thread.
Result play(const Library& library, const Target& target, const Scenario& scenario, const std::string& token);

}  // namespace presentia::conformance
