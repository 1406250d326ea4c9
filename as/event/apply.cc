// apply(): one overload a kind of change. A change whose subject is gone does nothing.
#include <algorithm>

#include "as/base/mutants.h"
#include "as/event/dialog.h"
#include "as/event/machine.h"
#include "as/event/registration_control.h"

namespace presentia::event {
namespace {

template <class T>
void erase_value(std::vector<T>& values, const T& value) {
  const auto found = std::ranges::find(values, value);
  if (found != values.end()) values.erase(found);
}

Subscription* find(ResourceState& state, ports::SubscriptionId id) {
  const auto found = state.subscriptions.find(id);
  return found == state.subscriptions.end() ? nullptr : &found->second;
}

Dialog* find(ResourceState& state, const ports::DialogTag& tag) {
  const auto found = state.dialogs.find(tag);
  return found == state.dialogs.end() ? nullptr : &found->second;
}

struct Found {
  PublishedState* published = nullptr;
  std::size_t at = 0;
  explicit operator bool() const { return published != nullptr; }
  [[nodiscard]] Publication& publication() const { return published->publications[at]; }
};

Found find_publication(ResourceState& state, const ports::EntityTag& etag) {
  for (auto& [package, published] : state.published) {
    for (std::size_t i = 0; i < published.publications.size(); ++i)
      if (published.publications[i].record.etag == etag) return {&published, i};
  }
  return {};
}

bool is_template(const std::string& package) { return package.find('.') != std::string::npos; }

std::uint32_t& counted(ResourceState& state, const Subscription& subscription) {
  return state.counts[static_cast<std::size_t>(subscription.record.state)];
}

void forget(ResourceState& state, ports::SubscriptionId id) {
  const auto found = state.subscriptions.find(id);
  if (found == state.subscriptions.end()) return;
  if (Dialog* dialog = find(state, found->second.record.dialog)) erase_value(dialog->subscriptions, id);
  if (is_template(found->second.record.package)) erase_value(state.templates, id);
  --counted(state, found->second);
  state.subscriptions.erase(found);
}

void owe(ResourceState& state, const Subscription& subscription) { state.owed.push_back(subscription.record.id); }

// --- records --------------------------------------------------------------------------------------------------------

void apply_one(ResourceState& state, const ports::PutPublication& change) {
  PublishedState& published = state.published[change.record.package];
  published.record.package = change.record.package;
  published.record.changes = std::max(published.record.changes, change.record.arrival);
  const auto after = std::ranges::find_if(
      published.publications, [&](const Publication& other) { return other.record.arrival > change.record.arrival; });
  const std::size_t size = change.record.body ? change.record.body->size() : 0;
  const bool network = change.record.source == ports::Source::network && change.record.body;
  const std::uint64_t digest = network ? network_digest(*change.record.body) : 0;
  published.publications.insert(after, Publication{change.record, nullptr, size, digest});
}

void apply_one(ResourceState& state, const ports::RetagPublication& change) {
  const Found found = find_publication(state, change.old_etag);
  if (!found) return;
  found.publication().record.etag = change.etag;
  found.publication().record.expires_at = change.expires_at;
  found.publication().record.mark = change.mark;
}

void apply_one(ResourceState& state, const ports::DropPublication& change) {
  const Found found = find_publication(state, change.etag);
  if (!found) return;
  auto& publications = found.published->publications;
  publications.erase(publications.begin() + static_cast<std::ptrdiff_t>(found.at));
}

void apply_one(ResourceState& state, const ports::PutDialog& change) {
  Dialog& dialog = state.dialogs[change.record.info->local_tag];
  if (dialog.record.info != change.record.info) dialog.fixed = fixed_headers(*change.record.info);
  dialog.record = change.record;
}

void apply_one(ResourceState& state, const ports::DropDialog& change) { state.dialogs.erase(change.tag); }

void apply_one(ResourceState& state, const ports::PutSubscription& change) {
  const auto [at, is_new] = state.subscriptions.try_emplace(change.record.id);
  Subscription& subscription = at->second;
  const ports::DialogTag before = subscription.record.dialog;
  if (!is_new) --counted(state, subscription);
  subscription.record = change.record;
  ++counted(state, subscription);
  if (is_new && is_template(change.record.package)) state.templates.push_back(change.record.id);
  if (before == change.record.dialog) return;
  if (Dialog* dialog = find(state, before)) erase_value(dialog->subscriptions, change.record.id);
  if (Dialog* dialog = find(state, change.record.dialog)) dialog->subscriptions.push_back(change.record.id);
}

// One that still owes its last NOTIFY stays in memory until SubscriptionGone.
void apply_one(ResourceState& state, const ports::DropSubscription& change) {
  const Subscription* subscription = find(state, change.id);
  if (subscription && !subscription->ending) forget(state, change.id);
}

void apply_one(ResourceState& state, const ports::PutPublished& change) {
  state.published[change.record.package].record = change.record;
}

void apply_one(ResourceState& state, const ports::DropPublished& change) { state.published.erase(change.package); }

void apply_one(ResourceState& state, const ports::PutSent& change) {
  Subscription* subscription = find(state, change.record.id);
  if (!subscription) return;
  subscription->acknowledged = true;
  subscription->sent_basis = change.record.basis;
  subscription->sent_digest = change.record.digest;
  subscription->not_before = change.record.not_before;
}

void apply_one(ResourceState& state, const ports::PutAnswered& change) {
  state.answered.insert_or_assign(change.record.mark.hash, change.record);
}

void apply_one(ResourceState& state, const ports::DropAnswered& change) { state.answered.erase(change.hash); }

void apply_one(ResourceState& state, const ports::PutRegistration& change) { state.registration = change.record; }

void apply_one(ResourceState& state, const ports::DropRegistration& /*change*/) { state.registration.reset(); }

void apply_one(ResourceState& state, const ports::PutLink& change) { state.link = change.record; }

void apply_one(ResourceState& state, const ports::DropLink& /*change*/) { state.link = {}; }

void apply_one(ResourceState& state, const ports::RecordChange& change) {
  std::visit([&state](const auto& one) { apply_one(state, one); }, change);
}

// --- what is not stored ---------------------------------------------------------------------------------------------

void apply_one(ResourceState& state, const PublicationParsed& change) {
  const Found found = find_publication(state, change.etag);
  if (!found) return;
  found.publication().document = change.document;
  found.publication().record.body.reset();  // the store keeps it; here the document stands for it
}

void apply_one(ResourceState& state, const SubscriptionDecided& change) {
  Subscription* subscription = find(state, change.id);
  if (!subscription) return;
  subscription->view = change.verdict.view;
  subscription->view_until = change.verdict.until;
  subscription->view_by_state = change.verdict.by_state;
  subscription->undecided = Undecided::no;
}

void apply_one(ResourceState& state, const SubscriptionUndecided& change) {
  if (Subscription* subscription = find(state, change.id)) subscription->undecided = change.since;
}

void apply_one(ResourceState& state, const DocumentHeld& change) {
  state.documents.insert_or_assign(change.key, change.state);
}

void apply_one(ResourceState& state, const DocumentLeft& change) { state.documents.erase(change.key); }

void apply_one(ResourceState& state, const RequestHeld& change) {
  state.held.emplace(state.next_held++, change.request);
}

void apply_one(ResourceState& state, const RequestReleased& change) { state.held.erase(change.id); }

void apply_one(ResourceState& state, const QuestionHeld& change) { state.asked.emplace(change.id, change.question); }

void apply_one(ResourceState& state, const QuestionReleased& change) { state.asked.erase(change.id); }

void apply_one(ResourceState& state, const NotifyAbandoned& change) {
  if (Dialog* dialog = find(state, change.dialog)) dialog->outstanding.reset();
}

void apply_one(ResourceState& state, const SubscriptionDirty& change) {
  Subscription* subscription = find(state, change.id);
  if (!subscription) return;
  subscription->dirty = true;
  subscription->forced |= change.forced;
  subscription->full |= change.full;
  subscription->urgent |= change.urgent;
  owe(state, *subscription);
}

void apply_one(ResourceState& state, const SubscriptionEnding& change) {
  Subscription* subscription = find(state, change.id);
  if (!subscription) return;
  subscription->ending = change.ending;
  --counted(state, *subscription);
  subscription->record.state = ports::SubscriptionState::terminated;
  ++counted(state, *subscription);
  owe(state, *subscription);
}

void apply_one(ResourceState& state, const SubscriptionGone& change) { forget(state, change.id); }

void apply_one(ResourceState& state, const WatcherMoved& change) {
  if (Subscription* subscription = find(state, change.id)) subscription->record.last_event = change.event;
}

void apply_one(ResourceState& state, const WatcherReported& change) {
  Subscription* subscription = find(state, change.to);
  if (!subscription) return;
  subscription->watcher_changes[change.watcher.id] = change.watcher;
  subscription->dirty = true;
  owe(state, *subscription);
}

void apply_one(ResourceState& state, const NotifyStarted& change) {
  if (Dialog* dialog = find(state, change.dialog)) {
    dialog->local_cseq = change.cseq;
    dialog->outstanding = Outstanding{change.cseq, change.id};
  }
  Subscription* subscription = find(state, change.id);
  if (!subscription) return;
  subscription->dirty = subscription->forced = subscription->urgent = subscription->full = false;
  subscription->not_before = change.not_before;
  subscription->sent_digest = change.digest;
  subscription->sent_basis = change.basis;
  subscription->acknowledged = false;
  subscription->last_notify = {change.at, change.cseq};
  // By exactly one for each NOTIFY, refreshes too [RFC6665 5.3.2, RFC3858 4].
  if (!PS_MUTANT("winfo-version-stands-still")) subscription->version += 1;
  subscription->watcher_changes.clear();
}

void apply_one(ResourceState& state, const NotifySkipped& change) {
  if (Subscription* subscription = find(state, change.id)) subscription->dirty = subscription->urgent = false;
}

void apply_one(ResourceState& state, const NotifyEnded& change) {
  Dialog* dialog = find(state, change.dialog);
  if (!dialog) return;
  Subscription* told = dialog->outstanding ? find(state, dialog->outstanding->subscription) : nullptr;
  if (told && told->last_notify.cseq == dialog->outstanding->cseq) {
    told->last_notify.status = change.status;
    told->last_notify.outcome = change.outcome;
  }
  dialog->outstanding.reset();
  dialog->silences = change.silent ? dialog->silences + 1 : 0;
  for (const ports::SubscriptionId id : dialog->subscriptions) {
    if (const Subscription* subscription = find(state, id); subscription->dirty || subscription->ending)
      owe(state, *subscription);
  }
}

void apply_one(ResourceState& state, const NotifyPostponed& change) {
  if (Subscription* subscription = find(state, change.id)) {
    subscription->dirty = true;
    subscription->not_before = change.until;
    subscription->sent_digest = 0;  // what failed was not seen
    subscription->acknowledged = false;
  }
}

void apply_one(ResourceState& state, const OwedSwept&) { state.owed.clear(); }

void apply_one(ResourceState& state, const LastNotifySent& change) {
  if (Subscription* subscription = find(state, change.id)) subscription->ending.reset();
}

void apply_one(ResourceState& state, const NotifyParked& change) {
  Subscription* subscription = find(state, change.id);
  if (!subscription || (subscription->parked && !change.first)) return;
  subscription->parked = true;
  if (change.first) {
    state.parked.insert(state.parked.begin(), change.id);
  } else {
    state.parked.push_back(change.id);
  }
}

void apply_one(ResourceState& state, const TurnCame& change) {
  const std::size_t count = std::min(change.count, state.parked.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (Subscription* subscription = find(state, state.parked[i])) {
      subscription->parked = false;
      owe(state, *subscription);
    }
  }
  state.parked.erase(state.parked.begin(), state.parked.begin() + static_cast<std::ptrdiff_t>(count));
}

void apply_one(ResourceState& state, const SubscriberKnown& change) { state.subscriber = change.subscriber; }

void apply_one(ResourceState& state, const AliasHeld& change) {
  if (change.published) {
    state.aliases.insert_or_assign(change.alias, change.published);
  } else {
    state.aliases.erase(change.alias);
  }
}

void apply_one(ResourceState& state, const VolatileChange& change) {
  std::visit([&state](const auto& one) { apply_one(state, one); }, change);
}

}  // namespace

void apply(ResourceState& state, const Change& change) {
  std::visit([&state](const auto& one) { apply_one(state, one); }, change);
}

}  // namespace presentia::event
