// Registration in the IMS core as presence (the Presence Network Agent of TS 23.141): what several sources say becomes
// one publication of the network, composed like any other. Pure.
//
// Of the sources named in registration.sources the first that knows something counts. While the user is registered
// there is a publication that says so; after the end of the registration one that says that, for
// registration.closed_for_s. What an end says is kept as long as a source that comes later still believes in a
// registration.
#pragma once

#include <cstdint>
#include <string_view>

#include "as/event/draft.h"

namespace presentia::event {

// A third-party REGISTER [TS24.229 5.7.1.1]: 200 with the same interval; 423 or 400 for one out of range, which changes
// nothing. Neither Call-ID nor CSeq order them: an S-CSCF begins anew with each. Its body decides about nothing.
void decide_register(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                     const Context& context);

// Another source knows something, or nothing any more.
void decide_registration_reported(Draft& draft, const ResourceState& state, const ports::RegistrationReport& report,
                                  const Context& context);

// Time has passed, or attributes changed.
void decide_registration_again(Draft& draft, const ResourceState& state, const Context& context);

// Of the sources in their declared order the first that says something; null: none does. Points into the record.
[[nodiscard]] const ports::RegistrationStatement* in_force(const ports::RegistrationRecord& record,
                                                           const mgmt::Snapshot& settings);

// Tells the network's publications apart by their bodies; stable within a process.
[[nodiscard]] std::uint64_t network_digest(std::string_view body);

}  // namespace presentia::event
