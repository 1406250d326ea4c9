// From the command line to the configuration a server starts with: file, then --set, then all checks.
#pragma once

#include <string>
#include <vector>

#include "as/base/result.h"
#include "mgmt/attributes/attributes.h"

namespace presentia::mgmt {

struct Startup {
  std::string file;               // --config; empty: defaults only
  std::vector<std::string> sets;  // --set, each object.attribute=value, in order
  bool insecure_lab = false;      // --insecure-lab
};

// Everything that is wrong is reported at once; what came from the command line is named "--set" as file. A server that
// could serve nobody (no listen address, no served domain) is refused too. xml::initialize() must have been called.
[[nodiscard]] base::Result<Initial, Violations> load(const Startup& startup);

}  // namespace presentia::mgmt
