#include "mgmt/service/calls.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <string_view>

namespace presentia::mgmt {
namespace {

constexpr const char* kUserKey = "presentia-user";  // metadata: who says to be calling
constexpr base::Millis kLongestWait{5000};

}  // namespace

grpc::Status to_status(const CallError& error) {
  return {static_cast<grpc::StatusCode>(error.code), error.message, error.details};
}

std::string caller(const grpc::CallbackServerContext& context) {
  if (const auto identity = context.auth_context(); identity && identity->IsPeerAuthenticated()) {
    const auto names = identity->FindPropertyValues(GRPC_X509_CN_PROPERTY_NAME);
    if (!names.empty()) return "tls:" + std::string(names.front().data(), names.front().size());
  }
  std::string peer = context.peer();
  if (peer.starts_with("unix:")) peer = "unix";
  const auto& metadata = context.client_metadata();
  const auto user = metadata.find(kUserKey);
  return user == metadata.end() ? peer : peer + ":" + std::string(user->second.data(), user->second.size());
}

base::Millis time_left(const grpc::CallbackServerContext& context) {
  const gpr_timespec deadline = gpr_convert_clock_type(context.raw_deadline(), GPR_CLOCK_MONOTONIC);
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(GPR_CLOCK_MONOTONIC));
  return std::clamp(base::Millis(gpr_time_to_millis(left)), base::Millis(0), kLongestWait);
}

void count_call(base::Metrics& metrics, const char* method, bool done) {
  metrics.counter("presentia_management_calls_total", {{"method", method}, {"result", done ? "done" : "refused"}})
      .add();
}

grpc::Status stopping() { return {grpc::StatusCode::UNAVAILABLE, "the server stops"}; }

}  // namespace presentia::mgmt
