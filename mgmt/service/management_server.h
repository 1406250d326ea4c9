// The gRPC services of management.proto, presentities.proto and subscribers.proto on a unix socket or TCP. gRPC brings
// its own threads; none of ours is used.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/result.h"
#include "as/base/time.h"
#include "as/ports/documents.h"
#include "as/ports/inspection.h"
#include "as/ports/operation.h"
#include "as/ports/subscriber_data.h"
#include "as/ports/tracing.h"
#include "mgmt/attributes/attributes.h"

namespace presentia::mgmt {

class ManagementServer {
 public:
  // `program`: name and version, shown to administrators. The references must outlive this.
  ManagementServer(Attributes& attributes, base::Metrics& metrics, const base::Clock& clock,
                   ports::Operation& operation, const ports::Health& health, std::string program);
  ~ManagementServer();  // stops
  ManagementServer(const ManagementServer&) = delete;
  ManagementServer& operator=(const ManagementServer&) = delete;

  // Serves Presentities too; before start(). The references must outlive this.
  void offer(ports::Inspection& inspection, ports::MessageTracing& tracing, ports::Documents& documents);
  // Serves Subscribers too; before start(). It outlives this, and its questions are answered before stop().
  void offer(ports::SubscriberData& subscribers);
  // Listens as the object `management` in force says: on a unix socket for its owner only; on TCP with mutual TLS, or
  // plain where validate() let that pass (loopback, --insecure-lab). Gives the address bound, as presentiactl --server
  // takes it: "unix:PATH" or "ADDRESS:PORT". Once.
  [[nodiscard]] base::Result<std::string> start();
  // Ends open calls (a Watch with UNAVAILABLE), and waits until none is left; at most about two seconds, unless a
  // backup or a question to the core is under way.
  void stop();
  // What grpc.health.v1 tells of the server and of each service. After start(); before it nothing is told.
  void set_serving(bool serving);
  // What Status tells of the addresses served.
  void set_listening(std::vector<std::string> addresses);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace presentia::mgmt
