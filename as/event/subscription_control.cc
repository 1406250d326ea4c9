#include "as/event/subscription_control.h"

#include <algorithm>

#include "as/base/log.h"
#include "as/base/mutants.h"
#include "as/base/uri.h"
#include "as/event/dialog.h"
#include "as/event/identity.h"
#include "as/event/mark.h"
#include "as/event/notifier.h"
#include "as/event/quota.h"
#include "as/event/rights.h"
#include "as/event/subscribe_checks.h"
#include "as/event/subscriptions.h"
#include "as/event/watcher_machine.h"
#include "as/event/watchers.h"

namespace presentia::event {
namespace {

using base::Seconds;
using ports::SubscriptionState;

const Dialog* find_dialog(const ResourceState& state, const ports::SipRequest& request) {
  const auto found = state.dialogs.find(request.to_tag);
  return found != state.dialogs.end() && belongs_to(request, *found->second.record.info) ? &found->second : nullptr;
}

// Subscriptions that share a dialog are told apart by package and id [RFC6665 4.5.2].
const Subscription* find_in_dialog(const ResourceState& state, const Dialog& dialog, const ports::EventHeader& event) {
  for (const ports::SubscriptionId id : dialog.subscriptions) {
    const Subscription& subscription = state.subscriptions.at(id);
    if (subscription.record.package == event.package && subscription.record.event_id == event.id) return &subscription;
  }
  return nullptr;
}

void accept(Draft& draft, const ports::SipRequest& request, const ports::DialogTag& tag, const View& view,
            Seconds lifetime, const Context& context) {
  const config::Subscription& policy = context.settings.config().event().subscription();
  const bool pending_202 =
      view.handling == SubHandling::confirm &&
      (policy.pending_status() == config::Subscription::STATUS_202 || PS_MUTANT("pending-answered-202"));
  ports::SipResponse response;
  response.status = pending_202 ? 202 : 200;  // [RFC6665 8.3]
  response.to_tag = tag;
  if (!PS_MUTANT("subscribe-without-expires"))  // never more than asked [RFC6665 3.1.1]
    response.headers.emplace_back("Expires", std::to_string(lifetime.count()));
  response.headers.emplace_back("Contact", contact_value(policy.contact_display_name(), request.own_contact));
  if (!PS_MUTANT("record-route-not-returned"))
    for (const std::string& value : request.record_route) response.headers.emplace_back("Record-Route", value);
  response.headers.emplace_back("Allow-Events", context.packages.allow_events());
  add_charging(response.headers, request.charging, policy.charging_ioi());
  draft.count("subscribe", std::to_string(response.status));
  draft.act(Respond{request.key, std::move(response)});
}

// All identities of the presentity itself are one watcher.
std::optional<ports::WatcherIdentity> watcher_here(const ResourceState& state, const ports::SipRequest& request,
                                                   const Context& context) {
  auto watcher = watcher_of(request, context.settings);
  if (watcher && !watcher->anonymous() && state.is_own(watcher->uri)) watcher->uri = state.resource;
  return watcher;
}

// --- copies from before a restart ------------------------------------------------------------------------------------

// The copy of a SUBSCRIBE that was carried out before a restart gets its answer, and does nothing.
bool answered_again(Draft& draft, const ports::SipRequest& request, const ports::RequestMark& mark,
                    const ports::DialogTag& tag, const View& view, const Context& context) {
  if (mark.hash != mark_hash(request) || context.now >= mark.until) return false;
  accept(draft, request, tag, view, Seconds{mark.granted}, context);
  draft.count("subscribe", "again");
  return true;
}

bool opened_before(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                   const ports::WatcherIdentity& watcher, const Context& context) {
  if (!may_be_copies(context)) return false;
  const std::uint64_t hash = mark_hash(request);
  for (const auto& [tag, dialog] : state.dialogs) {
    if (dialog.record.mark.hash != hash || dialog.subscriptions.empty()) continue;
    const Subscription& subscription = state.subscriptions.at(dialog.subscriptions.front());
    if (subscription.record.watcher == watcher)
      return answered_again(draft, request, dialog.record.mark, tag, subscription.view, context);
  }
  return false;
}

// In a dialog that is over or not.
bool done_before(Draft& draft, const ResourceState& state, const ports::SipRequest& request, const Context& context) {
  if (!may_be_copies(context)) return false;
  const auto ended = state.answered.find(mark_hash(request));
  if (ended != state.answered.end())
    return answered_again(draft, request, ended->second.mark, request.to_tag, View{}, context);
  const Dialog* dialog = find_dialog(state, request);
  if (!dialog || dialog->subscriptions.empty()) return false;
  const View& view = state.subscriptions.at(dialog->subscriptions.front()).view;
  return answered_again(draft, request, dialog->record.mark, request.to_tag, view, context);
}

// --- new subscriptions ----------------------------------------------------------------------------------------------

// [RFC6665 4.2.1.3] 403 for who is refused by rule. [RFC3857 4.7.1] init to terminated: the presentity learns that a
// refused watcher asked.
void refuse_watcher(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                    const ports::WatcherIdentity& watcher, const Context& context) {
  draft.refuse(request.key, 403, "watcher", "the presentity does not let this watcher subscribe");
  report_watcher(draft, state, context, request.event->package,
                 {context.tokens.number(), watcher, SubscriptionState::terminated, WatcherEvent::rejected, context.now,
                  context.now});
}

NewSubscription make_subscription(const ports::SipRequest& request, const Asked& asked,
                                  const ports::WatcherIdentity& watcher, const Verdict& verdict,
                                  const Context& context) {
  NewSubscription made;
  made.verdict = verdict;
  made.record.id = context.tokens.number();
  made.record.package = request.event->package;
  made.record.event_id = request.event->id;
  made.record.watcher = watcher;
  made.record.state = state_of(verdict.view);
  made.record.subscribed_at = context.now;
  made.record.expires_at = context.now + asked.lifetime;
  made.record.body_type = asked.body_type;
  return made;
}

void notify_fetch(Draft& draft, const ResourceState& state, const ports::SipRequest& request, const Asked& asked,
                  const ports::WatcherIdentity& watcher, const Verdict& verdict, const ports::DialogInfo& dialog,
                  const Context& context) {
  NewSubscription once = make_subscription(request, asked, watcher, verdict, context);
  notify_once(draft, state, once.record, verdict.view, dialog, context);
  if (once.record.state == SubscriptionState::pending && !PS_MUTANT("fetch-forgotten"))
    remember_fetch(draft, state, once.record.package, watcher, context);
}

void fetch(Draft& draft, const ResourceState& state, const ports::SipRequest& request, const Asked& asked,
           const ports::WatcherIdentity& watcher, const Verdict& verdict, const Context& context) {
  const ports::DialogInfoPtr dialog = make_dialog(request, context.tokens.tag(context.partition));
  accept(draft, request, dialog->local_tag, verdict.view, Seconds{0}, context);
  if (!verdict.decided) return hold(draft, state, request, dialog, context);  // only its NOTIFY waits on
  notify_fetch(draft, state, request, asked, watcher, verdict, *dialog, context);
}

// Nothing can be decided yet: true if the request waits. A watcher that cannot wait is pending until it can be.
bool must_wait(Draft& draft, const ResourceState& state, const ports::SipRequest& request, Patience patience,
               Verdict& verdict, const Context& context) {
  if (verdict.decided) return false;
  verdict.view = {SubHandling::confirm, {}};
  if (patience == Patience::none || !may_hold(state)) return false;
  hold(draft, state, request, nullptr, context);
  return true;
}

// The only way to a subscription with a dialog [RFC6665 4.2.1], and each has one of its own [RFC6665 4.4.1].
void subscribe_initially(Draft& draft, const ResourceState& state, const ports::SipRequest& request, const Asked& asked,
                         Patience patience, const Context& context) {
  // No state for senders that nobody vouches for; identities asserted by the network authenticate all others
  // [RFC3856 6.6.1, RFC6665 6.3].
  const auto watcher = watcher_here(state, request, context);
  if (!watcher)
    return draft.refuse(request.key, 403, "identity", "no identity is asserted for the sender of this request");
  if (opened_before(draft, state, request, *watcher, context)) return;
  Verdict verdict = decide_watcher(state, request.event->package, *watcher, context);
  if (must_wait(draft, state, request, patience, verdict, context)) return;
  const View& view = verdict.view;
  if (view.handling == SubHandling::block && !PS_MUTANT("blocked-accepted"))
    return refuse_watcher(draft, state, request, *watcher, context);
  if (asked.lifetime == Seconds{0} && !PS_MUTANT("fetch-subscribes"))
    return fetch(draft, state, request, asked, *watcher, verdict, context);
  if (refuse_subscription(draft, state, request, context)) return;
  const ports::DialogInfoPtr dialog = make_dialog(request, context.tokens.tag(context.partition));
  accept(draft, request, dialog->local_tag, view, asked.lifetime, context);
  draft.store(ports::PutDialog{{dialog, request.cseq, kCseqBlock, mark_of(request, asked.lifetime, context)}, true});
  NewSubscription made = make_subscription(request, asked, *watcher, verdict, context);
  made.record.dialog = dialog->local_tag;
  log_subscription("subscribe.created", state, made.record, request.call_id);
  put_new(draft, state, made, context);
}

// --- in a dialog ----------------------------------------------------------------------------------------------------

// [RFC3261 12.2.2] the target moves with the Contact; the CSeq is the highest seen.
void refresh_dialog(Draft& draft, const Dialog& dialog, const ports::SipRequest& request, Seconds granted,
                    const Context& context) {
  const ports::DialogInfoPtr info = with_target(dialog.record.info, request.contact);
  const bool moved = info != dialog.record.info;
  draft.store(ports::PutDialog{
      {info, request.cseq, dialog.record.local_cseq_ceiling, mark_of(request, granted, context)}, moved});
}

void refresh(Draft& draft, const ResourceState& state, const ports::SipRequest& request, const Asked& asked,
             const Dialog& dialog, const Subscription& subscription, const Context& context) {
  const ports::DialogTag& tag = dialog.record.info->local_tag;
  // What is not known does not change what is in force.
  const Verdict verdict = decide_watcher(state, subscription.record.package, subscription.record.watcher, context);
  const View& view = verdict.decided ? verdict.view : subscription.view;
  if (view.handling == SubHandling::block) {
    draft.refuse(request.key, 403, "watcher", "the presentity does not let this watcher subscribe any more");
    return end_subscription(draft, state, subscription, {WatcherEvent::rejected, {}, true, false}, context);
  }
  accept(draft, request, tag, view, asked.lifetime, context);
  refresh_dialog(draft, dialog, request, asked.lifetime, context);
  if (asked.lifetime == Seconds{0}) {  // [RFC6665 4.2.1.4]
    remember_answer(draft, {mark_of(request, Seconds{0}, context), tag});
    log_subscription("subscribe.ended", state, subscription.record, request.call_id);
    return end_subscription(draft, state, subscription, {WatcherEvent::timeout, {}, false, false}, context);
  }
  ports::SubscriptionRecord record = subscription.record;
  if (!PS_MUTANT("refresh-not-counted")) record.expires_at = context.now + asked.lifetime;
  record.body_type = asked.body_type;  // the latest Accept counts [RFC3856 6.7]
  draft.act(Disarm{record.id});
  arm_expiry(draft, record);
  draft.store(ports::PutSubscription{std::move(record)});
  if (PS_MUTANT("refresh-not-notified")) return;  // a NOTIFY at once [RFC6665 4.2.1.2]
  draft.change(SubscriptionDirty{subscription.record.id, true, !PS_MUTANT("winfo-refresh-partial")});
}

void add_to_dialog(Draft& draft, const ResourceState& state, const ports::SipRequest& request, const Asked& asked,
                   const Dialog& dialog, const ports::WatcherIdentity& watcher, Patience patience,
                   const Context& context) {
  if (asked.lifetime == Seconds{0})
    return draft.refuse(request.key, 481, "dialog", "no such subscription in this dialog");
  Verdict verdict = decide_watcher(state, request.event->package, watcher, context);
  if (must_wait(draft, state, request, patience, verdict, context)) return;
  const View& view = verdict.view;
  if (view.handling == SubHandling::block) return refuse_watcher(draft, state, request, watcher, context);
  if (refuse_subscription(draft, state, request, context)) return;
  accept(draft, request, dialog.record.info->local_tag, view, asked.lifetime, context);
  refresh_dialog(draft, dialog, request, asked.lifetime, context);
  NewSubscription made = make_subscription(request, asked, watcher, verdict, context);
  made.record.dialog = dialog.record.info->local_tag;
  log_subscription("subscribe.created", state, made.record, request.call_id);
  put_new(draft, state, made, context);
}

// A tag is no right: an identity asserted inside the dialog must be the one that opened it. In-dialog requests behind
// an S-CSCF often carry none.
bool is_stranger(const ResourceState& state, const ports::SipRequest& request, const ports::WatcherIdentity& watcher,
                 const Context& context) {
  if (request.asserted.empty() || watcher.anonymous()) return false;
  const auto known = identities(request, context.settings);
  return std::ranges::none_of(known, [&](const std::string& identity) {
    return identity == watcher.uri || (watcher.uri == state.resource && state.is_own(identity));
  });
}

void subscribe_in_dialog(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                         const Handler& handler, Patience patience, const Context& context) {
  if (done_before(draft, state, request, context)) return;
  const Dialog* dialog = find_dialog(state, request);
  if (!dialog || dialog->subscriptions.empty())
    return draft.refuse(request.key, 481, "dialog", "the tags name no dialog of this resource");
  if (request.cseq < dialog->record.remote_cseq && !PS_MUTANT("cseq-unchecked"))  // [RFC3261 12.2.2]
    return draft.refuse(request.key, 500, "cseq", "CSeq is lower than that of an earlier request");
  const ports::WatcherIdentity watcher = state.subscriptions.at(dialog->subscriptions.front()).record.watcher;
  if (is_stranger(state, request, watcher, context))
    return draft.refuse(request.key, 403, "identity", "the asserted identity is not the one that subscribed");
  const auto asked = check_subscribe(draft, state, request, handler, context);
  if (!asked) return;
  const Subscription* subscription = find_in_dialog(state, *dialog, *request.event);
  // Its last NOTIFY is still to go out: the watcher could not tell a new one from it [RFC6665 4.2.1.4].
  if (subscription && subscription->ending)
    return draft.refuse(request.key, 481, "dialog", "the subscription has ended");
  if (subscription) return refresh(draft, state, request, *asked, *dialog, *subscription, context);
  add_to_dialog(draft, state, request, *asked, *dialog, watcher, patience, context);
}

}  // namespace

void end_subscription(Draft& draft, const ResourceState& state, const Subscription& subscription, const Ending& ending,
                      const Context& context) {
  const ports::SubscriptionRecord& record = subscription.record;
  if (record.state == SubscriptionState::waiting)
    return end_waiting(draft, state, subscription, ending.reason, context);
  const bool undecided = record.state == SubscriptionState::pending && ending.reason == WatcherEvent::timeout;
  const Seconds keep{context.settings.config().event().subscription().waiting_expires_s()};
  draft.act(Disarm{record.id});
  if (undecided && keep > Seconds{0}) {  // [RFC3857 4.7.1] lives on as a waiting watcher, under the same id
    make_room_to_wait(draft, state, context);
    move_watcher(draft, state, context, subscription, WatcherEvent::timeout);
    draft.change(SubscriptionEnding{record.id, ending});
    ports::SubscriptionRecord waiting = record;
    waiting.state = SubscriptionState::waiting;
    waiting.last_event = WatcherEvent::timeout;
    waiting.expires_at = context.now + keep;
    draft.store(ports::PutSubscription{waiting});
    return arm_expiry(draft, waiting);
  }
  move_watcher(draft, state, context, subscription, undecided ? WatcherEvent::giveup : ending.reason);
  draft.change(SubscriptionEnding{record.id, ending});
  draft.store(ports::DropSubscription{record.id});
}

void decide_subscribe(Draft& draft, const ResourceState& state, const ports::SipRequest& request, Patience patience,
                      const Context& context) {
  const auto handler = context.packages.find(request.event->package);
  if (!request.to_tag.empty() && !PS_MUTANT("unknown-dialog-accepted"))
    return subscribe_in_dialog(draft, state, request, *handler, patience, context);
  if (const auto asked = check_subscribe(draft, state, request, *handler, context))
    subscribe_initially(draft, state, request, *asked, patience, context);
}

void finish_fetch(Draft& draft, const ResourceState& state, const HeldRequest& held, const Context& context) {
  const ports::SipRequest& request = *held.request;
  const auto handler = context.packages.find(request.event->package);
  const auto watcher = watcher_here(state, request, context);
  const auto asked = check_subscribe(draft, state, request, *handler, context);
  if (!watcher || !asked) return;  // it was checked before it was answered
  Verdict verdict = decide_watcher(state, request.event->package, *watcher, context);
  if (!verdict.decided) verdict.view = {SubHandling::confirm, {}};
  notify_fetch(draft, state, request, *asked, *watcher, verdict, *held.answered, context);
}

void decide_subscription_due(Draft& draft, const ResourceState& state, ports::SubscriptionId id,
                             const Context& context) {
  const auto found = state.subscriptions.find(id);
  if (found == state.subscriptions.end()) return;
  const Subscription& subscription = found->second;
  const ports::SubscriptionRecord& record = subscription.record;
  if (subscription.ending) return;  // armed again after the last NOTIFY
  if (record.expires_at <= context.now) {
    log_subscription("subscribe.expired", state, record, {});
    if (record.state == SubscriptionState::waiting)
      return end_waiting(draft, state, subscription, WatcherEvent::giveup, context);
    return end_subscription(draft, state, subscription, {WatcherEvent::timeout, {}, false, false}, context);
  }
  if (subscription.dirty) draft.change(SubscriptionDirty{id});  // looked at again; arms what is still to come
  arm_expiry(draft, record);
}

}  // namespace presentia::event
