// How presentiactl shows why a watcher sees what it sees, for people.
#pragma once

#include <string>

#include "proto/presentities.pb.h"

namespace presentia::ctl {

// The documents, the rules in their order, the decision, what it is made of, what is not shown, and the result.
[[nodiscard]] std::string explain_text(const management::ExplainResponse& response);

}  // namespace presentia::ctl
