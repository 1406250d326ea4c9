// The event packages of this server.
#pragma once

#include <memory>

#include "as/event/packages.h"
#include "as/packages/presence/schema_folder.h"

namespace presentia {

// One line per package; a new one is a folder under as/packages and its line here.
[[nodiscard]] event::Packages make_packages(std::shared_ptr<const presence::SchemaFolder> schemas);

}  // namespace presentia
