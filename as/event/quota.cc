#include "as/event/quota.h"

#include <algorithm>
#include <vector>

#include "as/event/subscriptions.h"

namespace presentia::event {
namespace {

using ports::SubscriptionState;

bool refuse_beyond(Draft& draft, const ports::SipRequest& request, const char* quota, std::uint32_t limit,
                   const Context& context) {
  draft.act(Respond{request.key, quota_exceeded(quota, limit, context.settings)});
  draft.count("quota", quota);
  return true;
}

// The profile of the presentity counts before what is the limit of all.
std::uint32_t limit_of(const ResourceState& state, std::optional<std::uint32_t> ServiceProfile::*own,
                       std::uint32_t usual) {
  return state.subscriber ? (state.subscriber->profile.*own).value_or(usual) : usual;
}

}  // namespace

ports::SipResponse quota_exceeded(std::string_view quota, std::uint32_t limit, const mgmt::Snapshot& settings) {
  const bool final = settings.config().quota().status() == config::Quota::STATUS_403;
  ports::SipResponse response =
      refusal(final ? 403 : 500, "quota " + std::string(quota) + " is used up: " + std::to_string(limit));
  if (!final) {
    response.headers.emplace_back("Retry-After", std::to_string(settings.config().runtime().retry_after_s()));
  }
  return response;
}

bool refuse_publication(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                        const Context& context) {
  const std::uint32_t limit = limit_of(state, &ServiceProfile::max_publications,
                                       context.settings.config().quota().publications_per_presentity());
  const auto published = state.published.find(request.event->package);
  if (limit == 0 || published == state.published.end() || published->second.publications.size() < limit) return false;
  const auto theirs = std::ranges::count_if(published->second.publications, [](const Publication& publication) {
    return publication.record.source != ports::Source::network;
  });
  if (static_cast<std::size_t>(theirs) < limit) return false;
  return refuse_beyond(draft, request, "publications_per_presentity", limit, context);
}

bool refuse_subscription(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                         const Context& context) {
  const std::uint32_t limit = limit_of(state, &ServiceProfile::max_subscriptions,
                                       context.settings.config().quota().subscriptions_per_presentity());
  if (limit == 0 || state.subscriptions.size() < limit) return false;
  const auto held = std::ranges::count_if(state.subscriptions, [&](const auto& entry) {
    const ports::SubscriptionRecord& record = entry.second.record;
    return record.package == request.event->package && record.state != SubscriptionState::waiting &&
           record.state != SubscriptionState::terminated;
  });
  if (static_cast<std::size_t>(held) < limit) return false;
  return refuse_beyond(draft, request, "subscriptions_per_presentity", limit, context);
}

void make_room_to_wait(Draft& draft, const ResourceState& state, const Context& context) {
  const std::size_t limit = context.settings.config().quota().waiting_per_presentity();
  if (limit == 0 || state.subscriptions.size() < limit) return;
  std::vector<const Subscription*> waiting;
  for (const auto& [id, subscription] : state.subscriptions) {
    if (subscription.record.state == SubscriptionState::waiting) waiting.push_back(&subscription);
  }
  if (waiting.size() < limit) return;
  // Who ends waiting first began first.
  const std::size_t surplus = waiting.size() - limit + 1;
  const auto earlier = [](const Subscription* one, const Subscription* other) {
    return std::pair(one->record.expires_at, one->record.id) < std::pair(other->record.expires_at, other->record.id);
  };
  std::ranges::partial_sort(waiting, waiting.begin() + static_cast<std::ptrdiff_t>(surplus), earlier);
  for (std::size_t i = 0; i < surplus; ++i) {
    draft.act(Count{"waiting", "given_up"});
    end_waiting(draft, state, *waiting[i], WatcherEvent::giveup, context);
  }
}

}  // namespace presentia::event
