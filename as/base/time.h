// Instants and durations. Logic never asks what time it is: it is told (`now`), so that tests run in virtual time.
#pragma once

#include <chrono>

namespace presentia::base {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;  // UTC
using Seconds = std::chrono::seconds;
using Millis = std::chrono::milliseconds;

// Where `now` comes from. One for a process; tests have one that they move.
class Clock {
 public:
  virtual ~Clock() = default;
  // UTC in ms, sampled once at start and advanced by steady time, so that a step of the system clock expires nothing.
  // Any thread.
  [[nodiscard]] virtual Instant now() const = 0;
};

class SteadyClock final : public Clock {
 public:
  SteadyClock();
  [[nodiscard]] Instant now() const override;

 private:
  Instant start_;
  std::chrono::steady_clock::time_point steady_start_;
};

}  // namespace presentia::base
