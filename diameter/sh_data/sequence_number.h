// Sequence numbers of repository data [TS29.328 6.1.2.1]. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace presentia::diameter {

// The number that an update carries, of data with the number `stored`; nullopt: there is none yet. 0 says "created", so
// it comes once only, and 65535 is followed by 1.
[[nodiscard]] constexpr std::uint16_t next_sequence_number(std::optional<std::uint16_t> stored) {
  if (!stored) return 0;
  return *stored == std::numeric_limits<std::uint16_t>::max() ? std::uint16_t{1}
                                                              : static_cast<std::uint16_t>(*stored + 1);
}

}  // namespace presentia::diameter
