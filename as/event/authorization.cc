// Running subscriptions follow the policy of the moment, and orders from inside end them.
#include "as/base/uri.h"
#include "as/event/subscription_control.h"
#include "as/event/subscriptions.h"
#include "as/event/watcher_machine.h"
#include "as/event/watchers.h"

namespace presentia::event {
namespace {

using ports::SubscriptionState;

void activate(Draft& draft, const ResourceState& state, const Subscription& subscription, WatcherEvent event,
              SubscriptionState to, const Context& context) {
  ports::SubscriptionRecord record = subscription.record;
  record.state = to;
  record.last_event = event;
  draft.store(ports::PutSubscription{record});
  move_watcher(draft, state, context, subscription, event);
  log_subscription("subscribe.decided", state, record, {});
}

void decide_waiting_again(Draft& draft, const ResourceState& state, const Subscription& waiting, const View& view,
                          const Context& context) {
  if (view.handling == SubHandling::confirm) return;
  const bool refused = view.handling == SubHandling::block;
  end_waiting(draft, state, waiting, refused ? WatcherEvent::rejected : WatcherEvent::approved, context);
}

// Documents that matter are on their way. What was decided before may be wrong by now: nothing of it is sent any more,
// retransmissions included, and nothing else is either.
void suspend(Draft& draft, const ResourceState& state, const Subscription& subscription) {
  if (subscription.undecided != Undecided::no) return;
  draft.change(SubscriptionUndecided{subscription.record.id, Undecided::running});
  const auto dialog = state.dialogs.find(subscription.record.dialog);
  if (dialog == state.dialogs.end() || !dialog->second.outstanding) return;
  if (dialog->second.outstanding->subscription != subscription.record.id) return;
  draft.act(Abandon{dialog->first, dialog->second.outstanding->cseq});
  draft.change(NotifyAbandoned{dialog->first});
  draft.change(SubscriptionDirty{subscription.record.id, true, true});
}

bool same(const Verdict& verdict, const Subscription& subscription) {
  return verdict.view == subscription.view && verdict.until == subscription.view_until &&
         verdict.by_state == subscription.view_by_state && subscription.undecided == Undecided::no;
}

// A failure between the end of its last subscription and the last NOTIFY leaves a dialog in the store, maybe with
// watchers that wait, who have none.
void drop_left_over(Draft& draft, const ResourceState& state) {
  const auto is_over = [&state](ports::SubscriptionId id) {
    const Subscription& held = state.subscriptions.at(id);
    return held.record.state == ports::SubscriptionState::waiting && !held.ending;
  };
  for (const auto& [tag, dialog] : state.dialogs) {
    if (!std::ranges::all_of(dialog.subscriptions, is_over)) continue;
    for (const ports::SubscriptionId id : dialog.subscriptions) {
      ports::SubscriptionRecord waiting = state.subscriptions.at(id).record;
      waiting.dialog.clear();
      draft.store(ports::PutSubscription{std::move(waiting)});
    }
    draft.store(ports::DropDialog{tag});
  }
}

bool is_served(const ResourceState& state, const Context& context) {
  const std::string_view host = base::domain_of(state.resource);
  return host.empty() || context.settings.serves(host);
}

}  // namespace

void decide_again(Draft& draft, const ResourceState& state, const Subscription& subscription, Again again,
                  const Context& context) {
  const ports::SubscriptionRecord& record = subscription.record;
  const Verdict verdict = decide_watcher(state, record.package, record.watcher, context);
  const View& view = verdict.view;
  if (record.state == SubscriptionState::waiting) {
    if (verdict.decided && !again.losses_only) decide_waiting_again(draft, state, subscription, view, context);
    return;
  }
  if (!verdict.decided) return suspend(draft, state, subscription);
  // Equal: another view, which may show less.
  const bool less = view.handling <= subscription.view.handling && view != subscription.view;
  if (again.losses_only && !less) return;
  if (view.handling == SubHandling::block)
    return end_subscription(draft, state, subscription, {WatcherEvent::rejected, {}, true, false}, context);
  if (!same(verdict, subscription)) draft.change(SubscriptionDecided{record.id, verdict});
  if (view == subscription.view) {  // the same rights, but what is shown may be another
    const auto handler = context.packages.find(record.package);
    const bool shown = again.show_again && handler && handler->package;
    if (shown || subscription.undecided != Undecided::no) draft.change(SubscriptionDirty{record.id});
    return;
  }
  const SubscriptionState to = state_of(view);
  if (to != record.state) {
    const WatcherEvent event = to == SubscriptionState::active ? WatcherEvent::approved : WatcherEvent::subscribe;
    activate(draft, state, subscription, event, to, context);
  }
  // Whatever takes rights away goes out at once; so does an approval, which the watcher is waiting for, with the full
  // state [RFC3856 6.7]. After a start all goes in its turn.
  draft.change(SubscriptionDirty{record.id, to != record.state, false, subscription.undecided != Undecided::restored});
}

void decide_policy_changed(Draft& draft, const ResourceState& state, const PolicyChanged& event,
                           const Context& context) {
  drop_left_over(draft, state);
  const bool served = is_served(state, context);
  for (const auto& [id, subscription] : state.subscriptions) {
    if (subscription.ending) continue;
    if (served) {
      decide_again(draft, state, subscription, {event.show_again, false}, context);
    } else {
      end_subscription(draft, state, subscription, {WatcherEvent::noresource, {}, true, false}, context);
    }
  }
}

void decide_end(Draft& draft, const ResourceState& state, const EndSubscriptions& event, const Context& context) {
  const Ending ending{event.reason, event.retry_after, event.reason == WatcherEvent::rejected, event.invariant};
  for (const auto& [id, subscription] : state.subscriptions) {
    if (subscription.ending || (event.id != 0 && event.id != id)) continue;
    if (event.id == 0 && subscription.record.package != event.package) continue;
    const WatcherState from = watcher_state(subscription.record.state);
    if (next_state(from, event.reason)) end_subscription(draft, state, subscription, ending, context);
  }
}

}  // namespace presentia::event
