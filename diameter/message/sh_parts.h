// AVPs that several messages of Sh share, made and read. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "as/ports/subscriber_data.h"
#include "diameter/message/avp.h"

namespace presentia::diameter {

// An AVP with the M bit that its table has.
[[nodiscard]] Avp made(AvpName name, std::string octets);
[[nodiscard]] Avp made(AvpName name, std::uint32_t number);
[[nodiscard]] Avp made(AvpName name, Avps group);

[[nodiscard]] Avp application_id();       // Vendor-Specific-Application-Id of Sh [TS29.329 6.1]
[[nodiscard]] Avp no_state_maintained();  // Auth-Session-State [TS29.329 6.1]
// Feature-List-ID 1; without the M bit: what is offered is not demanded [TS29.229 7.2.1].
[[nodiscard]] Avp supported_features(std::uint32_t features);
// Of Feature-List-ID 1; nullopt where there is none.
[[nodiscard]] std::optional<std::uint32_t> features_of(const Avps& avps);
[[nodiscard]] Avp user_identity(const ports::UserIdentity& user);
// nullopt: there is none, or it names nobody.
[[nodiscard]] std::optional<ports::UserIdentity> user_of(const Avps& avps);

}  // namespace presentia::diameter
