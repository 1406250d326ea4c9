// The gRPC service Presentities of presentities.proto: single answers by presentities_operations.h, and the streams
// Tail and Trace, which read what the core keeps for them ten times a second, so that nobody in the core ever waits for
// them.
#pragma once

#include <memory>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/ports/documents.h"
#include "as/ports/inspection.h"
#include "as/ports/tracing.h"
#include "mgmt/attributes/snapshot.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace presentia::mgmt {

class PresentitiesService {
 public:
  // The references must outlive this.
  PresentitiesService(ports::Inspection& inspection, ports::MessageTracing& tracing, ports::Documents& documents,
                      const Live& live, base::Metrics& metrics, const base::Clock& clock);
  ~PresentitiesService();  // after the server that it is registered with
  PresentitiesService(const PresentitiesService&) = delete;
  PresentitiesService& operator=(const PresentitiesService&) = delete;

  [[nodiscard]] grpc::Service& service();
  // With UNAVAILABLE; new ones too.
  void end_streams();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace presentia::mgmt
