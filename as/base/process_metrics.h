// What the operating system says of this process, under the names that Prometheus' own clients use.
#pragma once

#include "as/base/metrics.h"

namespace presentia::base {

// Registers them; they are looked up (/proc/self) at each reading. `metrics` refers to itself only.
void add_process_metrics(Metrics& metrics);

}  // namespace presentia::base
