// Whether one peer is worth asking: used while it answers, left alone for a growing time after failures in a row, then
// tried by one request. Pure: it is told the time. One thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "as/base/time.h"
#include "diameter/client/sh_settings.h"

namespace presentia::diameter {

class Circuit {
 public:
  [[nodiscard]] bool is_usable(base::Instant now) const { return !is_open_ || (now >= due_ && !is_tried_); }
  [[nodiscard]] bool is_left_alone(base::Instant now) const { return is_open_ && now < due_; }
  // A request goes to it.
  void used() { is_tried_ = is_open_; }
  void answered() { *this = {}; }
  // It let a request wait for too long.
  void failed(base::Instant now, const ShSettings& settings) {
    is_tried_ = false;
    if (++failures_ < settings.circuit_failures) return;
    const auto doublings = std::min<std::uint32_t>(failures_ - settings.circuit_failures, kMostDoublings);
    due_ = now + std::min(settings.circuit_first * (std::int64_t{1} << doublings), settings.circuit_max);
    is_open_ = true;
  }

 private:
  static constexpr std::uint32_t kMostDoublings = 20;
  std::uint32_t failures_ = 0;  // in a row
  bool is_open_ = false, is_tried_ = false;
  base::Instant due_{};
};

}  // namespace presentia::diameter
