#include "as/event/machine.h"

#include "as/event/draft.h"
#include "as/event/links.h"
#include "as/event/notifier.h"
#include "as/event/publication_control.h"
#include "as/event/registration_control.h"
#include "as/event/rights.h"
#include "as/event/subscription_control.h"

namespace presentia::event {
namespace {

struct Decide {
  Draft& draft;
  const ResourceState& state;
  const Context& context;

  void operator()(const PublishArrived& event) const { decide_publish(draft, state, event.request, context); }
  void operator()(const RegisterArrived& event) const { decide_register(draft, state, event.request, context); }
  void operator()(const RegistrationReported& event) const {
    decide_registration_reported(draft, state, event.report, context);
  }
  void operator()(const SubscriberTold& event) const { decide_subscriber_told(draft, state, event, context); }
  void operator()(const AliasTold& event) const { decide_alias_told(draft, state, event); }
  void operator()(const LinkAsked& /*event*/) const { decide_link_asked(draft, state); }
  void operator()(const SubscribeArrived& event) const {
    decide_subscribe(draft, state, event.request, Patience::some, context);
  }
  void operator()(const NotifyFinished& event) const { decide_notify_finished(draft, state, event, context); }
  void operator()(const TimerDue& event) const {
    if (const auto* etag = std::get_if<ports::EntityTag>(&event.key)) {
      decide_publication_due(draft, state, *etag, context);
    } else if (const auto* answered = std::get_if<AnsweredKey>(&event.key)) {
      draft.store(ports::DropAnswered{answered->hash});
    } else if (const auto* held = std::get_if<HeldKey>(&event.key)) {
      decide_held(draft, state, held->id, Patience::none, context);
    } else if (const auto* asked = std::get_if<AskedKey>(&event.key)) {
      release_question(draft, state, asked->id);
    } else if (std::holds_alternative<RegistrationKey>(event.key)) {
      decide_registration_again(draft, state, context);
    } else if (std::holds_alternative<RightsKey>(event.key)) {
      return;  // rights are decided next
    } else {
      decide_subscription_due(draft, state, std::get<ports::SubscriptionId>(event.key), context);
    }
  }
  void operator()(const PolicyChanged& event) const {
    decide_registration_again(draft, state, context);
    decide_policy_changed(draft, state, event, context);
  }
  void operator()(const FeedOpened& event) const { decide_feed_opened(draft, state, event, context); }
  void operator()(const FeedClosed& event) const { decide_feed_closed(draft, state, event, context); }
  void operator()(const TurnToSend& event) const { draft.change(TurnCame{event.count}); }
  void operator()(const EndSubscriptions& event) const { decide_end(draft, state, event, context); }
  void operator()(const EndPublication& event) const { decide_publication_end(draft, state, event.etag); }
  void operator()(const NotifyAgain& event) const { decide_notify_again(draft, state, event.id); }
  void operator()(const DocumentsAsked& event) const { hold_question(draft, event, context); }
  void operator()(const DocumentChanged& event) const {
    if (state.documents.contains(event.key)) draft.change(DocumentHeld{event.key, event.state});
  }
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

// A resource of which nothing is left needs no count of its changes.
void forget_counts(ResourceState& state, Decision& decision) {
  if (!state.empty()) return;
  while (!state.published.empty()) {
    decision.changes.emplace_back(ports::DropPublished{state.published.begin()->first});
    event::apply(state, decision.changes.back());
  }
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

Decision step(ResourceState& state, const Event& event, const Context& context, const Observer& observe) {
  Decision decision;
  const auto carry_out = [&](Decision next) {
    if (observe) observe(state, next);
    apply_all(state, next.changes);
    append(decision, std::move(next));
  };
  const auto also = [&](const auto& decide_part) {
    Draft draft;
    decide_part(draft);
    Decision next = draft.take();
    if (!next.changes.empty() || !next.actions.empty()) carry_out(std::move(next));
  };
  carry_out(decide(state, event, context));
  if (!state.link.canonical.empty()) also([&](Draft& draft) { decide_link(draft, state, decision); });
  if (may_need_others(state, event)) also([&](Draft& draft) { decide_documents(draft, state, context); });
  also([&](Draft& draft) { decide_rights(draft, state, event, decision, context); });
  while (const auto id = ready(state, context))
    also([&](Draft& draft) { decide_held(draft, state, *id, Patience::none, context); });
  if (!state.asked.empty()) also([&](Draft& draft) { release_questions(draft, state, context); });
  if (!state.documents.empty() && may_need_others(state, event))  // those that it was for may be gone
    also([&](Draft& draft) { decide_documents(draft, state, context); });
  carry_out(decide_notifies(state, context));
  also([&](Draft& draft) { arm_rights(draft, state, event, decision); });
  forget_counts(state, decision);
  return decision;
}

}  // namespace presentia::event
