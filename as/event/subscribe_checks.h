// What is checked of a SUBSCRIBE before it is acted on. Not for other folders.
#pragma once

#include <optional>
#include <string>

#include "as/event/draft.h"

namespace presentia::event {

// A SUBSCRIBE whose form is right.
struct Asked {
  std::string body_type;
  base::Seconds lifetime{};  // granted; 0: fetch or unsubscribe
};

// Body, Accept, Expires, in this order; nullopt if refused (and answered) with 415, 406, 423.
[[nodiscard]] std::optional<Asked> check_subscribe(Draft& draft, const ResourceState& state,
                                                   const ports::SipRequest& request, const Handler& handler,
                                                   const Context& context);

}  // namespace presentia::event
