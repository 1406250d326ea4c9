#include "xdm-client/documents/fetch_times.h"

#include <algorithm>
#include <functional>

namespace presentia::xdm {

base::Millis FetchTimes::retry(std::uint32_t failures, base::Millis first, base::Millis most, base::Millis ready_in) {
  base::Millis pause = first;
  for (std::uint32_t i = 1; i < failures && pause < most; ++i) pause *= 2;
  pause = std::min(pause, most);
  const auto widest = static_cast<std::uint64_t>(pause.count()) / 5;
  const base::Millis less(static_cast<base::Millis::rep>(random_() % (widest + 1)));
  return std::max(pause - less, std::min(ready_in, most));
}

std::optional<base::Instant> FetchTimes::next_turn(std::string_view document, base::Millis period, base::Instant now) {
  if (period.count() <= 0) return std::nullopt;
  const auto offset = static_cast<base::Millis::rep>(std::hash<std::string_view>{}(document) %
                                                     static_cast<std::uint64_t>(period.count()));
  const base::Millis since = now.time_since_epoch();
  base::Instant turn(since - since % period + base::Millis(offset));
  if (turn <= now) turn += period;
  return turn;
}

}  // namespace presentia::xdm
