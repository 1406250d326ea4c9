#include "as/runtime/rate_limit.h"

#include <algorithm>

namespace presentia::runtime {

RateLimit::Bucket& RateLimit::bucket(std::string_view name, double burst, base::Instant now) {
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
    return *found->second;
  }
  if (by_name_.size() >= capacity_) {
    by_name_.erase(buckets_.back().name);
    buckets_.pop_back();
  }
  buckets_.push_front({std::string(name), burst, now});
  by_name_.emplace(buckets_.front().name, buckets_.begin());
  return buckets_.front();
}

bool RateLimit::take(std::string_view name, std::uint32_t rate, base::Instant now) {
  if (rate == 0) return true;
  const double burst = 2.0 * rate;
  Bucket& own = bucket(name, burst, now);
  const double seconds = std::chrono::duration<double>(std::max(base::Millis(0), now - own.filled)).count();
  own.tokens = std::min(burst, own.tokens + seconds * rate);
  own.filled = now;
  if (own.tokens < 1) return false;
  own.tokens -= 1;
  return true;
}

}  // namespace presentia::runtime
