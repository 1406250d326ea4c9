// Which NOTIFY goes out when: one outstanding per dialog, pacing per subscription, the newest state always last
// [RFC6665 4.2.2, RFC3856 6.10], and what becomes of a subscription whose NOTIFY fails [RFC6665 4.2.2, RFC5057 5.1].
#pragma once

#include "as/event/draft.h"

namespace presentia::event {

// The single NOTIFY of a fetch [RFC6665 4.4.3]; leaves no state.
void notify_once(Draft& draft, const ResourceState& state, const ports::SubscriptionRecord& record, const View& view,
                 const ports::DialogInfo& dialog, const Context& context);

void decide_notify_finished(Draft& draft, const ResourceState& state, const NotifyFinished& event,
                            const Context& context);

// The newest state is owed again, to one subscription or (id 0) to all, at once.
void decide_notify_again(Draft& draft, const ResourceState& state, ports::SubscriptionId id);

// Everything that is owed and may go now; see decide_notifies().
void plan_notifies(Draft& draft, const ResourceState& state, const Context& context);

}  // namespace presentia::event
