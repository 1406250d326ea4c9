#include "diameter/message/sh_parts.h"

#include <algorithm>
#include <utility>

#include "diameter/message/avp_table.h"
#include "diameter/message/octet_forms.h"

namespace presentia::diameter {
namespace {

constexpr std::uint32_t kNoStateMaintained = 1;  // [RFC6733 8.11]
constexpr std::uint32_t kFeatureListOfSh = 1;    // [TS29.329 7.1.1]

bool is_mandatory(AvpName name) {
  const auto table = sh_avps();
  const auto found = std::find_if(table.begin(), table.end(), [&](const AvpInfo& info) { return info.name == name; });
  return found == table.end() || found->is_mandatory;
}

}  // namespace

Avp made(AvpName name, std::string octets) { return {name, is_mandatory(name), std::move(octets)}; }
Avp made(AvpName name, std::uint32_t number) { return {name, is_mandatory(name), number}; }
Avp made(AvpName name, Avps group) { return {name, is_mandatory(name), std::move(group)}; }

Avp application_id() {
  return made(avp_name::kVendorSpecificApplicationId,
              Avps{made(avp_name::kVendorId, kVendor3gpp), made(avp_name::kAuthApplicationId, kShApplication)});
}

Avp no_state_maintained() { return made(avp_name::kAuthSessionState, kNoStateMaintained); }

Avp supported_features(std::uint32_t features) {
  return made(avp_name::kSupportedFeatures,
              Avps{made(avp_name::kVendorId, kVendor3gpp), made(avp_name::kFeatureListId, kFeatureListOfSh),
                   made(avp_name::kFeatureList, features)});
}

std::optional<std::uint32_t> features_of(const Avps& avps) {
  for (const Avp& each : avps) {
    if (each.name != avp_name::kSupportedFeatures) continue;
    const auto* const inside = std::get_if<Avps>(&each.value);
    if (inside == nullptr || number(*inside, avp_name::kVendorId) != kVendor3gpp) continue;
    if (number(*inside, avp_name::kFeatureListId) == kFeatureListOfSh) return number(*inside, avp_name::kFeatureList);
  }
  return std::nullopt;
}

Avp user_identity(const ports::UserIdentity& user) {
  if (!user.public_identity.empty()) {
    return made(avp_name::kUserIdentity, Avps{made(avp_name::kPublicIdentity, user.public_identity)});
  }
  return made(avp_name::kUserIdentity, Avps{made(avp_name::kMsisdn, to_tbcd(user.msisdn).value_or(""))});
}

std::optional<ports::UserIdentity> user_of(const Avps& avps) {
  const Avps* const inside = group(avps, avp_name::kUserIdentity);
  if (inside == nullptr) return std::nullopt;
  ports::UserIdentity user;
  user.public_identity = octets(*inside, avp_name::kPublicIdentity).value_or("");
  user.msisdn = from_tbcd(octets(*inside, avp_name::kMsisdn).value_or("")).value_or("");
  if (user.public_identity.empty() && user.msisdn.empty()) return std::nullopt;
  return user;
}

}  // namespace presentia::diameter
