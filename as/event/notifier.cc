#include "as/event/notifier.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "as/base/log.h"
#include "as/base/mutants.h"
#include "as/event/dialog.h"
#include "as/event/render.h"
#include "as/event/watcher_machine.h"
#include "as/event/watchers.h"

namespace presentia::event {
namespace {

using base::Seconds;
using ports::SubscriptionState;

constexpr std::uint32_t kFirstCseq = 1;
constexpr Seconds kDeafPause{4};            // before a deaf watcher is looked at again: T2
constexpr std::uint32_t kMostDoubled = 16;  // far beyond the longest pause
constexpr std::array kDialogFailures{404, 410, 416, 482, 483, 484, 485, 502, 604};  // end the dialog [RFC5057 5.1]
constexpr std::array kUsageFailures{405, 480, 481, 489, 501};  // end the subscription [RFC6665 4.2.2]

// With the id of the SUBSCRIBE [RFC6665 4.5.2].
std::string event_value(const ports::SubscriptionRecord& record) {
  return record.event_id && !PS_MUTANT("event-id-dropped") ? record.package + ";id=" + *record.event_id
                                                           : record.package;
}

// Rounded up, so that a watcher never thinks that a live subscription has ended.
std::int64_t remaining_s(const ports::SubscriptionRecord& record, base::Instant now) {
  if (PS_MUTANT("expires-stands-still")) now = record.subscribed_at;
  return std::max<std::int64_t>(0, std::chrono::ceil<Seconds>(record.expires_at - now).count());
}

std::string_view reason(const Ending& ending) { return ending.invariant ? "invariant" : word(ending.reason); }

// [RFC6665 4.1.3]
std::string state_value(const ports::SubscriptionRecord& record, const std::optional<Ending>& ending,
                        base::Instant now) {
  if (!ending && PS_MUTANT("state-without-expires")) return std::string(word(record.state));
  if (!ending) return std::string(word(record.state)) + ";expires=" + std::to_string(remaining_s(record, now));
  if (PS_MUTANT("terminated-without-reason")) return "terminated";
  std::string value = "terminated;reason=" + std::string(reason(*ending));
  if (ending->retry_after) value += ";retry-after=" + std::to_string(ending->retry_after->count());
  return value;
}

ports::SipOutgoing with_content(ports::SipOutgoing notify, const ports::SubscriptionRecord& record,
                                const std::optional<Ending>& ending, Body body, base::Instant now) {
  notify.varying +=
      "Event: " + event_value(record) + "\r\nSubscription-State: " + state_value(record, ending, now) + "\r\n";
  notify.content_type = std::move(body.content_type);
  notify.body = std::move(body.bytes);
  return notify;
}

std::uint64_t digest(const Body& body, SubscriptionState state) {
  const std::size_t bytes = body.bytes ? std::hash<std::string>{}(*body.bytes) : 0;
  return bytes ^ (static_cast<std::size_t>(state) + 1) * 0x9E3779B97F4A7C15ULL;
}

std::uint64_t changes_of(const ResourceState& state, const std::string& package) {
  const auto published = state.published.find(package);
  return published == state.published.end() ? 0 : published->second.record.changes;
}

ports::SentRecord arrived(const ResourceState& state, const Subscription& subscription) {
  const ports::SubscriptionRecord& record = subscription.record;
  return {record.id, changes_of(state, record.package), subscription.sent_digest, subscription.not_before};
}

// --- planning -------------------------------------------------------------------------------------------------------

class Plan {
 public:
  Plan(Draft& draft, const ResourceState& state, const Context& context)
      : draft_(&draft), state_(&state), context_(&context), renderer_(state, context) {}

  void consider(const Subscription& subscription) {
    if (!subscription.dirty && !subscription.ending) return;
    if (is_silenced(subscription)) return;  // it is owed when it is decided
    if (!seen_.insert(subscription.record.id).second) return;
    if (subscription.record.feed) return deliver(subscription);
    const auto dialog = state_->dialogs.find(subscription.record.dialog);
    if (dialog == state_->dialogs.end()) return gone(subscription);
    if (subscription.ending && PS_MUTANT("end-not-notified")) return gone(subscription);
    to_dialog(dialog->second, subscription);
  }

