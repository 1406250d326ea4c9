// What each call of the management service does, without gRPC: messages in, messages or an error out. Any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/ports/operation.h"
#include "mgmt/attributes/attributes.h"
#include "mgmt/service/convert.h"
#include "proto/management.pb.h"

namespace presentia::mgmt {

class Operations {
 public:
  // `program`: name and version, for Status. The references must outlive this.
  Operations(Attributes& attributes, const base::Metrics& metrics, const base::Clock& clock,
             ports::Operation& operation, const ports::Health& health, std::string program);

  using Outcome = std::optional<CallError>;  // nullopt: done, the response holds the answer
  // `who` made the call, for the history.
  [[nodiscard]] Outcome describe(const management::DescribeRequest& request, const std::string& who,
                                 management::DescribeResponse& response) const;
  [[nodiscard]] Outcome get(const management::GetRequest& request, const std::string& who,
                            management::GetResponse& response) const;
  [[nodiscard]] Outcome set(const management::SetRequest& request, const std::string& who,
                            management::ChangeResponse& response) const;
  [[nodiscard]] Outcome reset(const management::ResetRequest& request, const std::string& who,
                              management::ChangeResponse& response) const;
  [[nodiscard]] Outcome history(const management::HistoryRequest& request, const std::string& who,
                                management::HistoryResponse& response) const;
  [[nodiscard]] Outcome read_metrics(const management::ReadMetricsRequest& request, const std::string& who,
                                     management::ReadMetricsResponse& response) const;
  [[nodiscard]] Outcome status(const management::StatusRequest& request, const std::string& who,
                               management::StatusResponse& response) const;
  // An operator's acts: logged with who did it.
  [[nodiscard]] Outcome drain(const management::DrainRequest& request, const std::string& who,
                              management::DrainResponse& response) const;
  [[nodiscard]] Outcome backup(const management::BackupRequest& request, const std::string& who,
                               management::BackupResponse& response) const;

  // Values in force as the first event of a Watch.
  [[nodiscard]] management::WatchEvent current(const Snapshot& snapshot,
                                               const std::vector<std::string>& patterns) const;
  // An error if a pattern without * names nothing that could ever exist.
  [[nodiscard]] static Outcome check_patterns(const std::vector<std::string>& patterns);

  void set_listening(std::vector<std::string> addresses);
  [[nodiscard]] Attributes& attributes() const { return attributes_; }

 private:
  Attributes& attributes_;
  const base::Metrics& metrics_;
  const base::Clock& clock_;
  ports::Operation& operation_;
  const ports::Health& health_;
  const std::string program_;
  const base::Instant started_at_;
  mutable std::mutex mutex_;
  std::vector<std::string> listening_;  // guarded by mutex_
};

// True if the name matches any of the patterns; without patterns: true.
[[nodiscard]] bool matches_any(const std::vector<std::string>& patterns, const std::string& name);

}  // namespace presentia::mgmt
