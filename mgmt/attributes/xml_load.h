// The XML form of a configuration to a Config. Refuses what it does not know: a misspelt attribute must not pass.
#pragma once

#include <string>
#include <string_view>

#include "as/base/result.h"
#include "mgmt/attributes/violation.h"
#include "proto/config.pb.h"

namespace presentia::mgmt {

// Reads `bytes`; what is absent has its default. Each value has been checked by itself; values against each other are
// validate()'s. All that is wrong is reported at once, with `file` and the line. xml::initialize() must have been
// called.
[[nodiscard]] base::Result<config::Config, Violations> load_xml(std::string_view bytes, const std::string& file);

// The same from a file.
[[nodiscard]] base::Result<config::Config, Violations> load_xml_file(const std::string& file);

}  // namespace presentia::mgmt
