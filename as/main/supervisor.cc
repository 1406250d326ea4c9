#include "as/main/supervisor.h"

#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdint>
#include <tuple>
#include <utility>

namespace presentia {
namespace {

void tell(const std::string& message) { std::ignore = sd_notify(0, message.c_str()); }

}  // namespace

Supervisor::Supervisor() {
  std::uint64_t patience = 0;  // microseconds
  if (sd_watchdog_enabled(0, &patience) > 0) {
    watchdog_ = std::chrono::duration_cast<base::Millis>(std::chrono::microseconds(patience / 2));
  }
}

void Supervisor::ready() { tell("READY=1"); }

void Supervisor::stopping() {
  if (!std::exchange(stopping_, true)) tell("STOPPING=1");
}

void Supervisor::status(const std::string& words) {
  if (words == last_) return;
  last_ = words;
  tell("STATUS=" + words);
}

void Supervisor::alive(base::Instant now) {
  if (!watchdog_ || (fed_ && now - *fed_ < *watchdog_)) return;
  fed_ = now;
  tell("WATCHDOG=1");
}

}  // namespace presentia
