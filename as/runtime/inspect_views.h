// Publications and subscriptions as operators are shown them. Pure. Not for other folders.
#pragma once

#include "as/event/state.h"
#include "as/ports/inspection.h"

namespace presentia::runtime {

[[nodiscard]] ports::PublicationInfo info_of(const event::ResourceState& state, const event::Publication& publication);
[[nodiscard]] ports::SubscriptionInfo info_of(const event::ResourceState& state,
                                              const event::Subscription& subscription);

}  // namespace presentia::runtime
