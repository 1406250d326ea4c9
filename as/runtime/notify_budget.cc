#include "as/runtime/notify_budget.h"

#include <algorithm>

namespace presentia::runtime {

void NotifyBudget::renew(const mgmt::Snapshot& settings, bool others_wait) {
  const config::Overload& overload = settings.config().overload();
  most_ = overload.max_outstanding_notifies();
  most_unheard_ = std::max<std::size_t>(1, overload.max_deaf_notifies() / shards_);
  others_wait_ = others_wait;
  given_ = 0;
  to_deaf_.clear();
}

std::size_t NotifyBudget::room(bool first) const {
  const std::size_t most = first ? most_ : most_ - most_ / 10;
  const std::size_t under_way = node_->notifies.load(std::memory_order_relaxed) + given_;
  return most > under_way ? most - under_way : 0;
}

event::SendBudget::Answer NotifyBudget::ask(std::uint64_t hop, bool first) {
  const bool deaf = !first && hops_->deaf(hop);
  if (deaf && hops_->unheard(hop) + to_deaf_[hop] >= most_unheard_) return Answer::wait_a_while;
  if (room(first) == 0 || (others_wait_ && !first)) return Answer::wait_for_turn;
  if (deaf) ++to_deaf_[hop];
  ++given_;
  return Answer::send;
}

}  // namespace presentia::runtime
