#include "xdm-client/http/http_metrics.h"

#include <array>

namespace presentia::xdm {
namespace {

std::string outcome(const HttpResult& result) {
  if (result) return std::to_string(result->status / 100) + "xx";
  return std::string(word(result.error().kind));
}

}  // namespace

HttpMetrics::HttpMetrics(base::Metrics& metrics) : queue_(metrics.gauge("presentia_xcap_queue")) {
  std::vector<std::string> outcomes{"2xx", "3xx", "4xx", "5xx"};
  for (int kind = 0; kind < kFailureKinds; ++kind) outcomes.emplace_back(word(static_cast<FailureKind>(kind)));
  for (const Method method : {Method::get, Method::put, Method::del}) {
    const std::string name(word(method));
    seconds_.push_back(metrics.histogram("presentia_xcap_seconds", {{"method", name}}));
    for (const std::string& each : outcomes) {
      requests_.emplace(std::pair(method, each),
                        metrics.counter("presentia_xcap_requests_total", {{"method", name}, {"outcome", each}}));
    }
  }
}

void HttpMetrics::answered(Method method, const HttpResult& result, base::Millis took) {
  const auto found = requests_.find({method, outcome(result)});
  if (found != requests_.end()) found->second.add();
  seconds_.at(static_cast<std::size_t>(method)).observe(std::chrono::duration<double>(took).count());
}

}  // namespace presentia::xdm
