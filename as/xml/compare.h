// Equality of whole subtrees, as composition and patching need it: what XML calls the same, not the same bytes.
#pragma once

#include "as/xml/tree.h"

namespace presentia::xml {

// True if names, attributes (in any order), text and children (in order) are the same. Prefixes do not matter; neither
// does white space around text and between elements.
[[nodiscard]] bool equal_ignoring_space(Element a, Element b);

// Without white space around it, as XML defines white space.
[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace presentia::xml
