// A connection to the management service of one server. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "proto/management.pb.h"
#include "proto/presentities.pb.h"
#include "proto/subscribers.pb.h"

namespace presentia::ctl {

struct Connection {
  std::string server;  // unix:PATH or ADDRESS:PORT
  std::string ca;      // PEM files, all three or none
  std::string certificate;
  std::string private_key;
  std::string server_name;  // name in the server's certificate, if it is not the address
};

enum class Failure { refused, unreachable };
struct CallFailure {
  Failure kind = Failure::refused;
  std::string text;
  management::Refusal refusal;  // what exactly, where the server says so
  management::ShFault fault;    // of the HSS, likewise
};

class Client {
 public:
  explicit Client(const Connection& connection);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Each waits for the answer, at most ten seconds if nothing else is said. nullopt: `response` holds it.
  using Outcome = std::optional<CallFailure>;
  Outcome call(const management::DescribeRequest& request, management::DescribeResponse& response);
  Outcome call(const management::GetRequest& request, management::GetResponse& response);
  Outcome call(const management::SetRequest& request, management::ChangeResponse& response);
  Outcome call(const management::ResetRequest& request, management::ChangeResponse& response);
  Outcome call(const management::HistoryRequest& request, management::HistoryResponse& response);
  Outcome call(const management::ReadMetricsRequest& request, management::ReadMetricsResponse& response);
  Outcome call(const management::StatusRequest& request, management::StatusResponse& response);
  Outcome call(const management::DrainRequest& request, management::DrainResponse& response);
  // Waits for an hour at most.
  Outcome call(const management::BackupRequest& request, management::BackupResponse& response);

  Outcome call(const management::ListRequest& request, management::ListResponse& response);
  Outcome call(const management::ShowRequest& request, management::ShowResponse& response);
  Outcome call(const management::TerminateRequest& request, management::ActResponse& response);
  Outcome call(const management::DropRequest& request, management::ActResponse& response);
  Outcome call(const management::RenotifyRequest& request, management::ActResponse& response);
  Outcome call(const management::ExplainRequest& request, management::ExplainResponse& response);
  Outcome call(const management::ListDocumentsRequest& request, management::ListDocumentsResponse& response);
  Outcome call(const management::InvalidateRequest& request, management::InvalidateResponse& response);

  Outcome call(const management::ListShPeersRequest& request, management::ListShPeersResponse& response);
  Outcome call(const management::ReadSubscriberRequest& request, management::ReadSubscriberResponse& response);
  Outcome call(const management::GetProfileRequest& request, management::Profile& response);
  Outcome call(const management::SetProfileRequest& request, management::SetProfileResponse& response);
  Outcome call(const management::DeleteProfileRequest& request, management::DeleteProfileResponse& response);

  // Calls `ready` when nothing can be missed any more, then `on_event` for each. A trace ends well (nullopt) when its
  // limits are reached; a tail always with a failure.
  Outcome tail(const management::TailRequest& request, const std::function<void()>& ready,
               const std::function<void(const management::TailEvent&)>& on_event);
  Outcome trace(const management::TraceRequest& request, const std::function<void()>& ready,
                const std::function<void(const management::TraceEvent&)>& on_event);

  // Calls `ready` with the version in force when no change can be missed any more, then `on_event` for each, until the
  // server ends it: there is always a failure in the end.
  Outcome watch(const management::WatchRequest& request, const std::function<void(const std::string&)>& ready,
                const std::function<void(const management::WatchEvent&)>& on_event);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace presentia::ctl