 private:
  void to_dialog(const Dialog& dialog, const Subscription& subscription) {
    const ports::DialogTag& tag = dialog.record.info->local_tag;
    if (busy_.contains(tag)) return;  // looked at again when the dialog may send again
    const bool urgent = subscription.urgent || (subscription.ending && subscription.ending->rights_lost);
    // One at a time, so that the NOTIFY with the highest CSeq has the newest state [RFC3856 6.8].
    if (dialog.outstanding && !urgent) return;
    const bool must = subscription.forced || subscription.ending;
    if (!must && !urgent && subscription.not_before > context_->now) {
      return draft_->act(
          Arm{subscription.record.id, std::min(subscription.not_before, subscription.record.expires_at)});
    }
    if (!may_go(dialog, subscription, urgent || subscription.ending)) return;
    Body body = shown(subscription);
    const std::uint64_t sent = digest(body, subscription.record.state);
    if (!must && subscription.sent_digest == sent) return skip(subscription);
    if (dialog.outstanding) draft_->act(Abandon{tag, dialog.outstanding->cseq});
    busy_.insert(tag);
    send(dialog, subscription, std::move(body), sent);
  }

  // What it may see is not known; that it is pending may be said.
  static bool is_silenced(const Subscription& subscription) {
    return subscription.undecided != Undecided::no && !subscription.ending &&
           subscription.view.handling != SubHandling::confirm;
  }

  // A change that this watcher does not see; after a restart it still has what it has.
  void skip(const Subscription& subscription) {
    draft_->change(NotifySkipped{subscription.record.id});
    if (subscription.acknowledged && subscription.sent_basis != changes_of(*state_, subscription.record.package))
      draft_->store(ports::PutSent{arrived(*state_, subscription)});
  }

  // What may not goes on being owed: until its turn comes, or for a while.
  bool may_go(const Dialog& dialog, const Subscription& subscription, bool first) {
    if (context_->budget == nullptr) return true;
    const ports::SubscriptionRecord& record = subscription.record;
    switch (context_->budget->ask(hop_of(*dialog.record.info), first)) {
      case SendBudget::Answer::send:
        return true;
      case SendBudget::Answer::wait_for_turn:
        draft_->change(NotifyParked{record.id, first});
        return false;
      case SendBudget::Answer::wait_a_while:
        draft_->act(Arm{record.id, std::min(context_->now + kDeafPause, record.expires_at)});
        return false;
    }
    return true;
  }

  Body shown(const Subscription& subscription) {
    if (subscription.ending && subscription.ending->rights_lost) return {};
    return renderer_.body(subscription.record, subscription.view, &subscription);
  }

  void send(const Dialog& dialog, const Subscription& subscription, Body body, std::uint64_t sent) {
    const ports::SubscriptionRecord& record = subscription.record;
    const ports::DialogTag& tag = dialog.record.info->local_tag;
    const std::uint32_t cseq = PS_MUTANT("notify-cseq-stands-still") ? 1 : dialog.local_cseq + 1;
    if (cseq > dialog.record.local_cseq_ceiling) {  // a block of CSeqs is reserved before the first of them is seen
      ports::DialogRecord reserved = dialog.record;
      reserved.local_cseq_ceiling = cseq + kCseqBlock - 1;
      draft_->store(ports::PutDialog{std::move(reserved), false});
    }
    draft_->change(NotifyStarted{tag, record.id, cseq, paced_until(subscription), sent,
                                 changes_of(*state_, record.package), context_->now});
    draft_->act(Notify{tag, cseq,
                       with_content(make_notify(*dialog.record.info, dialog.fixed, cseq, context_->settings), record,
                                    subscription.ending, std::move(body), context_->now),
                       hop_of(*dialog.record.info)});
    if (subscription.ending) finish(subscription, dialog);
  }

  // The last NOTIFY is on its way: what is left of the subscription goes, or waits for the presentity.
  void finish(const Subscription& subscription, const Dialog& dialog) {
    const ports::SubscriptionRecord& record = subscription.record;
    if (record.state == SubscriptionState::waiting) {
      keep_waiting(subscription);
    } else {
      draft_->change(SubscriptionGone{record.id});
    }
    const auto others = std::ranges::count_if(
        dialog.subscriptions, [&](ports::SubscriptionId id) { return id != record.id && !ended_.contains(id); });
    ended_.insert(record.id);
    if (others == 0) draft_->store(ports::DropDialog{dialog.record.info->local_tag});
  }

  void keep_waiting(const Subscription& subscription) {
    ports::SubscriptionRecord waiting = subscription.record;
    waiting.dialog.clear();
    waiting.feed.reset();
    draft_->change(LastNotifySent{waiting.id});
    draft_->act(Arm{waiting.id, waiting.expires_at});
    draft_->store(ports::PutSubscription{std::move(waiting)});
  }

