// The gRPC service Subscribers of subscribers.proto, by subscribers_operations.h. No thread of gRPC waits for the HSS.
#pragma once

#include <memory>

#include "as/base/metrics.h"
#include "as/ports/subscriber_data.h"
#include "mgmt/attributes/snapshot.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace presentia::mgmt {

class SubscribersService {
 public:
  // The references must outlive this; questions under way are answered before the server that this is registered with
  // stops.
  SubscribersService(ports::SubscriberData& data, const Live& live, base::Metrics& metrics);
  ~SubscribersService();  // after the server that it is registered with
  SubscribersService(const SubscribersService&) = delete;
  SubscribersService& operator=(const SubscribersService&) = delete;

  [[nodiscard]] grpc::Service& service();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace presentia::mgmt
