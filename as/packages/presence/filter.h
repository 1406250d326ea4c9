// The privacy filter: what one watcher is shown of a presence document [RFC5025 3.3]. Nothing is shown unless a
// permission provides it. Documents are not copied: what stays are views of the same trees.
#pragma once

#include "as/packages/presence/composition.h"
#include "as/rules/permissions.h"

namespace presentia::presence {

// `composition` without what the permissions do not provide. Applying it again changes nothing [RFC5025 4]: a component
// stays known by its class and service-id where these are not shown.
//
// A presence attribute that has a permission of its own is shown by it in the components where it belongs [RFC5025
// 3.3.2]; any other by its name. What stands beside the components (notes, unknown elements) has no permission: it is
// shown to whom everything else is.
[[nodiscard]] Composition filtered(Composition composition, const rules::Permissions& permissions);

}  // namespace presentia::presence
