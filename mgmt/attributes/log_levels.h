// The object `log`, applied to the logger.
#pragma once

#include "proto/config.pb.h"

namespace presentia::mgmt {

// Sets the level of every module as the configuration says. Called at start and by a listener of Attributes. Any
// thread.
void apply_log_levels(const config::Log& levels);

}  // namespace presentia::mgmt
