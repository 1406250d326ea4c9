// In-process subscriptions: authorised, shown to the presentity and ended like those of SIP watchers.
#include "as/event/subscription_control.h"
#include "as/event/subscriptions.h"
#include "as/event/watchers.h"

namespace presentia::event {

using ports::SubscriptionState;

void decide_feed_opened(Draft& draft, const ResourceState& state, const FeedOpened& event, const Context& context) {
  decide_feed_closed(draft, state, FeedClosed{event.feed}, context);
  const auto handler = context.packages.find(event.package);
  Verdict verdict = handler ? decide_watcher(state, event.package, event.watcher, context) : Verdict{};
  if (!verdict.decided) verdict.view = {SubHandling::confirm, {}};  // until documents arrive
  if (verdict.view.handling == SubHandling::block) {
    return draft.act(Deliver{
        event.feed, state.resource, event.package, 0, SubscriptionState::terminated, WatcherEvent::rejected, {}});
  }
  NewSubscription made;
  made.verdict = verdict;
  made.record.id = context.tokens.number();
  made.record.package = event.package;
  made.record.feed = event.feed;
  made.record.watcher = event.watcher;
  made.record.state = state_of(verdict.view);
  made.record.subscribed_at = context.now;
  made.record.expires_at = context.now + event.expires;
  made.record.body_type = std::string(handler->notification_types().front());
  put_new(draft, state, made, context);
}

void decide_feed_closed(Draft& draft, const ResourceState& state, const FeedClosed& event, const Context& context) {
  for (const auto& [id, subscription] : state.subscriptions) {
    if (subscription.record.feed != event.feed || subscription.ending) continue;
    const bool pending = subscription.record.state == SubscriptionState::pending;
    move_watcher(draft, state, context, subscription, pending ? WatcherEvent::giveup : WatcherEvent::timeout);
    draft.store(ports::DropSubscription{id});
    draft.act(Disarm{id});
  }
}

}  // namespace presentia::event
