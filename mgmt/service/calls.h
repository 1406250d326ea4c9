// What the gRPC services of this folder share: who calls, how a call is refused and counted.
#pragma once

#include <string>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "mgmt/service/convert.h"

namespace grpc {
class CallbackServerContext;
class Status;
}  // namespace grpc

namespace presentia::mgmt {

[[nodiscard]] grpc::Status to_status(const CallError& error);

// Who calls: the name in the certificate where there is one; else the address, with the name the caller gives himself
// (only the owner can connect to the unix socket).
[[nodiscard]] std::string caller(const grpc::CallbackServerContext& context);

// Until the caller's deadline; at most five seconds, so that calls do not pile up.
[[nodiscard]] base::Millis time_left(const grpc::CallbackServerContext& context);

void count_call(base::Metrics& metrics, const char* method, bool done);

// UNAVAILABLE: for calls that are open when the server stops.
[[nodiscard]] grpc::Status stopping();

}  // namespace presentia::mgmt