  void gone(const Subscription& subscription) {
    if (subscription.ending && subscription.record.state != SubscriptionState::waiting)
      return draft_->change(SubscriptionGone{subscription.record.id});
    draft_->change(NotifySkipped{subscription.record.id});
    if (subscription.ending) draft_->change(LastNotifySent{subscription.record.id});
  }

  void deliver(const Subscription& subscription) {
    const ports::SubscriptionRecord& record = subscription.record;
    Body body = shown(subscription);
    const std::uint64_t sent = digest(body, record.state);
    const bool must = subscription.forced || subscription.ending;
    if (!must && subscription.sent_digest == sent) return draft_->change(NotifySkipped{record.id});
    draft_->change(
        NotifyStarted{{}, record.id, 0, context_->now, sent, changes_of(*state_, record.package), context_->now});
    draft_->act(Deliver{*record.feed, state_->resource, record.package, subscription.version,
                        subscription.ending ? SubscriptionState::terminated : record.state,
                        subscription.ending ? subscription.ending->reason : record.last_event, std::move(body)});
    if (!subscription.ending) return;
    if (record.state == SubscriptionState::waiting) return keep_waiting(subscription);
    draft_->change(SubscriptionGone{record.id});
  }

  // [RFC3856 6.10, RFC3857 4.10, TS24.229 5.7.1.6] Only a NOTIFY caused by a change of state keeps the next one
  // waiting.
  [[nodiscard]] base::Instant paced_until(const Subscription& subscription) const {
    if (subscription.forced || PS_MUTANT("notify-not-paced")) return subscription.not_before;
    return context_->now + Seconds{context_->settings.config().notify().min_interval_s()};
  }

