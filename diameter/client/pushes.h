// Notifications of the HSS that wait for a verdict, each with its deadline. Pure: told the time. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "as/base/time.h"

namespace presentia::diameter {

class Pushes {
 public:
  void add(std::uint64_t key, base::Instant deadline) { waiting_.emplace(key, deadline); }
  // True the first time, while it waits.
  [[nodiscard]] bool take(std::uint64_t key) { return waiting_.erase(key) > 0; }
  // Those whose time has passed; they wait no more.
  [[nodiscard]] std::vector<std::uint64_t> take_due(base::Instant now) {
    std::vector<std::uint64_t> due;
    for (const auto& [key, deadline] : waiting_) {
      if (deadline <= now) due.push_back(key);
    }
    for (const std::uint64_t key : due) waiting_.erase(key);
    return due;
  }
  [[nodiscard]] std::optional<base::Instant> next() const {
    std::optional<base::Instant> next;
    for (const auto& [key, deadline] : waiting_) {
      if (!next || deadline < *next) next = deadline;
    }
    return next;
  }

 private:
  std::unordered_map<std::uint64_t, base::Instant> waiting_;  // few: each is answered within milliseconds
};

}  // namespace presentia::diameter
