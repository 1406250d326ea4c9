// What all shards count together, for the quotas of the whole node and the NOTIFYs under way. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "as/base/tally.h"
#include "as/event/state.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

struct Node {
  base::Tally watchers;                  // subscriptions by watcher; without feeds, waiting and anonymous ones
  std::atomic<std::size_t> notifies{0};  // handed to be sent, without outcome
  base::Tally domains;  // resources with state by domain; a telephone number has none, which is one too
};

// What one resource has in the counts of the node. It leaves them with the resource's slot, so that they are right
// whatever made the shard forget it.
class NodeShare {
 public:
  // The state is a new one; `touched`: the subscriptions that were put or dropped since the last call. The first call
  // looks at all of them.
  void follow(Node& node, const event::ResourceState& state, std::span<const ports::SubscriptionId> touched);

 private:
  void count(Node& node, const event::ResourceState& state, ports::SubscriptionId id);

  bool known_ = false;
  base::Tally::Hold resource_;
  std::unordered_map<ports::SubscriptionId, base::Tally::Hold> watchers_;
};

struct Exceeded {
  std::string_view quota;  // name of the attribute
  std::uint32_t limit = 0;
};
// The quota of the node that a request goes beyond; nullopt if it makes nothing new, or there is room. `state`: of its
// resource, null if there is none. Two shards that ask at the same moment may both find the last place free.
[[nodiscard]] std::optional<Exceeded> exceeded(const Node& node, const ports::Resource& resource,
                                               const event::ResourceState* state, const ports::SipRequest& request,
                                               const mgmt::Snapshot& settings);

}  // namespace presentia::runtime
