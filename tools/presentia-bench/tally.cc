#include "tools/presentia-bench/tally.h"

#include <algorithm>
#include <cmath>

namespace presentia::bench {

double Tally::percentile_ms(double share) {
  if (latencies_us.empty()) return 0;
  const auto last = static_cast<double>(latencies_us.size() - 1);
  const auto place = latencies_us.begin() + std::lround(share * last);
  std::nth_element(latencies_us.begin(), place, latencies_us.end());
  return *place / 1000.0;
}

}  // namespace presentia::bench
