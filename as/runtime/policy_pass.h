// The walk over all resources of a shard after attributes changed, a bounded number at a time, so that requests are
// served in between.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "as/runtime/partition_state.h"

namespace presentia::runtime {

class PolicyPass {
 public:
  // From the beginning, also if it was on its way: what it has seen was decided by older attributes.
  void start() {
    active_ = true;
    next_partition_ = 0;
    names_.clear();
  }
  [[nodiscard]] bool active() const { return active_; }
  // The next resource; nullopt at the end. Resources that came after the pass reached their partition are left out:
  // they were decided by the new attributes.
  std::optional<std::pair<PartitionState*, ports::Resource>> next(std::vector<PartitionState>& partitions) {
    while (active_ && names_.empty()) {
      if (next_partition_ == partitions.size()) {
        active_ = false;
        return std::nullopt;
      }
      current_ = &partitions[next_partition_++];
      for (const auto& [name, slot] : current_->slots) names_.push_back(name);
    }
    if (!active_) return std::nullopt;
    auto result = std::make_pair(current_, std::move(names_.back()));
    names_.pop_back();
    return result;
  }

 private:
  bool active_ = false;
  std::size_t next_partition_ = 0;
  PartitionState* current_ = nullptr;
  std::vector<ports::Resource> names_;
};

}  // namespace presentia::runtime
