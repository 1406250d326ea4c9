// resume(): from what the store gave back to what a start owes.
#include <algorithm>

#include "as/event/draft.h"
#include "as/event/links.h"
#include "as/event/machine.h"
#include "as/event/subscriptions.h"

namespace presentia::event {
namespace {

// One document per publication; one that cannot be read any more is left out of composition, not lost.
void parse_again(Publication& publication, const ResourceState& state, const Context& context) {
  const auto handler = context.packages.find(publication.record.package);
  if (!handler || !handler->package || !publication.record.body) return;
  auto parsed = handler->package->parse(
      {state.resource, publication.record.content_type, *publication.record.body, context.settings});
  if (!parsed) return;
  publication.document = std::move(parsed->document);
  publication.record.body.reset();  // the store keeps it
}

// What was in force when it was left; what the policy says now is decided next, and acts.
Verdict verdict_left_in(const ResourceState& state, const ports::SubscriptionRecord& record, const Context& context) {
  Verdict verdict = decide_watcher(state, record.package, record.watcher, context);
  const bool pending = record.state != ports::SubscriptionState::active;
  const bool fits =
      verdict.view.handling != SubHandling::block && pending == (verdict.view.handling == SubHandling::confirm);
  if (!fits || !verdict.decided) verdict.view = {pending ? SubHandling::confirm : SubHandling::allow, {}};
  return verdict;
}

// What was last sent has arrived, and the state has not changed since, nor will it as soon as timers run.
bool has_newest(const ResourceState& state, const Subscription& subscription, const Context& context) {
  const base::Instant now = context.now;
  const base::Seconds interval{context.settings.config().notify().min_interval_s()};
  const bool clock_was_set_back = subscription.not_before > now + interval;  // and would silence it
  if (!subscription.acknowledged || clock_was_set_back) return false;
  const auto published = state.published.find(subscription.record.package);
  if (published == state.published.end()) return subscription.sent_basis == 0;
  const bool expired = std::ranges::any_of(published->second.publications, [now](const Publication& publication) {
    return publication.record.expires_at <= now;
  });
  return !expired && subscription.sent_basis == published->second.record.changes;
}

// Its next document is a full one, of a version that no document before the restart had: one took one CSeq at least
// [RFC3858 4].
void renumber(ResourceState& state, ports::SubscriptionId id) {
  Subscription& subscription = state.subscriptions.at(id);
  const auto dialog = state.dialogs.find(subscription.record.dialog);
  if (dialog != state.dialogs.end()) subscription.version = dialog->second.record.local_cseq_ceiling;
}

void resume_one(Draft& draft, const ResourceState& state, const Subscription& subscription, const Context& context,
                const Turns& turns) {
  const ports::SubscriptionRecord& record = subscription.record;
  const Verdict verdict = verdict_left_in(state, record, context);
  draft.change(SubscriptionDecided{record.id, verdict});
  if (!verdict.decided) draft.change(SubscriptionUndecided{record.id, Undecided::restored});
  if (record.state == ports::SubscriptionState::waiting) return draft.act(Arm{record.id, record.expires_at});
  if (record.expires_at <= context.now) return draft.act(Arm{record.id, turns()});  // told so in its turn, too
  draft.act(Arm{record.id, record.expires_at});
  if (has_newest(state, subscription, context)) return;
  draft.change(SubscriptionDirty{record.id, false, true});
  draft.change(NotifyPostponed{record.id, turns()});
}

}  // namespace

Decision resume(ResourceState& state, const Context& context, const Turns& turns) {
  Draft draft;
  for (auto& [package, published] : state.published) {
    for (Publication& publication : published.publications) {
      parse_again(publication, state, context);
      if (publication.record.source == ports::Source::network) continue;  // ends with what is known of the registration
      draft.act(Arm{publication.record.etag, publication.record.expires_at});
    }
  }
  if (state.registration) draft.act(Arm{RegistrationKey{}, context.now});
  decide_link_asked(draft, state);
  for (const auto& [hash, answered] : state.answered) draft.act(Arm{AnsweredKey{hash}, answered.mark.until});
  for (auto& [tag, dialog] : state.dialogs) dialog.local_cseq = dialog.record.local_cseq_ceiling;
  for (const ports::SubscriptionId id : state.templates) renumber(state, id);
  for (const auto& [id, subscription] : state.subscriptions) resume_one(draft, state, subscription, context, turns);
  Decision decision = draft.take();
  for (const Change& change : decision.changes) event::apply(state, change);
  return decision;
}

}  // namespace presentia::event
