// How presentiactl shows things: tables for people, JSON for programs.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "proto/management.pb.h"
#include "tools/presentiactl/client.h"

namespace presentia::ctl {

// Columns as wide as their widest cell, two blanks between; the first row is the heading.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows);
// The message with the names of management.proto; on one line if `compact`.
[[nodiscard]] std::string json(const google::protobuf::Message& message, bool compact = false);

[[nodiscard]] std::string describe_text(const management::Description& description);
[[nodiscard]] std::string change_text(const management::ChangeResponse& response, bool dry_run, bool persist);
// One line per change: time, version, who, attribute, old -> new.
[[nodiscard]] std::string event_text(const management::WatchEvent& event);
// What a drain still has to do.
[[nodiscard]] std::string drain_text(const management::DrainProgress& drain);
[[nodiscard]] std::string status_text(const management::StatusResponse& response);
[[nodiscard]] std::string failure_text(const CallFailure& failure);

}  // namespace presentia::ctl
