// Shard, the part that loads: at start, and when a failed commit has made the memory of a partition doubtful.
#include <algorithm>
#include <chrono>
#include <utility>

#include "as/base/log.h"
#include "as/runtime/shard.h"

namespace presentia::runtime {

void Shard::distrust(PartitionState& home) {
  commit_failures_.add();
  home.serving = false;
  home.load_at = now_;
  to_load_.push_back(home.number);
  for (const Batch& batch : home.gate.give_up()) refuse(batch);
}

void Shard::forget(PartitionState& home) {
  for (auto& [resource, slot] : home.slots) {
    slot.state = event::ResourceState{};
    measure(slot);
  }
  home.slots.clear();
  home.dialogs.clear();
  for (const ports::SendKey key : sends_.of(home.number)) abandon(key);
}

void Shard::load_due() {
  if (to_load_.empty()) return;
  std::vector<base::Partition> due;
  due.swap(to_load_);
  for (const base::Partition number : due) {
    PartitionState& home = partition(number);
    // Commits on their way would come after what is loaded.
    if (home.gate.pending() > 0 || home.load_at > now_) {
      to_load_.push_back(number);
    } else {
      load(home);
    }
  }
}

void Shard::load(PartitionState& home) {
  forget(home);
  const auto loaded = store_.load(home.number, [&](ports::ResourceChange change) {
    index(home, change.resource, change.change);
    event::apply(slot(home, change.resource).state, event::Change(std::move(change.change)));
  });
  const base::Seconds pause(settings_.snapshot()->config().runtime().retry_after_s());
  if (!loaded) {
    base::log(base::Module::runtime, base::Level::error, "load.failed",
              {{"partition", home.number}, {"code", loaded.error().code}, {"text", loaded.error().text}});
    home.load_at = now_ + pause;
    to_load_.push_back(home.number);
    return;
  }
  // Rises also over a restart of the process, so that the store can tell an owner from its predecessor.
  home.epoch = std::max(home.epoch + 1, static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  home.serving = true;
  std::vector<ports::Resource> names;
  for (const auto& [name, slot] : home.slots) names.push_back(name);
  for (const ports::Resource& name : names) {
    Slot& own = home.slots.at(name);
    act(home, own, event::resume(own.state, context(home)), {});
    if (!home.serving) break;
  }
  const auto feeds = home.feeds;
  for (const auto& [key, feed] : feeds) {
    if (!home.serving) break;
    const auto left = std::chrono::ceil<base::Seconds>(std::max(base::Millis(0), feed.expires_at - now_));
    step(home, slot(home, feed.request.resource),
         event::FeedOpened{{key.first, key.second}, feed.request.package, feed.request.watcher, left});
  }
  if (!home.serving) home.load_at = now_ + pause;  // the store fails again at once: not in a tight loop
}

}  // namespace presentia::runtime
