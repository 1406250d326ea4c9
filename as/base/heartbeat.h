// Says of a thread that it still turns.
#pragma once

#include <atomic>
#include <optional>

#include "as/base/time.h"

namespace presentia::base {

class Heartbeat {
 public:
  // The thread has done a turn.
  void beat(Instant now) { last_.store(now.time_since_epoch().count(), std::memory_order_relaxed); }
  // When it last did; nullopt before its first. Any thread.
  [[nodiscard]] std::optional<Instant> last() const {
    const auto at = last_.load(std::memory_order_relaxed);
    if (at == kNever) return std::nullopt;
    return Instant(Millis(at));
  }

  // It has turned, but not for kLongestSilence. Any thread.
  [[nodiscard]] bool silent(Instant now) const;

 private:
  static constexpr Millis::rep kNever = -1;
  std::atomic<Millis::rep> last_{kNever};
};

// A thread of ours that has nothing to do turns this often all the same.
inline constexpr Seconds kBeatEvery{1};
// One that has not turned for so long hangs.
inline constexpr Seconds kLongestSilence{10};

inline bool Heartbeat::silent(Instant now) const {
  const auto at = last();
  return at && now - *at > kLongestSilence;
}

}  // namespace presentia::base
