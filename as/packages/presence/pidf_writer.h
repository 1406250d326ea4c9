// Writes presence documents that are valid against the schemas of RFC 3863 and RFC 4479, whatever they were made of.
#pragma once

#include <string>
#include <string_view>

#include "as/base/time.h"
#include "as/packages/presence/composition.h"

namespace presentia::presence {

// The document of `entity`, a resource. At `now`, locations whose retention has expired are left out [RFC4119 2.2.2].
[[nodiscard]] std::string write_pidf(std::string_view entity, const Composition& composition, base::Instant now);

// The document that only says that `entity` is closed.
[[nodiscard]] std::string write_closed(std::string_view entity);

}  // namespace presentia::presence
