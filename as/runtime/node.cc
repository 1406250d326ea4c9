#include "as/runtime/node.h"

#include <algorithm>
#include <string>

#include "as/base/uri.h"
#include "as/event/admission.h"
#include "as/event/identity.h"

namespace presentia::runtime {
namespace {

using ports::SubscriptionState;

bool occupied(const event::ResourceState& state) { return !state.subscriptions.empty() || !state.no_publications(); }

// The watcher whose subscriptions a SUBSCRIBE would make more; empty if it makes none, or has no name.
std::string new_watcher(const event::ResourceState* state, const ports::SipRequest& request,
                        const mgmt::Snapshot& settings) {
  if (request.method != "SUBSCRIBE" || request.expires == 0U) return {};
  if (request.to_tag.empty()) {
    const auto watcher = event::watcher_of(request, settings);
    return watcher ? watcher->uri : std::string();
  }
  if (state == nullptr) return {};
  const auto dialog = state->dialogs.find(request.to_tag);
  if (dialog == state->dialogs.end() || dialog->second.subscriptions.empty()) return {};
  const auto& held = dialog->second.subscriptions;
  const bool refreshes = std::ranges::any_of(held, [&](ports::SubscriptionId id) {
    const ports::SubscriptionRecord& record = state->subscriptions.at(id).record;
    return record.package == request.event->package && record.event_id == request.event->id;
  });
  return refreshes ? std::string() : state->subscriptions.at(held.front()).record.watcher.uri;
}

// A fetch too: of an undecided watcher it leaves state behind [RFC3857 4.7.1].
bool makes_resource(const event::ResourceState* state, const ports::SipRequest& request) {
  if (state != nullptr && occupied(*state)) return false;
  if (request.method == "REGISTER") return !event::is_deregistration(request);
  return request.method == "SUBSCRIBE" ? request.to_tag.empty() : !request.has_if_match;
}

}  // namespace

void NodeShare::follow(Node& node, const event::ResourceState& state, std::span<const ports::SubscriptionId> touched) {
  if (!occupied(state)) {
    resource_ = {};
  } else if (!resource_) {
    resource_ = node.domains.hold(base::domain_of(state.resource));
  }
  if (known_) {
    for (const ports::SubscriptionId id : touched) count(node, state, id);
  } else {
    for (const auto& [id, subscription] : state.subscriptions) count(node, state, id);
  }
  known_ = true;
}

void NodeShare::count(Node& node, const event::ResourceState& state, ports::SubscriptionId id) {
  const auto found = state.subscriptions.find(id);
  const bool counts = found != state.subscriptions.end() && !found->second.record.feed &&
                      !found->second.record.watcher.anonymous() &&
                      found->second.record.state != SubscriptionState::waiting &&
                      found->second.record.state != SubscriptionState::terminated;
  if (!counts) {
    watchers_.erase(id);
  } else if (base::Tally::Hold& hold = watchers_[id]; !hold) {
    hold = node.watchers.hold(found->second.record.watcher.uri);
  }
}

std::optional<Exceeded> exceeded(const Node& node, const ports::Resource& resource, const event::ResourceState* state,
                                 const ports::SipRequest& request, const mgmt::Snapshot& settings) {
  const config::Quota& quota = settings.config().quota();
  if ((quota.resources() > 0 || quota.resources_per_domain() > 0) && makes_resource(state, request)) {
    if (quota.resources() > 0 && node.domains.total() >= quota.resources())
      return Exceeded{"resources", quota.resources()};
    if (quota.resources_per_domain() > 0 &&
        node.domains.count(base::domain_of(resource)) >= quota.resources_per_domain())
      return Exceeded{"resources_per_domain", quota.resources_per_domain()};
  }
  if (quota.subscriptions_per_watcher() == 0) return std::nullopt;
  const std::string watcher = new_watcher(state, request, settings);
  if (watcher.empty() || node.watchers.count(watcher) < quota.subscriptions_per_watcher()) return std::nullopt;
  return Exceeded{"subscriptions_per_watcher", quota.subscriptions_per_watcher()};
}

}  // namespace presentia::runtime