  Draft* draft_;
  const ResourceState* state_;
  const Context* context_;
  Renderer renderer_;
  std::unordered_set<ports::DialogTag> busy_;  // dialogs that send in this plan
  std::unordered_set<ports::SubscriptionId> seen_;
  std::unordered_set<ports::SubscriptionId> ended_;
};

// --- outcomes -------------------------------------------------------------------------------------------------------

template <std::size_t N>
bool among(const std::array<int, N>& statuses, int status) {
  return std::ranges::find(statuses, status) != statuses.end();
}

// No NOTIFY says goodbye to a watcher whose NOTIFY failed [RFC6665 4.2.2].
void drop(Draft& draft, const ResourceState& state, const Subscription& subscription, const Context& context) {
  const ports::SubscriptionRecord& record = subscription.record;
  if (subscription.ending && record.state == SubscriptionState::waiting) {  // the presentity still decides about it
    ports::SubscriptionRecord waiting = record;
    waiting.dialog.clear();
    draft.change(LastNotifySent{record.id});
    draft.act(Arm{record.id, record.expires_at});
    return draft.store(ports::PutSubscription{std::move(waiting)});
  }
  if (subscription.ending) return draft.change(SubscriptionGone{record.id});
  const bool pending = record.state == SubscriptionState::pending;
  move_watcher(draft, state, context, subscription, pending ? WatcherEvent::giveup : WatcherEvent::timeout);
  draft.act(Disarm{record.id});
  draft.store(ports::DropSubscription{record.id});
}

void drop_after_failure(Draft& draft, const ResourceState& state, const Dialog& dialog, bool whole_dialog,
                        ports::SubscriptionId failed, const Context& context) {
  std::size_t left = 0;
  for (const ports::SubscriptionId id : dialog.subscriptions) {
    if (whole_dialog || id == failed) {
      drop(draft, state, state.subscriptions.at(id), context);
    } else {
      ++left;
    }
  }
  if (left == 0) draft.store(ports::DropDialog{dialog.record.info->local_tag});
}

// The subscription stays; its watcher is told the newest state later, and later each time that it is silent.
void postpone(Draft& draft, const Subscription& subscription, const ports::SipOutcome& outcome, std::uint32_t silences,
              const Context& context) {
  const config::Notify& policy = context.settings.config().notify();
  const Seconds own{std::int64_t{policy.retry_after_s()} << std::min(silences, kMostDoubled)};
  const Seconds pause = std::min(outcome.retry_after.value_or(own), Seconds{policy.max_retry_after_s()});
  const base::Instant until = context.now + pause;
  draft.change(SubscriptionDirty{subscription.record.id, false, true});
  draft.change(NotifyPostponed{subscription.record.id, until});
  if (until < subscription.record.expires_at) draft.act(Arm{subscription.record.id, until});
}

// The watcher has it: a restart need not send it again. A template's documents build on each other, and start anew
// then.
void acknowledge(Draft& draft, const ResourceState& state, const Dialog& dialog) {
  const auto found = state.subscriptions.find(dialog.outstanding->subscription);
  if (found == state.subscriptions.end()) return;
  const Subscription& subscription = found->second;
  if (subscription.ending || subscription.forced) return;  // another one is owed, whatever this one said
  if (std::ranges::find(state.templates, found->first) != state.templates.end()) return;
  draft.store(
      ports::PutSent{{found->first, subscription.sent_basis, subscription.sent_digest, subscription.not_before}});
}

void failed(Draft& draft, const ResourceState& state, const Dialog& dialog, const NotifyFinished& event,
            const Context& context) {
  const ports::SipOutcome& outcome = event.outcome;
  const ports::SubscriptionId id = dialog.outstanding->subscription;
  base::log(base::Module::event, base::Level::info, "notify.failed",
            {{"resource", state.resource},
             {"call_id", dialog.record.info->call_id},
             {"outcome", ports::word(outcome.kind)},
             {"status", outcome.status}});
  const bool answered = outcome.kind == ports::OutcomeKind::response;
  const bool ends_dialog = answered && among(kDialogFailures, outcome.status);
  const bool silent = !answered || outcome.status == 408;
  const bool ends = ends_dialog || (answered && among(kUsageFailures, outcome.status) && !outcome.retry_after) ||
                    (silent && !outcome.retry_after && context.settings.config().notify().remove_on_timeout());
  if (ends && !PS_MUTANT("notify-481-ignored"))
    return drop_after_failure(draft, state, dialog, ends_dialog || silent, id, context);
  const auto subscription = state.subscriptions.find(id);
  if (subscription != state.subscriptions.end() && !subscription->second.ending)
    postpone(draft, subscription->second, outcome, silent ? dialog.silences : 0, context);
}

}  // namespace

void notify_once(Draft& draft, const ResourceState& state, const ports::SubscriptionRecord& record, const View& view,
                 const ports::DialogInfo& dialog, const Context& context) {
  Renderer renderer(state, context);
  const Ending ending{WatcherEvent::timeout, {}, false, false};
  draft.act(Notify{dialog.local_tag, kFirstCseq,
                   with_content(make_notify(dialog, nullptr, kFirstCseq, context.settings), record, ending,
                                renderer.body(record, view, nullptr), context.now),
                   hop_of(dialog)});
}

void decide_notify_finished(Draft& draft, const ResourceState& state, const NotifyFinished& event,
                            const Context& context) {
  const ports::SipOutcome& outcome = event.outcome;
  const bool success = outcome.kind == ports::OutcomeKind::response && outcome.status / 100 == 2;
  draft.count("notify", outcome.kind == ports::OutcomeKind::response ? std::to_string(outcome.status)
                                                                     : std::string(ports::word(outcome.kind)));
  const auto found = state.dialogs.find(event.dialog);
  if (found == state.dialogs.end()) return;
  const Dialog& dialog = found->second;
  if (!dialog.outstanding || dialog.outstanding->cseq != event.cseq) return;  // an abandoned one
  if (success) {
    // [RFC3261 12.2.1.2], but some user agents copy our own Contact into their answer
    acknowledge(draft, state, dialog);
    const bool echoed = outcome.contact == dialog.record.info->own_contact;
    const ports::DialogInfoPtr info = with_target(dialog.record.info, echoed ? std::string() : outcome.contact);
    if (info != dialog.record.info) {
      ports::DialogRecord moved = dialog.record;
      moved.info = info;
      draft.store(ports::PutDialog{std::move(moved), true});
    }
  } else {
    failed(draft, state, dialog, event, context);
  }
  const bool silent = outcome.kind == ports::OutcomeKind::timeout || outcome.status == 408;
  draft.change(NotifyEnded{event.dialog, outcome.kind, outcome.status, silent});
}

void decide_notify_again(Draft& draft, const ResourceState& state, ports::SubscriptionId id) {
  for (const auto& [own, subscription] : state.subscriptions) {
    if ((id != 0 && id != own) || !is_notified(subscription)) continue;
    draft.change(SubscriptionDirty{own, true, true});
    draft.count("notify", "again");
  }
}

void plan_notifies(Draft& draft, const ResourceState& state, const Context& context) {
  if (state.owed.empty()) return;
  draft.change(OwedSwept{});  // first: what waits for its turn is parked behind it
  Plan plan(draft, state, context);
  for (const ports::SubscriptionId id : state.owed) {
    const auto subscription = state.subscriptions.find(id);
    if (subscription != state.subscriptions.end()) plan.consider(subscription->second);
  }
}

}  // namespace presentia::event
