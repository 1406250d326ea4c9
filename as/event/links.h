// Resources that proved to be identities of one user when they held state already: what is published under such an
// alias is composed into the canonical resource, and whoever watches the alias is sent there. Nothing moves; the link
// ends with the last publication under the alias. Pure; parts of step().
#pragma once

#include "as/event/draft.h"

namespace presentia::event {

// What the HSS says of the resource is another now.
void decide_subscriber_told(Draft& draft, const ResourceState& state, const SubscriberTold& event,
                            const Context& context);
// Tells the canonical resource what is published here, where `decision` changed that or whose alias this is.
void decide_link(Draft& draft, const ResourceState& state, const Decision& decision);
// Tells it again.
void decide_link_asked(Draft& draft, const ResourceState& state);
// An alias of this resource tells what is published there.
void decide_alias_told(Draft& draft, const ResourceState& state, const AliasTold& event);

}  // namespace presentia::event
