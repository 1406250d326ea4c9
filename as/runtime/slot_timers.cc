#include "as/runtime/slot_timers.h"

namespace presentia::runtime {

void SlotTimers::arm(const event::TimerKey& key, base::Instant at) {
  const auto [found, fresh] = timers_.try_emplace(key, *this);
  SlotTimer& timer = found->second;
  timer.key = &found->first;
  timer.wanted = at;
  if (!timer.armed() || timer.deadline() > at) wheel_->arm(timer, at);
}

bool SlotTimers::due(const event::TimerKey& key, base::Instant now) {
  const auto found = timers_.find(key);
  if (found == timers_.end()) return false;
  SlotTimer& timer = found->second;
  if (timer.wanted > now) {
    if (!timer.armed()) wheel_->arm(timer, timer.wanted);
    return false;
  }
  timers_.erase(found);
  return true;
}

}  // namespace presentia::runtime
