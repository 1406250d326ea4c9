// One log line for each request that reached a resource and was refused there.
#pragma once

#include "as/event/machine.h"

namespace presentia::runtime {

// Level info, module event. What is accepted is logged by the event framework, which knows what it means.
void log_refusal(const ports::Resource& resource, const event::Event& event, const event::Decision& decision);

}  // namespace presentia::runtime
