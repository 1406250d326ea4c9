// What the steps of a node selector select in a document [RFC4825 6.3].
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "as/xml/edit.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::xcap {

// The children of `parent` that a step selects: none, the one, or several, which makes the selector invalid.
[[nodiscard]] std::vector<xml::NodeId> matches(const xml::EditableDocument& document, xml::NodeId parent,
                                               const Step& step);
// The element that the steps select; kNoNode for none or several in any step. Without steps the document node.
[[nodiscard]] xml::NodeId find_element(const xml::EditableDocument& document, std::span<const Step> steps);
// How many of the steps, from the first, select an element.
[[nodiscard]] std::size_t steps_that_match(const xml::EditableDocument& document, std::span<const Step> steps);
// Whether the whole selector selects a node.
[[nodiscard]] bool selects(const xml::EditableDocument& document, const NodeSelector& node);

}  // namespace presentia::xcap
