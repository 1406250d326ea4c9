// The checks of a whole configuration: every value by itself, and values against each other.
#pragma once

#include "mgmt/attributes/violation.h"
#include "proto/config.pb.h"

namespace presentia::mgmt {

struct ValidateOptions {
  bool insecure_lab = false;  // plain TCP for the management service on loopback addresses
  // The configuration in force, if there is one: files and folders that are named there already are not looked at
  // again, so that a file that vanished does not stand in the way of other changes.
  const config::Config* in_force = nullptr;
};

// Everything that is wrong; empty if the configuration can be in force. Looks at the file system. Any thread.
[[nodiscard]] Violations validate(const config::Config& config, const ValidateOptions& options);

}  // namespace presentia::mgmt
