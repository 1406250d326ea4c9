// The event state compositor (ESC) of RFC 3903: decides what one PUBLISH does to the publications of one resource.
// Pure; the shard applies the changes, commits them, and only then answers.
#pragma once

#include "as/event/draft.h"

namespace presentia::event {

// Order of the checks: who may publish, SIP-If-Match, Expires, body. On refusal there is no change [RFC3903 6].
void decide_publish(Draft& draft, const ResourceState& state, const ports::SipRequest& request, const Context& context);

// The publication's time has come: exactly at its expiry it is gone [RFC3903 4.1].
void decide_publication_due(Draft& draft, const ResourceState& state, const ports::EntityTag& etag,
                            const Context& context);

// The publication ends by order from inside.
void decide_publication_end(Draft& draft, const ResourceState& state, const ports::EntityTag& etag);

// The state of a package changes once more: counted, and told to its watchers. Gives the number of the change. `lost`:
// the last publication ended by expiry.
std::uint64_t change_published(Draft& draft, const ResourceState& state, const std::string& package, bool lost);

// Owes every watcher of the package whose view the composed state may have changed a NOTIFY.
void mark_watchers(Draft& draft, const ResourceState& state, std::string_view package);

}  // namespace presentia::event
