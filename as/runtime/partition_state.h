// What a shard holds of one partition: its resources with their timers, the way from a dialog tag to its resource, the
// feeds opened into it, and the commit gate. Shard's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "as/base/partition.h"
#include "as/event/state.h"
#include "as/ports/state_store.h"
#include "as/runtime/gate.h"
#include "as/runtime/node.h"
#include "as/runtime/slot_timers.h"
#include "as/runtime/work.h"

namespace presentia::runtime {

struct Slot {
  Slot(base::TimerWheel& wheel, std::vector<DueTimer>& due, base::Partition partition, const ports::Resource& resource)
      : state(of(resource)), timers(wheel, due, partition, state.resource) {}
  static event::ResourceState of(const ports::Resource& resource) {
    event::ResourceState state;
    state.resource = resource;
    return state;
  }
  event::ResourceState state;
  SlotTimers timers;
  std::size_t publications = 0;               // as last reported to the gauges
  event::SubscriptionCounts subscriptions{};  // as last reported to the gauges
  NodeShare share;
  bool queued = false;     // for its turn to send
  bool needs_hss = false;  // what the HSS says of it is kept and renewed
  // Its registration is followed, since then by the word of its last third-party REGISTER (the epoch: without), at a
  // node of that hash.
  std::optional<std::pair<base::Instant, std::size_t>> followed;
};

using FeedOrder = std::pair<std::uint16_t, std::uint64_t>;
[[nodiscard]] inline FeedOrder order_of(const ports::FeedKey& key) { return {key.partition, key.id}; }

struct OpenFeed {
  FeedRequest request;
  base::Instant expires_at;
};

struct PartitionState {
  base::Partition number = 0;
  std::uint64_t epoch = 0;  // a new one with each load
  bool deaf = false;        // aliases told its resources something while it did not serve
  bool serving = false;     // false: memory is not to be trusted, it is loaded at `load_at`
  base::Instant load_at{};
  base::Instant copies_until{};  // copies of requests from before the load may come until then
  Gate gate;
  std::unordered_map<ports::Resource, Slot> slots;
  std::unordered_map<ports::DialogTag, ports::Resource> dialogs;
  std::unordered_map<std::uint64_t, ports::Resource> answered;  // removals, by the hash of their mark
  std::vector<ports::ResourceChange> lazy;                      // to be stored with the next commit, or soon
  // The store cannot be written: what needs no record is served, requests that do are refused, and the rest waits.
  bool read_only = false;
  std::vector<std::pair<ports::Resource, event::Event>> postponed;
  // Kept here, not in the store, so that a load opens them again.
  std::map<FeedOrder, OpenFeed> feeds;
};

}  // namespace presentia::runtime
