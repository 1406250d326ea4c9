// When a document is asked for again. Pure but for the jitter, whose source is given.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "as/base/time.h"

namespace presentia::xdm {

class FetchTimes {
 public:
  explicit FetchTimes(std::uint64_t seed) : random_(seed) {}

  // The pause after so many failures (from 1) in a row: doubles from `first` to `most`, less up to a fifth, so that
  // documents that failed together do not come back together. `ready_in`, what a server asked for, counts up to `most`.
  [[nodiscard]] base::Millis retry(std::uint32_t failures, base::Millis first, base::Millis most,
                                   base::Millis ready_in);
  // The next turn of a document in a period: each has its own place in it, so that many are spread evenly. nullopt for
  // a period of 0.
  [[nodiscard]] static std::optional<base::Instant> next_turn(std::string_view document, base::Millis period,
                                                              base::Instant now);

 private:
  std::mt19937_64 random_;
};

}  // namespace presentia::xdm
