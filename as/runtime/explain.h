// How a shard tells an operator why a watcher sees what it sees: pure functions over the state of the presentity.
#pragma once

#include "as/event/machine.h"
#include "as/runtime/inquiry.h"

namespace presentia::runtime {

// What the shard is asked: the package checked, the candidate's rules read. Any thread.
[[nodiscard]] ports::Inspected<ExplainOrder> order_of(const ports::ExplainQuestion& question,
                                                      const event::Packages& packages, const mgmt::Snapshot& settings);

// `documents`: what is known when it is answered.
[[nodiscard]] ports::Inspected<ports::ExplainInfo> explain(const event::ResourceState& state,
                                                           const event::HeldDocuments& documents,
                                                           const ExplainOrder& order, const event::Context& context);

}  // namespace presentia::runtime
