// The sphere of a presentity, on which its rules may depend.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "as/event/package.h"

namespace presentia::presence {

// What all persons who have a sphere in any of the documents have in common; nullopt if none has one or they differ
// [RFC5025 3.1.2]. `publications`: their documents are PidfDocuments.
[[nodiscard]] std::optional<std::string> sphere_of(std::span<const event::PublicationView> publications);

}  // namespace presentia::presence
