// Requests per second by name: a token bucket each, with bursts of twice the rate. Bounded: where there are too many
// names the one unused longest is forgotten, whose bucket has filled most. One SIP thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "as/base/time.h"

namespace presentia::runtime {

class RateLimit {
 public:
  RateLimit() = default;
  explicit RateLimit(std::size_t capacity) : capacity_(capacity) {}

  // False if that is one too many for `rate` a second; nothing is counted then. Rate 0: no limit.
  [[nodiscard]] bool take(std::string_view name, std::uint32_t rate, base::Instant now);
  [[nodiscard]] std::size_t size() const { return by_name_.size(); }

 private:
  struct Bucket {
    std::string name;
    double tokens = 0;
    base::Instant filled{};
  };
  Bucket& bucket(std::string_view name, double burst, base::Instant now);

  std::size_t capacity_ = 65536;
  std::list<Bucket> buckets_;                                                  // last used first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_name_;  // the names are the buckets'
};

}  // namespace presentia::runtime
