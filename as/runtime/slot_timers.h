// The timers of one resource: at most one per publication or subscription, moved lazily. A refresh that moves a
// deadline into the future touches no wheel: the timer fires at the old deadline and is then set to the new one.
#pragma once

#include <map>
#include <vector>

#include "as/base/timer_wheel.h"
#include "as/event/machine.h"

namespace presentia::runtime {

// A timer that fired, to be looked at when the wheel is done.
struct DueTimer {
  base::Partition partition = 0;
  ports::Resource resource;
  event::TimerKey key;
  base::Instant wanted{};  // when it was due
};

class SlotTimers {
 public:
  // `wheel`, `due` and `resource` outlive it.
  SlotTimers(base::TimerWheel& wheel, std::vector<DueTimer>& due, base::Partition partition,
             const ports::Resource& resource)
      : wheel_(&wheel), due_(&due), partition_(partition), resource_(&resource) {}
  SlotTimers(const SlotTimers&) = delete;
  SlotTimers& operator=(const SlotTimers&) = delete;

  // Wanted due at `at`; replaces what was wanted for the key.
  void arm(const event::TimerKey& key, base::Instant at);
  void disarm(const event::TimerKey& key) { timers_.erase(key); }
  // A timer of that key fired: true if it is due at `now` (and is then forgotten); false if it was disarmed since, or
  // moved, in which case it has been armed again.
  [[nodiscard]] bool due(const event::TimerKey& key, base::Instant now);

 private:
  class SlotTimer final : public base::Timer {
   public:
    explicit SlotTimer(SlotTimers& owner) : owner_(&owner) {}
    const event::TimerKey* key = nullptr;  // of the map node
    base::Instant wanted{};

   protected:
    void fire() override { owner_->due_->push_back({owner_->partition_, *owner_->resource_, *key, wanted}); }

   private:
    SlotTimers* owner_;
  };

  base::TimerWheel* wheel_;
  std::vector<DueTimer>* due_;
  base::Partition partition_;
  const ports::Resource* resource_;
  std::map<event::TimerKey, SlotTimer> timers_;
};

}  // namespace presentia::runtime
