// What a document of a package is composed of: hard state and publications. Not for other folders.
#pragma once

#include <string_view>
#include <vector>

#include "as/event/machine.h"

namespace presentia::event {

struct Sources {
  std::vector<PublicationView> publications;  // oldest first; refer to the state
  bool lost = false;                          // the last publication ended by expiry
};
[[nodiscard]] Sources sources_of(const ResourceState& state, std::string_view package, const Context& context);
// The same with those documents instead of the state's.
[[nodiscard]] Sources sources_of(const ResourceState& state, const HeldDocuments& documents, std::string_view package,
                                 const Context& context);

}  // namespace presentia::event
