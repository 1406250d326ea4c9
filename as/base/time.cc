#include "as/base/time.h"

namespace presentia::base {

SteadyClock::SteadyClock()
    : start_(std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now())),
      steady_start_(std::chrono::steady_clock::now()) {}

Instant SteadyClock::now() const {
  return start_ + std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - steady_start_);
}

}  // namespace presentia::base
