// The counters of the HTTP client, registered once.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "as/base/metrics.h"
#include "xdm-client/http/http_values.h"

namespace presentia::xdm {

class HttpMetrics {
 public:
  explicit HttpMetrics(base::Metrics& metrics);

  // Any thread.
  void answered(Method method, const HttpResult& result, base::Millis took);
  void waiting(std::size_t requests) { queue_.set(static_cast<double>(requests)); }

 private:
  std::map<std::pair<Method, std::string>, base::Counter> requests_;  // by outcome; filled at construction
  std::vector<base::Histogram> seconds_;                              // by method
  base::Gauge queue_;
};

}  // namespace presentia::xdm
