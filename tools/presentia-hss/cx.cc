#include "tools/presentia-hss/cx.h"

#include <utility>

#include "diameter/message/sh_answer.h"
#include "diameter/message/sh_parts.h"
#include "tools/presentia-hss/cx_profile.h"
#include "tools/presentia-hss/digest.h"

namespace presentia::hss {
namespace {

using diameter::Avp;
using diameter::Avps;
using diameter::made;
using ports::DataReference;
using ports::ImsUserState;
namespace avp_name = diameter::avp_name;

constexpr std::uint32_t kMissingAvp = 5005;                                  // [RFC6733 7.1.5]
constexpr std::uint32_t kDeregistration = 1, kRegistrationCapabilities = 2;  // User-Authorization-Type
constexpr std::uint32_t kAlreadyAvailable = 1;                               // User-Data-Already-Available
constexpr std::string_view kDigestMd5 = "Digest-MD5", kSipDigest = "SIP Digest", kUnknownScheme = "Unknown";

Avp cx_application_id() {
  return made(avp_name::kVendorSpecificApplicationId, Avps{made(avp_name::kVendorId, diameter::kVendor3gpp),
                                                           made(avp_name::kAuthApplicationId, kCxApplication)});
}

ImsUserState state_of(const User& user) { return user.record.ims_user_state.value_or(ImsUserState::not_registered); }
std::string server_of(const User& user) { return user.record.scscf_name.value_or(""); }
bool is_served(const User& user) {
  return state_of(user) == ImsUserState::registered || state_of(user) == ImsUserState::registered_unregistered_services;
}

void add_charging(Avps& avps, const User& user) {
  if (!user.record.charging) return;
  const ports::ChargingInformation& charging = *user.record.charging;
  Avps inside;
  const auto add = [&](diameter::AvpName name, const std::string& value) {
    if (!value.empty()) inside.push_back(made(name, value));
  };
  add(cx_avp::kPrimaryEventFunction, charging.primary_event_function);
  add(cx_avp::kSecondaryEventFunction, charging.secondary_event_function);
  add(cx_avp::kPrimaryCollectionFunction, charging.primary_collection_function);
  add(cx_avp::kSecondaryCollectionFunction, charging.secondary_collection_function);
  avps.push_back(made(cx_avp::kChargingInformation, std::move(inside)));
}

}  // namespace

Cx::Cx(Users& users, xml::Reader& reader, base::Tokens& nonces, OnChange on_change)
    : users_(users), reader_(reader), nonces_(nonces), on_change_(std::move(on_change)) {}

Avps Cx::result(std::uint32_t code, bool is_experimental) const {
  Avp verdict = made(avp_name::kResultCode, code);
  if (is_experimental) {
    verdict = made(avp_name::kExperimentalResult, Avps{made(avp_name::kVendorId, diameter::kVendor3gpp),
                                                       made(avp_name::kExperimentalResultCode, code)});
  }
  return {cx_application_id(), std::move(verdict), diameter::no_state_maintained(),
          made(avp_name::kOriginHost, origin_.host), made(avp_name::kOriginRealm, origin_.realm)};
}

Avps Cx::answer(diameter::Command command, const Avps& request) {
  const auto public_identity = octets(request, avp_name::kPublicIdentity);
  const auto private_identity = octets(request, avp_name::kUserName);
  if (!public_identity && !private_identity) return result(kMissingAvp);
  User* const user = public_identity ? users_.served(*public_identity) : users_.by_private_identity(*private_identity);
  if (user == nullptr) return result(cx_result::kUserUnknown, true);
  if (private_identity && user->private_identity != *private_identity) {
    const bool is_known = users_.by_private_identity(*private_identity) != nullptr;
    return result(is_known ? cx_result::kIdentitiesDontMatch : cx_result::kUserUnknown, true);
  }
  if (command == cx_command::kUserAuthorization) return authorize(*user, request);
  if (command == cx_command::kLocationInfo) return locate(*user);
  if (command == cx_command::kMultimediaAuth) return authenticate(*user, request);
  return assign(*user, request);
}

// [TS29.228 6.1.1]
Avps Cx::authorize(const User& user, const Avps& request) const {
  const auto type = number(request, cx_avp::kUserAuthorizationType).value_or(0);
  const std::string server = server_of(user);
  if (type == kDeregistration) {
    if (server.empty()) return result(cx_result::kIdentityNotRegistered, true);
    Avps avps = result(diameter::kSuccess);
    avps.push_back(made(avp_name::kServerName, server));
    return avps;
  }
  if (type == kRegistrationCapabilities || server.empty()) {  // any S-CSCF will do
    Avps avps =
        type == kRegistrationCapabilities ? result(diameter::kSuccess) : result(cx_result::kFirstRegistration, true);
    avps.push_back(made(cx_avp::kServerCapabilities, Avps{}));
    return avps;
  }
  Avps avps = result(cx_result::kSubsequentRegistration, true);
  avps.push_back(made(avp_name::kServerName, server));
  return avps;
}

// [TS29.228 6.1.4]
Avps Cx::locate(const User& user) {
  const std::string server = server_of(user);
  if (is_served(user) && !server.empty()) {
    Avps avps = result(diameter::kSuccess);
    avps.push_back(made(avp_name::kServerName, server));
    return avps;
  }
  if (!serves_unregistered(reader_, user)) return result(cx_result::kIdentityNotRegistered, true);
  Avps avps = result(cx_result::kUnregisteredService, true);
  avps.push_back(made(cx_avp::kServerCapabilities, Avps{}));
  return avps;
}

// The digest of RFC 7616, in the form of TS 29.229, or in that of FHoSS, which gives the password away and which
// S-CSCFs made for it ask for: a nonce, and what it is to be signed with.
Avps Cx::auth_data(const User& user, const std::string& scheme) {
  constexpr std::uint32_t kFirst = 1;
  Avps item{made(cx_avp::kSipItemNumber, kFirst)};
  if (scheme == kDigestMd5) {
    item.push_back(made(cx_avp::kSipAuthenticationScheme, scheme));
    item.push_back(made(cx_avp::kSipAuthenticate, nonces_.tag({})));
    item.push_back(made(cx_avp::kSipAuthorization, user.password));
    return item;
  }
  item.push_back(made(cx_avp::kSipAuthenticationScheme, std::string(kSipDigest)));
  item.push_back(
      made(cx_avp::kSipDigestAuthenticate,
           Avps{made(cx_avp::kDigestRealm, origin_.realm), made(cx_avp::kDigestAlgorithm, std::string("MD5")),
                made(cx_avp::kDigestQop, std::string("auth")),
                made(cx_avp::kDigestHa1, digest_ha1(user.private_identity, origin_.realm, user.password))}));
  return item;
}

// [TS29.228 6.3.1]
Avps Cx::authenticate(User& user, const Avps& request) {
  const Avps* const asked = group(request, cx_avp::kSipAuthDataItem);
  const auto scheme = asked == nullptr ? std::nullopt : octets(*asked, cx_avp::kSipAuthenticationScheme);
  const auto server = octets(request, avp_name::kServerName);
  if (!scheme || !server) return result(kMissingAvp);
  if (*scheme != kDigestMd5 && *scheme != kSipDigest && *scheme != kUnknownScheme) {
    return result(cx_result::kAuthSchemeNotSupported, true);
  }
  set_server(user, *server);
  if (!is_served(user)) set_state(user, ImsUserState::authentication_pending);
  Avps avps = result(diameter::kSuccess);
  avps.push_back(made(avp_name::kUserName, user.private_identity));
  avps.push_back(made(avp_name::kPublicIdentity,
                      octets(request, avp_name::kPublicIdentity).value_or(user.record.public_identities.front().uri)));
  constexpr std::uint32_t kOne = 1;
  avps.push_back(made(cx_avp::kSipNumberAuthItems, kOne));
  avps.push_back(made(cx_avp::kSipAuthDataItem, auth_data(user, *scheme)));
  return avps;
}

// [TS29.228 6.1.2]
Avps Cx::assign(User& user, const Avps& request) {
  const auto type = number(request, cx_avp::kServerAssignmentType);
  const auto server = octets(request, avp_name::kServerName);
  if (!type || !server) return result(kMissingAvp);
  const std::string assigned = server_of(user);
  const bool is_other = !assigned.empty() && assigned != *server;
  switch (static_cast<Assignment>(*type)) {
    case Assignment::none:
      return is_other || assigned.empty() ? result(diameter::kUnableToComply) : with_profile(user, request);
    case Assignment::registration:
    case Assignment::re_registration:
      take_on(user, request, ImsUserState::registered);
      return with_profile(user, request);
    case Assignment::unregistered_user:
      if (is_other && is_served(user)) return result(cx_result::kIdentityAlreadyRegistered, true);
      take_on(user, request, ImsUserState::registered_unregistered_services);
      return with_profile(user, request);
    default:
      return release(user, static_cast<Assignment>(*type), request, is_other);
  }
}

// The assignments that end something.
Avps Cx::release(User& user, Assignment type, const Avps& request, bool is_other) {
  switch (type) {
    case Assignment::timeout_deregistration_store_server_name:
    case Assignment::user_deregistration_store_server_name:
      if (is_other) return result(diameter::kUnableToComply);
      take_on(user, request, ImsUserState::registered_unregistered_services);
      break;
    case Assignment::timeout_deregistration:
    case Assignment::user_deregistration:
    case Assignment::administrative_deregistration:
    case Assignment::deregistration_too_much_data:
      if (is_other) return result(diameter::kUnableToComply);
      clear(user);
      break;
    case Assignment::authentication_failure:
    case Assignment::authentication_timeout:
      if (!is_served(user)) clear(user);
      break;
    default:
      return result(cx_result::kErrorInAssignmentType, true);
  }
  Avps avps = result(diameter::kSuccess);
  avps.push_back(made(avp_name::kUserName, user.private_identity));
  return avps;
}

Avps Cx::with_profile(const User& user, const Avps& request) {
  Avps avps = result(diameter::kSuccess);
  avps.push_back(made(avp_name::kUserName, user.private_identity));
  if (number(request, cx_avp::kUserDataAlreadyAvailable) != kAlreadyAvailable) {
    avps.push_back(made(cx_avp::kUserData, ims_subscription(reader_, user)));
  }
  add_charging(avps, user);
  return avps;
}

void Cx::take_on(User& user, const Avps& request, ImsUserState state) {
  user.server_host = octets(request, avp_name::kOriginHost).value_or("");
  user.server_realm = octets(request, avp_name::kOriginRealm).value_or("");
  set_server(user, octets(request, avp_name::kServerName).value_or(""));
  set_state(user, state);
}

void Cx::clear(User& user) {
  user.server_host.clear();
  set_server(user, "");
  set_state(user, ImsUserState::not_registered);
}

void Cx::set_state(User& user, ImsUserState state) {
  if (state_of(user) == state) return;
  user.record.ims_user_state = state;
  on_change_(user.record.public_identities.front().uri, DataReference::ims_user_state);
}

void Cx::set_server(User& user, const std::string& name) {
  if (server_of(user) == name) return;
  user.record.scscf_name = name;
  on_change_(user.record.public_identities.front().uri, DataReference::scscf_name);
}

Cx::Order Cx::order(const User& user, const std::string& session) const {
  return {user.server_host,
          {made(avp_name::kSessionId, session), cx_application_id(), diameter::no_state_maintained(),
           made(avp_name::kOriginHost, origin_.host), made(avp_name::kOriginRealm, origin_.realm),
           made(avp_name::kDestinationHost, user.server_host), made(avp_name::kDestinationRealm, user.server_realm),
           made(avp_name::kUserName, user.private_identity)}};
}

Cx::Order Cx::termination(const User& user, std::uint32_t reason, const std::string& text, const std::string& session) {
  Order made_order = order(user, session);
  for (const auto& identity : user.record.public_identities) {
    made_order.avps.push_back(made(avp_name::kPublicIdentity, identity.uri));
  }
  Avps inside{made(cx_avp::kReasonCode, reason)};
  if (!text.empty()) inside.push_back(made(cx_avp::kReasonInfo, text));
  made_order.avps.push_back(made(cx_avp::kDeregistrationReason, std::move(inside)));
  return made_order;
}

Cx::Order Cx::profile(const User& user, const std::string& session) {
  Order made_order = order(user, session);
  made_order.avps.push_back(made(cx_avp::kUserData, ims_subscription(reader_, user)));
  add_charging(made_order.avps, user);
  return made_order;
}

}  // namespace presentia::hss
