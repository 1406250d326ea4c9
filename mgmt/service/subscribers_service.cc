#include "mgmt/service/subscribers_service.h"

#include <grpcpp/grpcpp.h>

#include <optional>
#include <string>

#include "mgmt/service/calls.h"
#include "mgmt/service/subscribers_operations.h"
#include "proto/subscribers.grpc.pb.h"

namespace presentia::mgmt {

class SubscribersService::Impl final : public management::Subscribers::CallbackService {
 public:
  Impl(ports::SubscriberData& data, const Live& live, base::Metrics& metrics)
      : operations_(data, live), metrics_(metrics) {}

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  Unary* ListShPeers(Context* context, const management::ListShPeersRequest* request,
                     management::ListShPeersResponse* response) override {
    return answer("ListShPeers", context, &SubscribersOperations::list_peers, request, response);
  }
  Unary* ReadSubscriber(Context* context, const management::ReadSubscriberRequest* request,
                        management::ReadSubscriberResponse* response) override {
    return answer("ReadSubscriber", context, &SubscribersOperations::read, request, response);
  }
  Unary* GetProfile(Context* context, const management::GetProfileRequest* request,
                    management::Profile* response) override {
    return answer("GetProfile", context, &SubscribersOperations::get_profile, request, response);
  }
  Unary* SetProfile(Context* context, const management::SetProfileRequest* request,
                    management::SetProfileResponse* response) override {
    return answer("SetProfile", context, &SubscribersOperations::set_profile, request, response);
  }
  Unary* DeleteProfile(Context* context, const management::DeleteProfileRequest* request,
                       management::DeleteProfileResponse* response) override {
    return answer("DeleteProfile", context, &SubscribersOperations::delete_profile, request, response);
  }

 private:
  template <class Request, class Response>
  Unary* answer(const char* method, Context* context,
                void (SubscribersOperations::*operation)(const Request&, const SubscribersOperations::Call&, Response&,
                                                         const SubscribersOperations::Done&) const,
                const Request* request, Response* response) {
    Unary* reactor = context->DefaultReactor();  // what it belongs to lives until it has finished
    (operations_.*operation)(*request, {caller(*context), time_left(*context)}, *response,
                             [this, method, reactor](const std::optional<CallError>& error) {
                               count_call(metrics_, method, !error);
                               reactor->Finish(error ? to_status(*error) : grpc::Status::OK);
                             });
    return reactor;
  }

  const SubscribersOperations operations_;
  base::Metrics& metrics_;
};

SubscribersService::SubscribersService(ports::SubscriberData& data, const Live& live, base::Metrics& metrics)
    : impl_(std::make_unique<Impl>(data, live, metrics)) {}

SubscribersService::~SubscribersService() = default;

grpc::Service& SubscribersService::service() { return *impl_; }

}  // namespace presentia::mgmt
