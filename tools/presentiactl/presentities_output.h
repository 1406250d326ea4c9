// How presentiactl shows what the service Presentities says, for people.
#pragma once

#include <string>

#include "proto/presentities.pb.h"

namespace presentia::ctl {

[[nodiscard]] std::string publications_text(const google::protobuf::RepeatedPtrField<management::Publication>& all);
[[nodiscard]] std::string subscriptions_text(const google::protobuf::RepeatedPtrField<management::Subscription>& all);
[[nodiscard]] std::string show_text(const management::ShowResponse& response);
// One line: time, event, name=value…
[[nodiscard]] std::string tail_text(const management::TailEvent& event);
// A line with time, direction and addresses, the message, an empty line.
[[nodiscard]] std::string trace_text(const management::TraceEvent& event);

}  // namespace presentia::ctl
