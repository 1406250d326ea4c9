#include "as/runtime/inspect.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "as/event/composed.h"
#include "as/event/registration_control.h"
#include "as/event/watcher_machine.h"
#include "as/runtime/inspect_views.h"

namespace presentia::runtime {
namespace {

using ports::InspectError;
using ports::InspectTrouble;

base::Unexpected<InspectError> unknown(std::string text) {
  return base::Unexpected{InspectError{InspectTrouble::unknown, std::move(text)}};
}

// One that is ending is over for everybody but its last NOTIFY.
const event::Subscription* find(const event::ResourceState& state, ports::SubscriptionId id) {
  const auto found = state.subscriptions.find(id);
  return found == state.subscriptions.end() || found->second.ending ? nullptr : &found->second;
}

base::Unexpected<InspectError> no_subscription(const event::ResourceState& state, ports::SubscriptionId id) {
  return unknown(state.resource + " has no subscription " + std::to_string(id));
}

struct Plan {
  const event::ResourceState& state;

  ports::Inspected<PlannedOrder> operator()(const ports::TerminateOrder& order) const {
    const event::Subscription* held = find(state, order.id);
    if (held == nullptr) return no_subscription(state, order.id);
    // [RFC3857 4.7.1] not every reason can end a subscription in every state
    const auto from = held->record.state;
    if (!event::next_state(event::watcher_state(from), order.reason)) {
      return base::Unexpected{
          InspectError{InspectTrouble::impossible, "a subscription in the state " + std::string(event::word(from)) +
                                                       " does not end with " + std::string(event::word(order.reason))}};
    }
    return PlannedOrder{event::EndSubscriptions{order.id, {}, order.reason, order.retry_after, false}, 1};
  }

  ports::Inspected<PlannedOrder> operator()(const ports::DropOrder& order) const {
    for (const auto& [package, published] : state.published) {
      for (const event::Publication& publication : published.publications) {
        if (publication.record.etag != order.etag) continue;
        const auto watchers = std::ranges::count_if(state.subscriptions, [&name = package](const auto& held) {
          return held.second.record.package == name && event::is_notified(held.second);
        });
        return PlannedOrder{event::EndPublication{order.etag}, static_cast<std::size_t>(watchers)};
      }
    }
    return unknown(state.resource + " has no publication with the entity-tag " + order.etag);
  }

  ports::Inspected<PlannedOrder> operator()(const ports::RenotifyOrder& order) const {
    const event::Subscription* held = find(state, order.id);
    if (order.id != 0 && held == nullptr) return no_subscription(state, order.id);
    if (held != nullptr && !event::is_notified(*held)) {
      return base::Unexpected{InspectError{InspectTrouble::impossible, "a waiting watcher has no dialog to notify in"}};
    }
    const auto all =
        std::ranges::count_if(state.subscriptions, [](const auto& one) { return event::is_notified(one.second); });
    return PlannedOrder{event::NotifyAgain{order.id}, order.id != 0 ? 1 : static_cast<std::size_t>(all)};
  }

  template <class Question>
  ports::Inspected<PlannedOrder> operator()(const Question& /*question*/) const {
    return unknown("no order");
  }
};

struct NamePresentity {
  const ports::Resource& name;
  void operator()(DocumentsSlice& /*slice*/) const {}
  void operator()(ListSlice& slice) const { slice.question.presentity = name; }
  void operator()(ExplainOrder& order) const { order.question.presentity = name; }
  template <class Question>
  void operator()(Question& question) const {
    question.presentity = name;
  }
};

struct PresentityOf {
  const ports::Resource& operator()(const DocumentsSlice& /*slice*/) const {
    static const ports::Resource none;
    return none;
  }
  const ports::Resource& operator()(const ListSlice& slice) const { return slice.question.presentity; }
  const ports::Resource& operator()(const ExplainOrder& order) const { return order.question.presentity; }
  template <class Question>
  const ports::Resource& operator()(const Question& question) const {
    return question.presentity;
  }
};

ports::KnownUser info_of(const event::Subscriber& user) {
  return {user.unknown, user.canonical, user.identities, user.s_cscf, user.registered, !user.profile.allowed};
}

}  // namespace

const ports::Resource& presentity_of(const InspectQuestion& question) { return std::visit(PresentityOf{}, question); }

void name_presentity(InspectQuestion& question, const ports::Resource& presentity) {
  std::visit(NamePresentity{presentity}, question);
}

ports::PresentityInfo show(const event::ResourceState& state, const event::Context& context) {
  ports::PresentityInfo info;
  info.presentity = state.resource;
  for (const auto& [package, published] : state.published) {
    for (const event::Publication& publication : published.publications)
      info.publications.push_back(info_of(state, publication));
  }
  info.subscriptions_held = state.subscriptions.size();
  for (const auto& [id, subscription] : state.subscriptions) {
    if (info.subscriptions.size() == ports::kMostShown) break;
    info.subscriptions.push_back(info_of(state, subscription));
  }
  info.documents = event::composed_documents(state, context);
  if (state.registration) {
    info.registration.emplace(ports::RegistrationInfo{*state.registration, {}});
    const auto* counts = event::in_force(*state.registration, context.settings);
    if (counts != nullptr) info.registration->counts = counts->source;
  }
  if (state.subscriber) info.user = info_of(*state.subscriber);
  return info;
}

ports::Inspected<PlannedOrder> plan_order(const event::ResourceState& state, const InspectQuestion& order) {
  return std::visit(Plan{state}, order);
}

}  // namespace presentia::runtime
