#include "diameter/message/sh_push.h"

#include <utility>

#include "diameter/message/avp_table.h"
#include "diameter/message/sh_answer.h"
#include "diameter/message/sh_parts.h"

namespace presentia::diameter {
namespace {

constexpr std::uint32_t kMissingAvp = 5005;                           // [RFC6733 7.1.5]
constexpr std::uint32_t kUserUnknown = 5001, kNoSubscription = 5107;  // [TS29.329 6.2.2]

Avps answer(const std::string& origin_host, const std::string& origin_realm, Avp result) {
  return {application_id(), std::move(result), no_state_maintained(), made(avp_name::kOriginHost, origin_host),
          made(avp_name::kOriginRealm, origin_realm)};
}

Avp experimental(std::uint32_t code) {
  return made(avp_name::kExperimentalResult,
              Avps{made(avp_name::kVendorId, kVendor3gpp), made(avp_name::kExperimentalResultCode, code)});
}

}  // namespace

base::Result<Push, PushDefect> read_push(const Avps& avps) {
  auto user = user_of(avps);
  if (!user) return base::Unexpected{PushDefect{kMissingAvp, "no User-Identity"}};
  auto data = octets(avps, avp_name::kUserData);
  if (!data) return base::Unexpected{PushDefect{kMissingAvp, "no User-Data"}};
  return Push{std::move(*user), std::move(*data), octets(avps, avp_name::kOriginHost).value_or("")};
}

Avps push_request(const Envelope& envelope, const ports::UserIdentity& user, const std::string& sh_data) {
  return {made(avp_name::kSessionId, envelope.session_id),
          application_id(),
          no_state_maintained(),
          made(avp_name::kOriginHost, envelope.origin_host),
          made(avp_name::kOriginRealm, envelope.origin_realm),
          made(avp_name::kDestinationHost, envelope.destination_host),
          made(avp_name::kDestinationRealm, envelope.destination_realm),
          user_identity(user),
          made(avp_name::kUserData, sh_data)};
}

Avps push_answer(const std::string& origin_host, const std::string& origin_realm, ports::PushVerdict verdict) {
  switch (verdict) {
    case ports::PushVerdict::unknown_user:
      return answer(origin_host, origin_realm, experimental(kUserUnknown));
    case ports::PushVerdict::not_subscribed:
      return answer(origin_host, origin_realm, experimental(kNoSubscription));
    case ports::PushVerdict::taken:
      return push_refusal(origin_host, origin_realm, kSuccess);
    case ports::PushVerdict::cannot_now:
      break;
  }
  return push_refusal(origin_host, origin_realm, kUnableToComply);
}

Avps push_refusal(const std::string& origin_host, const std::string& origin_realm, std::uint32_t result_code) {
  return answer(origin_host, origin_realm, made(avp_name::kResultCode, result_code));
}

}  // namespace presentia::diameter
