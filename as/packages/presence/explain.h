// Why a watcher sees what it sees, told for operators: by the same functions that decide and render, so that it is the
// same decision. Pure.
#pragma once

#include "as/event/package.h"

namespace presentia::presence {

// See event::Package. `package`: whose decide_watcher() and render() are asked.
[[nodiscard]] ports::ExplainInfo explain(const event::ExplainInput& input, const event::Package& package);

}  // namespace presentia::presence
