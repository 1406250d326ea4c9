// When two components of different publications are the same thing, and what they make together (see composition.h).
#pragma once

#include "as/packages/presence/pidf_document.h"

namespace presentia::presence {

// True if `newer` may be merged into `older`.
[[nodiscard]] bool fits(const Tuple& older, const Tuple& newer);
[[nodiscard]] bool fits(const Person& older, const Person& newer);
[[nodiscard]] bool fits(const Device& older, const Device& newer);

// Adds all of `newer`. Only after fits() said yes.
void merge(Tuple& older, const Tuple& newer);
void merge(Component& older, const Component& newer);

// Adds all of `newer` and takes away what it contradicts.
void override_with(Person& older, const Person& newer);

// Adds what no element in `into` equals.
void unite(Elements& into, const Elements& more);

}  // namespace presentia::presence
