// A hierarchical timer wheel with intrusive timers: arm, move and cancel in constant time, half a million at once.
// One per shard or SIP thread; not thread-safe. Knows no clock: advance() is told the time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "as/base/time.h"

namespace presentia::base {

class TimerWheel;

// Derive from it, or hold it: the owner is found from the timer. Disarms itself when destroyed; may be destroyed,
// re-armed or cancelled from inside its own fire().
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer();
  [[nodiscard]] bool armed() const { return wheel_ != nullptr; }
  [[nodiscard]] Instant deadline() const { return deadline_; }
  void cancel();

 protected:
  virtual void fire() = 0;  // disarmed when called

 private:
  friend class TimerWheel;
  TimerWheel* wheel_ = nullptr;
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
  Instant deadline_{};
};

class TimerWheel {
 public:
  explicit TimerWheel(Instant start);
  ~TimerWheel();  // disarms what is still armed
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // (Re-)arms; what lies in the past fires at the next advance.
  void arm(Timer& timer, Instant at);
  // Fires all that is due at `now`, in the order of the deadlines (1 ms resolution), at most `limit`; gives how many.
  // Timers armed by fired timers for `now` or before fire in the same call.
  std::size_t advance(Instant now, std::size_t limit = static_cast<std::size_t>(-1));
  // When advance() has something to do at the earliest: never later than the earliest deadline; nullopt if none is
  // armed.
  [[nodiscard]] std::optional<Instant> next() const;
  [[nodiscard]] std::size_t armed() const;
  // The latest `now` that advance() was told: what time it is for a timer that fires, which may be late.
  [[nodiscard]] Instant now() const;

 private:
  friend class Timer;
  struct Levels;
  std::unique_ptr<Levels> levels_;
};

}  // namespace presentia::base
