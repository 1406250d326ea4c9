// What presentiactl shows people of the HSS.
#pragma once

#include <string>

#include "proto/subscribers.pb.h"

namespace presentia::ctl {

// Between the enum and how it is written on the command line: ims-user-state.
[[nodiscard]] std::string word_of(management::DataReference reference);

[[nodiscard]] std::string peers_text(const management::ListShPeersResponse& response);
// A line for each thing that the HSS has said, and for each that it has refused.
[[nodiscard]] std::string subscriber_text(const management::ReadSubscriberResponse& response);

}  // namespace presentia::ctl
