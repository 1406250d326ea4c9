// Puts together what several answers said of one user. Pure.
#pragma once

#include "as/ports/subscriber_record.h"

namespace presentia::diameter {

// What `more` says is in `into` afterwards; of what both say, the newer counts.
void merge(ports::SubscriberRecord& into, ports::SubscriberRecord more);

}  // namespace presentia::diameter
