#include "tools/presentiactl/client.h"

#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <pwd.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "proto/management.grpc.pb.h"
#include "proto/presentities.grpc.pb.h"
#include "proto/subscribers.grpc.pb.h"

namespace presentia::ctl {
namespace {

using management::Management;
using management::Presentities;
using management::Subscribers;

constexpr std::int64_t kDeadlineMs = 10'000;
constexpr std::int64_t kLongDeadlineMs = 3'600'000;
constexpr const char* kVersionKey = "presentia-version";  // initial metadata of a Watch
constexpr const char* kStreamKey = "presentia-stream";    // initial metadata of a Tail or Trace that has begun

std::string content(const std::string& file) {
  std::ostringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  return bytes.str();
}

std::string user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

CallFailure failure(const grpc::Status& status, const std::string& server) {
  CallFailure result;
  management::StatusDetails details;
  bool hss = false;  // it is what could not be reached, if anything
  if (details.ParseFromString(status.error_details())) {
    for (const auto& detail : details.details()) {
      hss = detail.UnpackTo(&result.fault) || hss;
      detail.UnpackTo(&result.refusal);
    }
  }
  const bool unreachable = !hss && (status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                                    status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  result.kind = unreachable ? Failure::unreachable : Failure::refused;
  result.text = unreachable ? "no answer from " + server + ": " + status.error_message() : status.error_message();
  return result;
}

std::shared_ptr<grpc::Channel> connect(const Connection& to) {
  if (to.ca.empty()) return grpc::CreateChannel(to.server, grpc::InsecureChannelCredentials());
  grpc::ChannelArguments arguments;
  if (!to.server_name.empty()) arguments.SetSslTargetNameOverride(to.server_name);
  const grpc::SslCredentialsOptions tls{content(to.ca), content(to.private_key), content(to.certificate)};
  return grpc::CreateCustomChannel(to.server, grpc::SslCredentials(tls), arguments);
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(const Connection& connection) : server_(connection.server) {
    gpr_set_log_function([](gpr_log_func_args*) {});  // the status of a call says it, for people
    const auto channel = connect(connection);
    stub_ = Management::NewStub(channel);
    presentities_ = Presentities::NewStub(channel);
    subscribers_ = Subscribers::NewStub(channel);
  }

  template <class Request, class Response>
  Outcome call(grpc::Status (Management::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
               const Request& request, Response& response, std::int64_t within_ms = kDeadlineMs) {
    return call(*stub_, method, request, response, within_ms);
  }
  template <class Request, class Response>
  Outcome call(grpc::Status (Presentities::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
               const Request& request, Response& response) {
    return call(*presentities_, method, request, response, kDeadlineMs);
  }
  template <class Request, class Response>
  Outcome call(grpc::Status (Subscribers::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
               const Request& request, Response& response) {
    return call(*subscribers_, method, request, response, kDeadlineMs);
  }

  template <class Event, class Request>
  Outcome follow(std::unique_ptr<grpc::ClientReader<Event>> (Presentities::Stub::*method)(grpc::ClientContext*,
                                                                                          const Request&),
                 const Request& request, const std::function<void()>& ready,
                 const std::function<void(const Event&)>& on_event) {
    grpc::ClientContext context;
    identify(context);
    const auto reader = (presentities_.get()->*method)(&context, request);
    reader->WaitForInitialMetadata();
    Event event;
    bool first = true;
    const auto begin = [&] {
      if (std::exchange(first, false)) ready();
    };
    if (context.GetServerInitialMetadata().contains(kStreamKey)) begin();
    while (reader->Read(&event)) {
      begin();
      on_event(event);
    }
    const grpc::Status status = reader->Finish();
    if (status.ok()) return std::nullopt;
    return failure(status, server_);
  }

 private:
  template <class Stub, class Request, class Response>
  Outcome call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
               const Request& request, Response& response, std::int64_t within_ms) {
    grpc::ClientContext context;
    identify(context);
    context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(within_ms, GPR_TIMESPAN)));
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (status.ok()) return std::nullopt;
    return failure(status, server_);
  }

 public:
  Outcome watch(const management::WatchRequest& request, const std::function<void(const std::string&)>& ready,
                const std::function<void(const management::WatchEvent&)>& on_event) {
    grpc::ClientContext context;
    identify(context);
    const auto reader = stub_->Watch(&context, request);
    reader->WaitForInitialMetadata();
    const auto& metadata = context.GetServerInitialMetadata();
    if (const auto version = metadata.find(kVersionKey); version != metadata.end()) {
      ready({version->second.data(), version->second.size()});
    }
    management::WatchEvent event;
    while (reader->Read(&event)) on_event(event);
    return failure(reader->Finish(), server_);
  }

 private:
  static void identify(grpc::ClientContext& context) { context.AddMetadata("presentia-user", user()); }

  const std::string server_;
  std::unique_ptr<Management::Stub> stub_;
  std::unique_ptr<Presentities::Stub> presentities_;
  std::unique_ptr<Subscribers::Stub> subscribers_;
};

Client::Client(const Connection& connection) : impl_(std::make_unique<Impl>(connection)) {}
Client::~Client() = default;

Client::Outcome Client::call(const management::DescribeRequest& request, management::DescribeResponse& response) {
  return impl_->call(&Management::Stub::Describe, request, response);
}
Client::Outcome Client::call(const management::GetRequest& request, management::GetResponse& response) {
  return impl_->call(&Management::Stub::Get, request, response);
}
Client::Outcome Client::call(const management::SetRequest& request, management::ChangeResponse& response) {
  return impl_->call(&Management::Stub::Set, request, response);
}
Client::Outcome Client::call(const management::ResetRequest& request, management::ChangeResponse& response) {
  return impl_->call(&Management::Stub::Reset, request, response);
}
Client::Outcome Client::call(const management::HistoryRequest& request, management::HistoryResponse& response) {
  return impl_->call(&Management::Stub::History, request, response);
}
Client::Outcome Client::call(const management::ReadMetricsRequest& request, management::ReadMetricsResponse& response) {
  return impl_->call(&Management::Stub::ReadMetrics, request, response);
}
Client::Outcome Client::call(const management::StatusRequest& request, management::StatusResponse& response) {
  return impl_->call(&Management::Stub::Status, request, response);
}
Client::Outcome Client::call(const management::DrainRequest& request, management::DrainResponse& response) {
  return impl_->call(&Management::Stub::Drain, request, response);
}
Client::Outcome Client::call(const management::BackupRequest& request, management::BackupResponse& response) {
  return impl_->call(&Management::Stub::Backup, request, response, kLongDeadlineMs);
}
Client::Outcome Client::call(const management::ListRequest& request, management::ListResponse& response) {
  return impl_->call(&Presentities::Stub::List, request, response);
}
Client::Outcome Client::call(const management::ShowRequest& request, management::ShowResponse& response) {
  return impl_->call(&Presentities::Stub::Show, request, response);
}
Client::Outcome Client::call(const management::TerminateRequest& request, management::ActResponse& response) {
  return impl_->call(&Presentities::Stub::Terminate, request, response);
}
Client::Outcome Client::call(const management::DropRequest& request, management::ActResponse& response) {
  return impl_->call(&Presentities::Stub::Drop, request, response);
}
Client::Outcome Client::call(const management::RenotifyRequest& request, management::ActResponse& response) {
  return impl_->call(&Presentities::Stub::Renotify, request, response);
}
Client::Outcome Client::call(const management::ExplainRequest& request, management::ExplainResponse& response) {
  return impl_->call(&Presentities::Stub::Explain, request, response);
}
Client::Outcome Client::call(const management::ListDocumentsRequest& request,
                             management::ListDocumentsResponse& response) {
  return impl_->call(&Presentities::Stub::ListDocuments, request, response);
}
Client::Outcome Client::call(const management::InvalidateRequest& request, management::InvalidateResponse& response) {
  return impl_->call(&Presentities::Stub::Invalidate, request, response);
}
Client::Outcome Client::call(const management::ListShPeersRequest& request, management::ListShPeersResponse& response) {
  return impl_->call(&Subscribers::Stub::ListShPeers, request, response);
}
Client::Outcome Client::call(const management::ReadSubscriberRequest& request,
                             management::ReadSubscriberResponse& response) {
  return impl_->call(&Subscribers::Stub::ReadSubscriber, request, response);
}
Client::Outcome Client::call(const management::GetProfileRequest& request, management::Profile& response) {
  return impl_->call(&Subscribers::Stub::GetProfile, request, response);
}
Client::Outcome Client::call(const management::SetProfileRequest& request, management::SetProfileResponse& response) {
  return impl_->call(&Subscribers::Stub::SetProfile, request, response);
}
Client::Outcome Client::call(const management::DeleteProfileRequest& request,
                             management::DeleteProfileResponse& response) {
  return impl_->call(&Subscribers::Stub::DeleteProfile, request, response);
}
Client::Outcome Client::tail(const management::TailRequest& request, const std::function<void()>& ready,
                             const std::function<void(const management::TailEvent&)>& on_event) {
  return impl_->follow(&Presentities::Stub::Tail, request, ready, on_event);
}
Client::Outcome Client::trace(const management::TraceRequest& request, const std::function<void()>& ready,
                              const std::function<void(const management::TraceEvent&)>& on_event) {
  return impl_->follow(&Presentities::Stub::Trace, request, ready, on_event);
}
Client::Outcome Client::watch(const management::WatchRequest& request,
                              const std::function<void(const std::string&)>& ready,
                              const std::function<void(const management::WatchEvent&)>& on_event) {
  return impl_->watch(request, ready, on_event);
}

}  // namespace presentia::ctl
