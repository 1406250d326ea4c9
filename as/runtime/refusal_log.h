// One log line for each request that reached a resource and was refused there, at once or after it waited.
#pragma once

#include "as/event/machine.h"

namespace presentia::runtime {

// Level info, module event. What is accepted is logged by the event framework, which knows what it means. `request`:
// what the decision is about; null: none.
void log_refusal(const ports::Resource& resource, const ports::SipRequest* request, const event::Decision& decision);

}  // namespace presentia::runtime
