// The requests of Sh as AVPs, complete but for the header [TS29.329 6.1.1, 6.1.3, 6.1.5]. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "as/base/time.h"
#include "as/ports/subscriber_data.h"
#include "diameter/message/avp.h"

namespace presentia::diameter {

// Bits of Feature-List with Feature-List-ID 1 [TS29.329 7.1.1].
inline constexpr std::uint32_t kNotifEff = 1U << 0;
inline constexpr std::uint32_t kUpdateEff = 1U << 1;

// What is in every request.
struct Envelope {
  std::string session_id;
  std::string origin_host, origin_realm;
  std::string destination_host;  // empty: it is not known
  std::string destination_realm;
  std::uint32_t features = 0;  // offered; 0: no Supported-Features
};

// `keys` as needed() has them; what complaint() says nothing about.
[[nodiscard]] Avps user_data_request(const Envelope& envelope, const ports::UserIdentity& user,
                                     const ports::DataKeys& keys);
// `sh_data` as write_repository_update() has it.
[[nodiscard]] Avps profile_update_request(const Envelope& envelope, const ports::UserIdentity& user,
                                          const std::string& sh_data);
[[nodiscard]] Avps subscribe_request(const Envelope& envelope, const ports::UserIdentity& user,
                                     const ports::DataKeys& keys, bool send_data,
                                     std::optional<base::Instant> expires_at);
[[nodiscard]] Avps unsubscribe_request(const Envelope& envelope, const ports::UserIdentity& user,
                                       const ports::DataKeys& keys);

}  // namespace presentia::diameter
