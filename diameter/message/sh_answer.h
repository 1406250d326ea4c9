// The answers of an HSS, read from AVPs, and what their codes mean [TS29.329 6.2, RFC6733 7.1]. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "as/ports/subscriber_data.h"
#include "diameter/message/avp.h"

namespace presentia::diameter {

// Result-Codes [RFC6733 7.1].
inline constexpr std::uint32_t kSuccess = 2001, kUnableToDeliver = 3002, kRealmNotServed = 3003, kTooBusy = 3004,
                               kRedirectIndication = 3006, kUnableToComply = 5012;

struct Answer {
  std::uint32_t code = 0;        // Result-Code, or the code inside Experimental-Result; 0: neither
  bool is_experimental = false;  // of 3GPP
  std::string origin_host;       // empty: missing
  std::string origin_realm;
  std::optional<std::string> user_data;
  std::optional<base::Instant> expires_at;
  std::optional<std::uint32_t> features;    // that the HSS has
  std::vector<std::string> redirect_hosts;  // Diameter URIs
  std::uint32_t redirect_usage = 0;         // [RFC6733 6.13]
  std::uint32_t redirect_cache_s = 0;
  std::string error_message;
  std::string defect;  // what is missing or wrong, for people; empty: it is as it must be
};

[[nodiscard]] Answer read_answer(const Avps& avps);

// 2xxx, and of what a success must be.
[[nodiscard]] bool is_success(const Answer& answer);
// What an answer that is no success means.
[[nodiscard]] ports::SubscriberError error_of(const Answer& answer);
// Another peer may do better with the same request [RFC6733 7.1.3]: 3002, 3003, 3004, and what only the peer is to
// blame for.
[[nodiscard]] bool is_for_another_peer(const Answer& answer);

// Host of a Diameter URI, lower case, and its port; 0 where it has none. nullopt for what is none, or not TCP or SCTP
// [RFC6733 4.3.1].
struct DiameterHost {
  std::string host;
  std::uint16_t port = 0;
};
[[nodiscard]] std::optional<DiameterHost> read_diameter_uri(const std::string& uri);

}  // namespace presentia::diameter
