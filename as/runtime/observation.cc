#include "as/runtime/observation.h"

#include <type_traits>
#include <unordered_set>
#include <utility>
#include <variant>

#include "as/base/uri.h"
#include "as/event/identity.h"
#include "as/event/watcher_machine.h"

namespace presentia::runtime {
namespace {

using ports::CoreEvent;
using ports::EventKind;

template <class T, class Variant>
constexpr bool kHolds = false;
template <class T, class... Ts>
constexpr bool kHolds<T, std::variant<Ts...>> = (std::is_same_v<T, Ts> || ...);

// Calls `seen` with each change of that kind.
template <class T, class Seen>
void each(const event::Decision& decision, const Seen& seen) {
  using Kind = std::conditional_t<kHolds<T, event::VolatileChange>, event::VolatileChange, ports::RecordChange>;
  for (const event::Change& change : decision.changes) {
    const auto* kind = std::get_if<Kind>(&change);
    const T* one = kind == nullptr ? nullptr : std::get_if<T>(kind);
    if (one != nullptr) seen(*one);
  }
}

const event::Subscription* find(const event::ResourceState& state, ports::SubscriptionId id) {
  const auto found = state.subscriptions.find(id);
  return found == state.subscriptions.end() ? nullptr : &found->second;
}

std::string call_id_of(const event::ResourceState& state, const ports::DialogTag& tag) {
  const auto found = state.dialogs.find(tag);
  return found == state.dialogs.end() ? std::string() : found->second.record.info->call_id;
}

std::string state_text(const event::Subscription& subscription) {
  if (!subscription.ending) return std::string(event::word(subscription.record.state));
  return "terminated;reason=" + std::string(event::word(subscription.ending->reason));
}

}  // namespace

std::string_view header(const ports::SipResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

void Observation::operator()(const event::ResourceState& before, const event::Decision& decision,
                             const ports::SipRequest* request) {
  const bool first = std::exchange(first_, false);
  request_ = request;
  if (first) outcome(before);
  refusal(before, decision);
  if (first) publications(before, decision);
  bool planned = false;  // the last decision: what it puts and drops has been told
  each<event::OwedSwept>(decision, [&](const event::OwedSwept&) { planned = true; });
  if (!planned) subscriptions(before, decision);
  notifies(before, decision);
}

CoreEvent& Observation::tell(const event::ResourceState& before, EventKind kind, std::string_view package) {
  CoreEvent& told = told_.emplace_back();
  told.at = now_;
  told.kind = kind;
  told.presentity = before.resource;
  told.package = package;
  if (request_ != nullptr) told.call_id = request_->call_id;
  return told;
}

CoreEvent& Observation::tell(const event::ResourceState& before, EventKind kind,
                             const ports::SubscriptionRecord& record) {
  CoreEvent& told = tell(before, kind, record.package);
  told.watcher = record.watcher.uri;
  told.subscription = record.id;
  if (told.call_id.empty()) told.call_id = call_id_of(before, record.dialog);
  return told;
}

void Observation::publications(const event::ResourceState& before, const event::Decision& decision) {
  ports::EntityTag replaced;
  std::string package;
  bool put = false;
  each<ports::DropPublication>(decision, [&](const ports::DropPublication& drop) {
    replaced = drop.etag;
    package = drop.package;
  });
  each<ports::PutPublication>(decision, [&](const ports::PutPublication& change) {
    const bool created = replaced.empty();
    CoreEvent& told =
        tell(before, created ? EventKind::publication_created : EventKind::publication_modified, change.record.package);
    told.etag = change.record.etag;
    if (!created) told.detail = "was " + replaced;
    put = true;
  });
  each<ports::RetagPublication>(decision, [&](const ports::RetagPublication& change) {
    CoreEvent& told = tell(before, EventKind::publication_refreshed, change.package);
    told.etag = change.etag;
    told.detail = "was " + change.old_etag;
  });
  if (put || replaced.empty()) return;
  const EventKind kind = std::holds_alternative<event::TimerDue>(event_)         ? EventKind::publication_expired
                         : std::holds_alternative<event::EndPublication>(event_) ? EventKind::publication_dropped
                                                                                 : EventKind::publication_removed;
  tell(before, kind, package).etag = replaced;
}

void Observation::ended(const event::ResourceState& before, const event::Subscription& subscription,
                        std::string detail) {
  const auto* timer = std::get_if<event::TimerDue>(&event_);
  const bool due = timer != nullptr && std::holds_alternative<ports::SubscriptionId>(timer->key);
  tell(before, due ? EventKind::subscription_expired : EventKind::subscription_ended, subscription.record).detail =
      std::move(detail);
}

void Observation::subscriptions(const event::ResourceState& before, const event::Decision& decision) {
  std::unordered_set<ports::SubscriptionId> told;
  each<event::SubscriptionEnding>(decision, [&](const event::SubscriptionEnding& change) {
    const event::Subscription* held = find(before, change.id);
    if (held != nullptr && told.insert(change.id).second)
      ended(before, *held, "reason=" + std::string(event::word(change.ending.reason)));
  });
  each<ports::DropSubscription>(decision, [&](const ports::DropSubscription& change) {
    const event::Subscription* held = find(before, change.id);
    if (held != nullptr && !held->ending && told.insert(change.id).second)
      ended(before, *held, "was " + std::string(event::word(held->record.state)));
  });
  each<ports::PutSubscription>(decision, [&](const ports::PutSubscription& change) {
    const event::Subscription* held = find(before, change.record.id);
    if (!told.insert(change.record.id).second) return;
    const EventKind kind = held == nullptr       ? EventKind::subscription_created
                           : request_ != nullptr ? EventKind::subscription_refreshed
                                                 : EventKind::subscription_decided;
    tell(before, kind, change.record).detail = event::word(change.record.state);
  });
}

void Observation::outcome(const event::ResourceState& before) {
  const auto* finished = std::get_if<event::NotifyFinished>(&event_);
  if (finished == nullptr) return;
  const auto dialog = before.dialogs.find(finished->dialog);
  const event::Subscription* held = nullptr;
  if (dialog != before.dialogs.end() && dialog->second.outstanding)
    held = find(before, dialog->second.outstanding->subscription);
  CoreEvent& told = held == nullptr ? tell(before, EventKind::notify_finished, std::string_view())
                                    : tell(before, EventKind::notify_finished, held->record);
  if (dialog != before.dialogs.end()) told.call_id = dialog->second.record.info->call_id;
  told.cseq = finished->cseq;
  told.detail = ports::word(finished->outcome.kind);
  if (finished->outcome.kind == ports::OutcomeKind::response) told.status = finished->outcome.status;
}

void Observation::refusal(const event::ResourceState& before, const event::Decision& decision) {
  if (request_ == nullptr) return;
  for (const event::Action& action : decision.actions) {
    const auto* respond = std::get_if<event::Respond>(&action);
    if (respond == nullptr || respond->response.status < 300) continue;
    CoreEvent& told = told_.emplace_back(
        turned_away(*request_, respond->response.status, header(respond->response, "Warning"), now_));
    told.presentity = before.resource;
    if (const auto watcher = event::watcher_of(*request_, settings_)) told.watcher = watcher->uri;
  }
}

void Observation::notifies(const event::ResourceState& before, const event::Decision& decision) {
  std::unordered_set<ports::DialogTag> in_dialogs;
  each<event::NotifyStarted>(decision, [&](const event::NotifyStarted& change) {
    const event::Subscription* held = find(before, change.id);
    if (held == nullptr || change.dialog.empty()) return;
    in_dialogs.insert(change.dialog);
    CoreEvent& told = tell(before, EventKind::notify_sent, held->record);
    told.call_id = call_id_of(before, change.dialog);
    told.cseq = change.cseq;
    told.detail = state_text(*held);
  });
  for (const event::Action& action : decision.actions) {  // that of a fetch belongs to no subscription
    const auto* notify = std::get_if<event::Notify>(&action);
    if (notify == nullptr || request_ == nullptr || !request_->event || in_dialogs.contains(notify->dialog)) continue;
    CoreEvent& told = tell(before, EventKind::notify_sent, request_->event->package);
    if (const auto watcher = event::watcher_of(*request_, settings_)) told.watcher = watcher->uri;
    told.cseq = notify->cseq;
    told.detail = "terminated;reason=timeout";
  }
}

const ports::SipRequest* request_of(const event::Event& event) {
  if (const auto* publish = std::get_if<event::PublishArrived>(&event)) return &publish->request;
  if (const auto* subscribe = std::get_if<event::SubscribeArrived>(&event)) return &subscribe->request;
  if (const auto* registration = std::get_if<event::RegisterArrived>(&event)) return &registration->request;
  return nullptr;
}

const ports::SipRequest* request_of(const event::Event* first, const event::ResourceState& before,
                                    const event::Decision& decision) {
  const ports::SipRequest* released = first == nullptr ? nullptr : request_of(*first);
  if (released != nullptr) return released;
  each<event::RequestReleased>(decision, [&](const event::RequestReleased& change) {
    const auto held = before.held.find(change.id);
    if (held != before.held.end()) released = held->second.request.get();
  });
  return released;
}

CoreEvent turned_away(const ports::SipRequest& request, int status, std::string_view why, base::Instant now) {
  CoreEvent told;
  told.at = now;
  told.kind = EventKind::request_refused;
  const std::string& uri = request.method == "REGISTER" ? request.to.uri : request.request_uri;
  told.presentity = base::normal_form(uri).value_or(uri);
  if (request.event) told.package = request.event->package;
  told.method = request.method;
  told.status = status;
  told.detail = why;
  told.call_id = request.call_id;
  return told;
}

}  // namespace presentia::runtime
