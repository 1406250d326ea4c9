// Shard, the part that loads: at start, and when a failed commit has made the memory of a partition doubtful.
#include <algorithm>
#include <chrono>
#include <utility>

#include "as/base/log.h"
#include "as/event/mark.h"
#include "as/runtime/shard.h"

namespace presentia::runtime {

void Shard::distrust(PartitionState& home) {
  meters_.commit_failures.add();
  home.serving = false;
  home.load_at = now_;
  to_load_.push_back(home.number);
  for (const Batch& batch : home.gate.give_up()) refuse(batch);
}

void Shard::forget(PartitionState& home) {
  for (auto& [resource, slot] : home.slots) {
    refuse_held(slot.state);
    if (slot.followed && registrations_ != nullptr) registrations_->unfollow(resource);
    if (slot.needs_hss) subscribers_.release(resource, hss_policy_);
    slot.state = event::ResourceState{};
    measure(slot);
  }
  home.slots.clear();
  home.dialogs.clear();
  home.answered.clear();
  home.lazy.clear();
  home.postponed.clear();  // about what is loaded anew
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
  if (clock_ != nullptr) now_ = std::max(now_, clock_->now());  // all of them take long, and what is owed is paced
  forget(home);
  const auto loaded = store_.load(home.number, [&](ports::ResourceChange change) {
    loaded_.fetch_add(1, std::memory_order_relaxed);
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
  // Rises also over a restart of the process, so that the store can tell an owner from its predecessor; above that of
  // any before, also if the clock was set back.
  const bool again = home.epoch != 0;
  home.epoch = std::max(
      {home.epoch + 1, store_.epoch(home.number) + 1, static_cast<std::uint64_t>(now_.time_since_epoch().count())});
  home.serving = true;
  home.copies_until = now_ + event::longest_transaction(*settings_.snapshot());
  home.read_only = !store_.writable();
  if (home.read_only) {
    if (read_only_.empty()) store_at_ = now_ + kStorePause;
    read_only_.push_back(home.number);
  }
  resume(home, again);
  const auto feeds = home.feeds;
  for (const auto& [key, feed] : feeds) {
    if (!home.serving) break;
    const auto left = std::chrono::ceil<base::Seconds>(std::max(base::Millis(0), feed.expires_at - now_));
    step(home, slot(home, feed.request.resource),
         event::FeedOpened{{key.first, key.second}, feed.request.package, feed.request.watcher, left});
  }
  if (std::exchange(home.deaf, false) || again) ask_for_links(home.number);
  if (!home.serving) home.load_at = now_ + pause;  // the store fails again at once: not in a tight loop
}

// Of what changed while it did not serve only the pass at the start tells; so after a later load each is looked at.
void Shard::resume(PartitionState& home, bool again) {
  std::vector<ports::Resource> names;
  for (const auto& [name, slot] : home.slots) names.push_back(name);
  for (const ports::Resource& name : names) {
    Slot& own = home.slots.at(name);
    const event::Context now = context(home);
    const std::uint32_t rate = now.settings.config().restart().notify_rate();
    act(home, own, event::resume(own.state, now, [this, rate] { return next_turn(rate); }), {});
    if (const auto found = home.slots.find(name); found != home.slots.end())
      step(home, found->second, event::PolicyChanged{again});
    if (!home.serving) break;
  }
}

// Each shard gives its share of restart.notify_rate.
base::Instant Shard::next_turn(std::uint32_t rate) {
  const std::chrono::microseconds pause(std::uint64_t{count_} * 1'000'000 / rate);
  turn_ = std::max<decltype(turn_)>(turn_, now_);
  const auto turn = std::chrono::floor<base::Millis>(turn_);
  turn_ += pause;
  return turn;
}

void Shard::look_at_store() {
  if (read_only_.empty() || store_at_ > now_) return;
  store_at_ = now_ + kStorePause;
  if (!store_.writable()) return;
  std::vector<base::Partition> again;
  again.swap(read_only_);
  for (const base::Partition number : again) {
    PartitionState& home = partition(number);
    home.read_only = false;
    for (auto& [resource, event] : std::exchange(home.postponed, {})) catch_up(home, resource, event);
    std::vector<ports::Resource> owing;
    for (const auto& [name, slot] : home.slots)
      if (!slot.state.owed.empty()) owing.push_back(name);
    for (const ports::Resource& name : owing) catch_up(home, name, event::PolicyChanged{false});
  }
}

void Shard::catch_up(PartitionState& home, const ports::Resource& resource, const event::Event& event) {
  const auto found = home.slots.find(resource);
  if (home.serving && found != home.slots.end()) step(home, found->second, event);
}

}  // namespace presentia::runtime
