#include "as/event/rights.h"

#include <algorithm>
#include <utility>

#include "as/base/log.h"
#include "as/event/subscriptions.h"

namespace presentia::event {
namespace {

constexpr std::size_t kMostHeld = 1000;  // requests for one resource

// Longer nobody at the other end of a management call waits.
constexpr base::Millis kLongestQuestion{4000};

bool has_watchers(const ResourceState& state) { return !state.subscriptions.empty() || !state.held.empty(); }

bool has_askers(const ResourceState& state) { return has_watchers(state) || !state.asked.empty(); }

void add_needed(std::vector<ports::DocumentKey>& keys, const ResourceState& state, const Document* candidate,
                const Context& context) {
  for (const auto& package : context.packages.all()) {
    auto own = package->needed_documents({state.resource, state.documents, context.settings, candidate});
    keys.insert(keys.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  }
}

bool are_known(const ResourceState& state, const Document* candidate, const Context& context) {
  std::vector<ports::DocumentKey> keys;
  add_needed(keys, state, candidate, context);
  return std::ranges::all_of(keys, [&](const ports::DocumentKey& key) {
    const auto held = state.documents.find(key);
    return held != state.documents.end() && held->second != nullptr;
  });
}

std::vector<ports::DocumentKey> needed(const ResourceState& state, const Context& context) {
  std::vector<ports::DocumentKey> keys;
  if (has_watchers(state)) add_needed(keys, state, nullptr, context);
  for (const auto& [id, question] : state.asked) add_needed(keys, state, question.candidate.get(), context);
  std::ranges::sort(keys);
  const auto twice = std::ranges::unique(keys);
  keys.erase(twice.begin(), twice.end());
  return keys;
}

// Of a change of what is published, only that it is one.
bool published_anew(const Decision& decision) { return has_record<ports::PutPublished>(decision); }

bool is_due(const Subscription& subscription, const Context& context) {
  return subscription.view_until && *subscription.view_until <= context.now;
}

}  // namespace

void decide_documents(Draft& draft, const ResourceState& state, const Context& context) {
  const std::vector<ports::DocumentKey> keys = needed(state, context);
  for (const ports::DocumentKey& key : keys) {
    if (state.documents.contains(key)) continue;
    draft.change(DocumentHeld{key, nullptr});
    draft.act(Follow{key});
  }
  for (const auto& [key, held] : state.documents) {
    if (std::ranges::binary_search(keys, key)) continue;
    draft.change(DocumentLeft{key});
    draft.act(Unfollow{key});
  }
}

bool may_need_others(const ResourceState& state, const Event& event) {
  if (!has_askers(state)) return !state.documents.empty();
  const auto* due = std::get_if<TimerDue>(&event);
  return std::holds_alternative<SubscribeArrived>(event) || std::holds_alternative<FeedOpened>(event) ||
         std::holds_alternative<PolicyChanged>(event) || std::holds_alternative<DocumentChanged>(event) ||
         std::holds_alternative<DocumentsAsked>(event) ||
         (due != nullptr && std::holds_alternative<AskedKey>(due->key));
}

void hold(Draft& draft, const ResourceState& state, const ports::SipRequest& request, ports::DialogInfoPtr answered,
          const Context& context) {
  const base::Millis limit(answered ? context.settings.config().fetch().decide_within_ms()
                                    : context.settings.config().isc().answer_within_ms());
  const base::Millis within = std::max(limit - request.waited, base::Millis(0));
  draft.change(RequestHeld{{std::make_shared<const ports::SipRequest>(request), std::move(answered)}});
  draft.act(Arm{HeldKey{state.next_held}, context.now + within});
}

bool may_hold(const ResourceState& state) { return state.held.size() < kMostHeld; }

std::optional<std::uint64_t> ready(const ResourceState& state, const Context& context) {
  if (state.held.empty()) return std::nullopt;
  bool all = std::ranges::all_of(state.documents, [](const auto& held) { return held.second != nullptr; });
  // What is only asked for by an operator holds nobody up.
  if (!all && !state.asked.empty()) all = are_known(state, nullptr, context);
  return all ? std::optional(state.held.begin()->first) : std::nullopt;
}

void hold_question(Draft& draft, const DocumentsAsked& event, const Context& context) {
  const base::Millis within(context.settings.config().isc().answer_within_ms());
  draft.change(QuestionHeld{event.id, {event.candidate}});
  draft.act(Arm{AskedKey{event.id}, context.now + std::min(within, kLongestQuestion)});
}

void release_question(Draft& draft, const ResourceState& state, std::uint64_t id) {
  if (!state.asked.contains(id)) return;
  draft.change(QuestionReleased{id});
  draft.act(Disarm{AskedKey{id}});
  draft.act(DocumentsReady{id, state.documents});
}

void release_questions(Draft& draft, const ResourceState& state, const Context& context) {
  for (const auto& [id, question] : state.asked) {
    if (are_known(state, question.candidate.get(), context)) release_question(draft, state, id);
  }
}

void decide_held(Draft& draft, const ResourceState& state, std::uint64_t id, Patience patience,
                 const Context& context) {
  const auto found = state.held.find(id);
  if (found == state.held.end()) return;
  draft.change(RequestReleased{id});
  draft.act(Disarm{HeldKey{id}});
  const HeldRequest& held = found->second;
  if (held.answered) return finish_fetch(draft, state, held, context);
  decide_subscribe(draft, state, *held.request, patience, context);
}

void decide_rights(Draft& draft, const ResourceState& state, const Event& event, const Decision& decision,
                   const Context& context) {
  const auto* changed = std::get_if<DocumentChanged>(&event);
  const auto* due = std::get_if<TimerDue>(&event);
  const bool time = due != nullptr && std::holds_alternative<RightsKey>(due->key);
  const bool published = published_anew(decision);
  const bool told = has_change<SubscriberKnown>(decision);
  if (changed == nullptr && !time && !published && !told) return;
  if (changed != nullptr && !has_change<DocumentHeld>(decision)) return;  // not followed any more
  for (const auto& [id, subscription] : state.subscriptions) {
    if (subscription.ending) continue;
    const bool asked = changed != nullptr || told || (time && is_due(subscription, context)) ||
                       (published && subscription.view_by_state);
    if (asked) decide_again(draft, state, subscription, {changed != nullptr, changed && changed->losses_only}, context);
  }
}

void arm_rights(Draft& draft, const ResourceState& state, const Event& event, const Decision& decision) {
  const auto* due = std::get_if<TimerDue>(&event);
  const bool fired =
      due != nullptr && std::holds_alternative<RightsKey>(due->key);  // those of others are still to come
  if (!fired && !has_change<SubscriptionDecided>(decision)) return;
  std::optional<base::Instant> first;
  for (const auto& [id, subscription] : state.subscriptions) {
    const auto& until = subscription.view_until;
    if (until && !subscription.ending && (!first || *until < *first)) first = until;
  }
  if (first) draft.act(Arm{RightsKey{}, *first});
}

}  // namespace presentia::event
