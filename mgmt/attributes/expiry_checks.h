// Checks that min ≤ default ≤ max hold for the expiry of publications and subscriptions in every combination of package
// and domain that can occur, with all that is inherited and overridden.
#pragma once

#include "mgmt/attributes/violation.h"
#include "proto/config.pb.h"

namespace presentia::mgmt {

// Appends a violation for each pair that contradicts, once, named by the more specific of the two attributes.
void check_expiry(Violations& out, const config::Config& config);

}  // namespace presentia::mgmt
