// The composed documents of one resource as an operator looks at them: what a watcher is shown that may see everything,
// and where its elements come from. Pure.
#pragma once

#include <vector>

#include "as/event/machine.h"
#include "as/ports/inspection.h"

namespace presentia::event {

// Of every package that something is published for.
[[nodiscard]] std::vector<ports::DocumentInfo> composed_documents(const ResourceState& state, const Context& context);

}  // namespace presentia::event
