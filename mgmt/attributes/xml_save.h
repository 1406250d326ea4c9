// A Config to its XML form, and safely into a file.
#pragma once

#include <string>

#include "as/base/result.h"
#include "proto/config.pb.h"

namespace presentia::mgmt {

// Only what differs from the defaults, so that a later version's better defaults are not overruled. load_xml() of it
// gives the same values again.
[[nodiscard]] std::string save_xml(const config::Config& config);

// Replaces the file at once and durably (written beside it, synced, renamed), keeping its permissions; the former
// content is kept as FILE.previous. Comments of the former file are not carried over. Blocks on the disk.
[[nodiscard]] base::Result<base::Done> save_xml_file(const config::Config& config, const std::string& file);

}  // namespace presentia::mgmt
