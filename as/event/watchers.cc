#include "as/event/watchers.h"

#include "as/base/check.h"
#include "as/event/watcher_machine.h"

namespace presentia::event {

WatcherView watcher_view(const Subscription& subscription) {
  const ports::SubscriptionRecord& record = subscription.record;
  return {record.id, record.watcher, record.state, record.last_event, record.subscribed_at, record.expires_at};
}

std::vector<WatcherView> watchers_of(const ResourceState& state, std::string_view package) {
  std::vector<WatcherView> watchers;
  for (const auto& [id, subscription] : state.subscriptions) {
    if (subscription.record.package == package && subscription.record.state != ports::SubscriptionState::terminated)
      watchers.push_back(watcher_view(subscription));
  }
  return watchers;
}

void report_watcher(Draft& draft, const ResourceState& state, const Context& context, std::string_view package,
                    const WatcherView& watcher) {
  for (const ports::SubscriptionId id : state.templates) {
    const auto to = state.subscriptions.find(id);
    if (to == state.subscriptions.end() || to->second.ending) continue;
    const auto handler = context.packages.find(to->second.record.package);
    if (handler && handler->template_ && handler->base == package) draft.change(WatcherReported{id, watcher});
  }
}

void move_watcher(Draft& draft, const ResourceState& state, const Context& context, const Subscription& subscription,
                  WatcherEvent event) {
  const auto to = next_state(watcher_state(subscription.record.state), event);
  PS_BUG(!to, "no such step in the watcher machine");
  if (!to) return;
  draft.change(WatcherMoved{subscription.record.id, event});
  WatcherView view = watcher_view(subscription);
  view.state = subscription_state(*to);
  view.event = event;
  report_watcher(draft, state, context, subscription.record.package, view);
}

}  // namespace presentia::event
