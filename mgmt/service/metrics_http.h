// What machines ask over HTTP: GET /metrics for Prometheus, /healthz (is the process alive?) and /readyz (may requests
// be sent here?): 200, or 503 with one line per reason. Threads of its own (Poco's).
#pragma once

#include <memory>
#include <string>

#include "as/base/metrics.h"
#include "as/base/result.h"
#include "as/ports/operation.h"

namespace presentia::mgmt {

class MetricsHttp {
 public:
  // Both outlive this.
  MetricsHttp(const base::Metrics& metrics, const ports::Health& health);
  ~MetricsHttp();  // stops
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
