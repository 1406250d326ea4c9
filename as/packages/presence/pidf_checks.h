// What makes a document no presence document of this presentity: the checks that end in a 400.
#pragma once

#include <optional>
#include <string_view>

#include "as/event/package.h"
#include "as/packages/presence/pidf_reader.h"
#include "as/xml/tree.h"

namespace presentia::presence {

// The root must be <presence> of PIDF [RFC3863 4.1.1].
[[nodiscard]] std::optional<event::Rejection> check_root(xml::Element root);

enum class EntityMatch { exact, rewritten, missing };
// `rewritten`: it says something else than the resource, if only in spelling. With refuse_entity nothing but another
// spelling passes.
[[nodiscard]] base::Result<EntityMatch, event::Rejection> check_entity(xml::Element root, std::string_view resource,
                                                                       const ReaderPolicy& policy);

// Every tuple has an id, and each a different one [RFC3863 4.1.2].
[[nodiscard]] std::optional<event::Rejection> check_tuple_ids(xml::Element root);

}  // namespace presentia::presence
