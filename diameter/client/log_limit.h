// Lets so many lines of the Diameter library a second into the log: one failure of it prints many. Any thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "as/base/time.h"

namespace presentia::diameter {

class LogLimit {
 public:
  // Whether a line may be written now; at most `most` in a second.
  [[nodiscard]] bool admit(base::Instant now, std::uint32_t most) {
    const auto second = std::chrono::floor<base::Seconds>(now).time_since_epoch().count();
    if (second_.exchange(second) != second) lines_ = 0;
    return lines_.fetch_add(1) < most;
  }

 private:
  std::atomic<std::int64_t> second_ = 0;
  std::atomic<std::uint32_t> lines_ = 0;
};

}  // namespace presentia::diameter
