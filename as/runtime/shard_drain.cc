// Shard, the part that drains: nothing new is taken in, and in a handover every subscription is ended at a pace.
#include <algorithm>
#include <utility>

#include "as/runtime/shard.h"

namespace presentia::runtime {
namespace {

using ports::SubscriptionState;

constexpr std::size_t kWalkedPerTurn = 256;
constexpr int kPatience = 8;  // times T1: over UDP it has been sent four times then [RFC3261 17.1.2.2]

bool can_end(const event::Subscription& subscription) {
  return !subscription.ending && subscription.record.state != SubscriptionState::waiting;
}

// Those of template packages at the end, from where they are taken first: nobody needs to be told of each watcher that
// goes.
std::vector<ports::SubscriptionId> to_end(const event::ResourceState& state) {
  std::vector<ports::SubscriptionId> ids;
  for (const auto& [id, subscription] : state.subscriptions) {
    if (can_end(subscription)) ids.push_back(id);
  }
  std::ranges::stable_partition(ids, [&state](ports::SubscriptionId id) {
    return std::ranges::find(state.templates, id) == state.templates.end();
  });
  return ids;
}

// Without a store that takes it, no end could be told; the walk comes again.
bool can_write(const PartitionState& home) { return home.serving && !home.read_only; }

}  // namespace

void Shard::on(DrainWork& work) {
  const bool was = drain_.handing_over();
  const base::Millis t1(settings_.snapshot()->config().sip().t1_ms());
  drain_.start(work.mode, sends_.size(), sends_.last(), now_, now_ + kPatience * t1);
  if (drain_.handing_over() && !was) ending_.walk.start();
}

bool Shard::refuses_new(const ports::SipRequest& request) const {
  return drain_.active() && request.method == "SUBSCRIBE" && request.to_tag.empty();
}

// Finds the next subscription to end; false: the walk is over, or goes on in the next turn.
bool Shard::find_ending() {
  for (std::size_t walked = 0; ending_.ids.empty(); ++walked) {
    if (walked == kWalkedPerTurn) return false;
    auto next = ending_.walk.next(partitions_);
    if (!next) return false;
    ending_.home = next->first;
    ending_.resource = std::move(next->second);
    const auto found = ending_.home->slots.find(ending_.resource);
    if (can_write(*ending_.home) && found != ending_.home->slots.end()) ending_.ids = to_end(found->second.state);
  }
  return true;
}

void Shard::drain_slice() {
  if (drain_.handing_over()) {
    const std::uint32_t whole = settings_.snapshot()->config().drain().notify_rate();
    const std::uint32_t rate = std::max(1U, whole / count_);
    while (find_ending() && drain_.may_end(now_, rate)) {
      const event::EndSubscriptions order{ending_.ids.back(), {}, event::WatcherEvent::deactivated, {}, false};
      ending_.ids.pop_back();
      const auto found = ending_.home->slots.find(ending_.resource);
      if (can_write(*ending_.home) && found != ending_.home->slots.end()) step(*ending_.home, found->second, order);
    }
    if (ending_.ids.empty() && !ending_.walk.active()) {
      drain_.pause(now_);
      ending_.walk.start();
    }
  }
  if (drain_.active()) {
    const bool done = drain_.handing_over() ? alive_ == 0 && sends_.size() == 0 : !drain_.waits(now_);
    progress_.drained.store(done, std::memory_order_relaxed);
  }
}

}  // namespace presentia::runtime
