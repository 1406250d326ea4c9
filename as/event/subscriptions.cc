#include "as/event/subscriptions.h"

#include "as/base/log.h"
#include "as/base/mutants.h"
#include "as/event/quota.h"
#include "as/event/sources.h"
#include "as/event/watcher_machine.h"
#include "as/event/watchers.h"

namespace presentia::event {
namespace {

using base::Seconds;
using ports::SubscriptionState;

bool same_watch(const ports::SubscriptionRecord& record, const std::string& package,
                const ports::WatcherIdentity& watcher) {
  return record.package == package && record.watcher == watcher && !watcher.anonymous();
}

const Subscription* find_waiting(const ResourceState& state, const std::string& package,
                                 const ports::WatcherIdentity& watcher) {
  for (const auto& [id, subscription] : state.subscriptions) {
    if (subscription.record.state == SubscriptionState::waiting && same_watch(subscription.record, package, watcher))
      return &subscription;
  }
  return nullptr;
}

}  // namespace

void log_subscription(const char* event, const ResourceState& state, const ports::SubscriptionRecord& record,
                      std::string_view call_id) {
  if (!base::logs(base::Module::event, base::Level::info)) return;
  base::log(
      base::Module::event, base::Level::info, event,
      {{"resource", state.resource},
       {"package", record.package},
       {"watcher", record.watcher.anonymous() ? std::string_view("anonymous") : std::string_view(record.watcher.uri)},
       {"state", word(record.state)},
       {"call_id", call_id}});
}

std::optional<Overruling> overruled_by_hss(const ResourceState& state) {
  if (!state.subscriber) return std::nullopt;
  // Somebody who does not exist is shown like somebody who is not available.
  if (state.subscriber->unknown)
    return Overruling{{SubHandling::polite_block, {}}, "the HSS knows no such user (sh.users.watched)"};
  if (!state.subscriber->profile.allowed)
    return Overruling{{SubHandling::block, {}}, "the service profile of the presentity bars presence"};
  return std::nullopt;
}

Verdict decide_watcher(const ResourceState& state, const std::string& package, const ports::WatcherIdentity& watcher,
                       const Context& context) {
  const auto handler = context.packages.find(package);
  if (!handler) return {};
  if (handler->package != nullptr) {
    if (auto overruled = overruled_by_hss(state)) return {.view = std::move(overruled->view), .until = {}};
  }
  const Sources sources = sources_of(state, package, context);
  WatcherQuestion question{state.resource,       watcher,     context.settings, state.documents,
                           sources.publications, context.now, nullptr,          {}};
  if (state.subscriber) question.without_rules = state.subscriber->profile.without_rules;
  return handler->decide_watcher(question);
}

SubscriptionState state_of(const View& view) {
  if (PS_MUTANT("polite-block-pending") && view.handling == SubHandling::polite_block)
    return SubscriptionState::pending;
  return view.handling == SubHandling::confirm ? SubscriptionState::pending : SubscriptionState::active;
}

void arm_expiry(Draft& draft, const ports::SubscriptionRecord& record) {
  if (!PS_MUTANT("subscription-never-expires")) draft.act(Arm{record.id, record.expires_at});
}

void end_waiting(Draft& draft, const ResourceState& state, const Subscription& waiting, WatcherEvent event,
                 const Context& context) {
  move_watcher(draft, state, context, waiting, event);
  if (waiting.ending) draft.change(SubscriptionEnding{waiting.record.id, *waiting.ending});  // its NOTIFY is still owed
  draft.store(ports::DropSubscription{waiting.record.id});
  draft.act(Disarm{waiting.record.id});
}

void remember_fetch(Draft& draft, const ResourceState& state, const std::string& package,
                    const ports::WatcherIdentity& watcher, const Context& context) {
  const Seconds keep{context.settings.config().event().subscription().waiting_expires_s()};
  if (keep == Seconds{0} || find_waiting(state, package, watcher) != nullptr) return;
  make_room_to_wait(draft, state, context);
  ports::SubscriptionRecord record;
  record.id = context.tokens.number();
  record.package = package;
  record.watcher = watcher;
  record.state = SubscriptionState::waiting;
  record.last_event = WatcherEvent::timeout;
  record.subscribed_at = context.now;
  record.expires_at = context.now + keep;
  draft.store(ports::PutSubscription{record});
  draft.change(SubscriptionDecided{record.id, {.view = {SubHandling::confirm, {}}, .until = {}}});
  arm_expiry(draft, record);
  report_watcher(draft, state, context, package,
                 {record.id, watcher, record.state, WatcherEvent::timeout, record.subscribed_at, record.expires_at});
}

void put_new(Draft& draft, const ResourceState& state, const NewSubscription& made, const Context& context) {
  const bool pending = made.record.state == SubscriptionState::pending;
  const WatcherEvent event = pending ? WatcherEvent::subscribe : WatcherEvent::approved;
  if (const Subscription* waiting = find_waiting(state, made.record.package, made.record.watcher))
    end_waiting(draft, state, *waiting, WatcherEvent::giveup, context);
  const ports::SubscriptionId id = made.record.id;
  const WatcherEvent shown = pending ? event : WatcherEvent::subscribe;
  ports::SubscriptionRecord record = made.record;
  record.last_event = shown;
  draft.store(ports::PutSubscription{std::move(record)});
  draft.change(SubscriptionDecided{id, made.verdict});
  draft.change(SubscriptionDirty{id, true, true});  // a NOTIFY at once, whatever was decided [RFC6665 4.2.1.2]
  arm_expiry(draft, made.record);
  report_watcher(
      draft, state, context, made.record.package,
      {id, made.record.watcher, made.record.state, shown, made.record.subscribed_at, made.record.expires_at});
}

}  // namespace presentia::event
