// The metrics over HTTP, for Prometheus: GET /metrics, and 404 for everything else. Threads of its own (Poco's).
#pragma once

#include <memory>
#include <string>

#include "as/base/metrics.h"
#include "as/base/result.h"

namespace presentia::mgmt {

class MetricsHttp {
 public:
  explicit MetricsHttp(const base::Metrics& metrics);  // which must outlive this
  ~MetricsHttp();                                      // stops
  MetricsHttp(const MetricsHttp&) = delete;
  MetricsHttp& operator=(const MetricsHttp&) = delete;

  // Listens on "ADDRESS:PORT" (port 0: a free one) and gives the address bound. Once.
  [[nodiscard]] base::Result<std::string> start(const std::string& address);
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace presentia::mgmt
