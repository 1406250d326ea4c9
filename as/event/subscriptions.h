// Steps that the decisions about subscriptions share. Not for other folders.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "as/event/draft.h"

namespace presentia::event {

// One line of the log about a subscription.
void log_subscription(const char* event, const ResourceState& state, const ports::SubscriptionRecord& record,
                      std::string_view call_id);

// What the HSS's word about the presentity decides, whoever watches and whatever its rules say.
[[nodiscard]] std::optional<Overruling> overruled_by_hss(const ResourceState& state);
// What the package lets this watcher see of the resource; block for a package that is not served.
[[nodiscard]] Verdict decide_watcher(const ResourceState& state, const std::string& package,
                                     const ports::WatcherIdentity& watcher, const Context& context);

// pending for a view that still has to be confirmed, else active.
[[nodiscard]] ports::SubscriptionState state_of(const View& view);

// TimerDue at the record's expiry.
void arm_expiry(Draft& draft, const ports::SubscriptionRecord& record);

struct NewSubscription {
  ports::SubscriptionRecord record;
  Verdict verdict;
};
// Stores it, owes it its first NOTIFY and reports it; a waiting watcher that it succeeds gives up [RFC3857 4.7.1].
void put_new(Draft& draft, const ResourceState& state, const NewSubscription& made, const Context& context);

// A waiting watcher leaves: by decision of the presentity, by giveup, or because its resource is gone.
void end_waiting(Draft& draft, const ResourceState& state, const Subscription& waiting, WatcherEvent event,
                 const Context& context);

// [RFC3857 4.7.1] A watcher that asked only once, undecided, is still to be learnt of by the presentity.
void remember_fetch(Draft& draft, const ResourceState& state, const std::string& package,
                    const ports::WatcherIdentity& watcher, const Context& context);

}  // namespace presentia::event
