// How a shard answers an operator from its partitions: pure functions over their state.
#pragma once

#include <cstdint>
#include <span>

#include "as/event/machine.h"
#include "as/runtime/inquiry.h"
#include "as/runtime/partition_state.h"

namespace presentia::runtime {

// The presentity that it is about; empty for a listing of documents.
[[nodiscard]] const ports::Resource& presentity_of(const InspectQuestion& question);

// Makes it about another one.
void name_presentity(InspectQuestion& question, const ports::Resource& presentity);

// Looks at a bounded number of resources and entries of the partitions `index`, `index` + `count`…
[[nodiscard]] ListedSlice list_slice(std::span<const PartitionState> partitions, std::uint16_t count,
                                     const ListSlice& slice);

[[nodiscard]] ports::PresentityInfo show(const event::ResourceState& state, const event::Context& context);

// What an order means for the presentity as it is.
struct PlannedOrder {
  event::Event event;
  std::size_t subscriptions = 0;
};
[[nodiscard]] ports::Inspected<PlannedOrder> plan_order(const event::ResourceState& state,
                                                        const InspectQuestion& order);

}  // namespace presentia::runtime
