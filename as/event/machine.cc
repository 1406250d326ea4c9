#include "as/event/machine.h"

#include "as/event/draft.h"
#include "as/event/notifier.h"
#include "as/event/publication_control.h"
#include "as/event/subscription_control.h"

namespace presentia::event {
namespace {

struct Decide {
  Draft& draft;
  const ResourceState& state;
  const Context& context;

  void operator()(const PublishArrived& event) const { decide_publish(draft, state, event.request, context); }
  void operator()(const SubscribeArrived& event) const { decide_subscribe(draft, state, event.request, context); }
  void operator()(const NotifyFinished& event) const { decide_notify_finished(draft, state, event, context); }
  void operator()(const TimerDue& event) const {
    if (const auto* etag = std::get_if<ports::EntityTag>(&event.key)) {
      decide_publication_due(draft, state, *etag, context);
    } else {
      decide_subscription_due(draft, state, std::get<ports::SubscriptionId>(event.key), context);
    }
  }
  void operator()(const PolicyChanged&) const { decide_policy_changed(draft, state, context); }
  void operator()(const FeedOpened& event) const { decide_feed_opened(draft, state, event, context); }
  void operator()(const FeedClosed& event) const { decide_feed_closed(draft, state, event, context); }
  void operator()(const TurnToSend& event) const { draft.change(TurnCame{event.count}); }
  void operator()(const EndSubscriptions& event) const { decide_end(draft, state, event, context); }
};

void apply_all(ResourceState& state, const std::vector<Change>& changes) {
  for (const Change& change : changes) apply(state, change);
}

void append(Decision& to, Decision from) {
  to.changes.insert(to.changes.end(), std::make_move_iterator(from.changes.begin()),
                    std::make_move_iterator(from.changes.end()));
  to.actions.insert(to.actions.end(), std::make_move_iterator(from.actions.begin()),
                    std::make_move_iterator(from.actions.end()));
}

// One document per publication; one that cannot be read any more is left out of composition, not lost.
void parse_again(Publication& publication, const ResourceState& state, const Context& context) {
  const auto handler = context.packages.find(publication.record.package);
  if (!handler || !handler->package || !publication.record.body) return;
  auto parsed = handler->package->parse(
      {state.resource, publication.record.content_type, *publication.record.body, context.settings});
  if (parsed) publication.document = std::move(parsed->document);
}

}  // namespace

Decision decide(const ResourceState& state, const Event& event, const Context& context) {
  Draft draft;
  std::visit(Decide{draft, state, context}, event);
  return draft.take();
}

Decision decide_notifies(const ResourceState& state, const Context& context) {
  Draft draft;
  plan_notifies(draft, state, context);
  return draft.take();
}

Decision step(ResourceState& state, const Event& event, const Context& context) {
  Decision decision = decide(state, event, context);
  apply_all(state, decision.changes);
  Decision notifies = decide_notifies(state, context);
  apply_all(state, notifies.changes);
  append(decision, std::move(notifies));
  return decision;
}

Decision resume(ResourceState& state, const Context& context) {
  Draft draft;
  for (auto& [package, published] : state.published) {
    for (Publication& publication : published.publications) {
      parse_again(publication, state, context);
      draft.act(Arm{publication.record.etag, publication.record.expires_at});
    }
  }
  for (auto& [tag, dialog] : state.dialogs) dialog.local_cseq = dialog.record.local_cseq_ceiling;
  for (const auto& [id, subscription] : state.subscriptions) {
    const auto handler = context.packages.find(subscription.record.package);
    const bool waiting = subscription.record.state == ports::SubscriptionState::waiting;
    // The view of the state it was left in; what the policy says now is decided next, and acts.
    const bool pending = subscription.record.state != ports::SubscriptionState::active;
    View view =
        handler ? handler->decide_watcher({state.resource, subscription.record.watcher, context.settings}) : View{};
    if (view.handling == SubHandling::block || pending != (view.handling == SubHandling::confirm))
      view = {pending ? SubHandling::confirm : SubHandling::allow, {}};
    draft.change(SubscriptionDecided{id, view});
    if (!waiting) draft.change(SubscriptionDirty{id, true, true});
    draft.act(Arm{id, subscription.record.expires_at});
  }
  Decision decision = draft.take();
  apply_all(state, decision.changes);
  append(decision, step(state, PolicyChanged{}, context));
  return decision;
}

}  // namespace presentia::event
