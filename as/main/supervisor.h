// What a service manager is told [sd_notify(3)]; nothing happens where none has started us. One thread.
#pragma once

#include <optional>
#include <string>

#include "as/base/time.h"

namespace presentia {

class Supervisor {
 public:
  // Takes WATCHDOG_USEC from the environment.
  Supervisor();

  void ready();
  // Once.
  void stopping();
  // One line for people; told when it differs from the last.
  void status(const std::string& words);
  // All is well: told as often as the watchdog wants it, if there is one.
  void alive(base::Instant now);

 private:
  std::string last_;
  bool stopping_ = false;
  std::optional<base::Millis> watchdog_;  // half of its patience
  std::optional<base::Instant> fed_;
};

}  // namespace presentia
