// How many NOTIFYs a shard may send at this moment: the node's share of overload.max_outstanding_notifies, of which the
// last tenth is for ends and losses of rights, and for places that are deaf overload.max_deaf_notifies. Shard's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "as/event/machine.h"
#include "as/runtime/hops.h"
#include "as/runtime/node.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

class NotifyBudget final : public event::SendBudget {
 public:
  // `shards`: that share the limit of the deaf places.
  NotifyBudget(const Node& node, const Hops& hops, std::uint16_t shards)
      : node_(&node), hops_(&hops), shards_(shards) {}

  // For the next decision, with the limits of the moment. `others_wait`: whose turn is before its.
  void renew(const mgmt::Snapshot& settings, bool others_wait);
  Answer ask(std::uint64_t hop, bool first) override;
  // How many more may be sent.
  [[nodiscard]] std::size_t room(bool first) const;

 private:
  const Node* node_;
  const Hops* hops_;
  std::uint16_t shards_;
  std::size_t most_ = 0;
  std::size_t most_unheard_ = 0;
  bool others_wait_ = false;
  std::size_t given_ = 0;                                   // by this decision
  std::unordered_map<std::uint64_t, std::size_t> to_deaf_;  // of them, by place
};

}  // namespace presentia::runtime
