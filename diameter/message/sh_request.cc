#include "diameter/message/sh_request.h"

#include <algorithm>
#include <utility>

#include "diameter/message/avp_table.h"
#include "diameter/message/octet_forms.h"
#include "diameter/message/sh_parts.h"

namespace presentia::diameter {
namespace {

using ports::DataKeys;
using ports::DataReference;
using ports::UserIdentity;

constexpr std::uint32_t kSubscribe = 0, kUnsubscribe = 1;  // [TS29.329 6.3.5]

// Those that come first in every request, in the order of TS 29.329 6.1.
Avps opening(const Envelope& envelope, const UserIdentity& user) {
  Avps avps{made(avp_name::kSessionId, envelope.session_id), application_id(), no_state_maintained(),
            made(avp_name::kOriginHost, envelope.origin_host), made(avp_name::kOriginRealm, envelope.origin_realm)};
  if (!envelope.destination_host.empty()) avps.push_back(made(avp_name::kDestinationHost, envelope.destination_host));
  avps.push_back(made(avp_name::kDestinationRealm, envelope.destination_realm));
  if (envelope.features != 0) avps.push_back(supported_features(envelope.features));
  avps.push_back(user_identity(user));
  return avps;
}

void add_services(Avps& avps, const DataKeys& keys) {
  if (!keys.server_name.empty()) avps.push_back(made(avp_name::kServerName, keys.server_name));
  for (const std::string& each : keys.service_indications) avps.push_back(made(avp_name::kServiceIndication, each));
}
void add_references(Avps& avps, const DataKeys& keys) {
  for (const DataReference each : keys.references) {
    avps.push_back(made(avp_name::kDataReference, static_cast<std::uint32_t>(each)));
  }
  for (const ports::IdentitySet each : keys.identity_sets) {
    avps.push_back(made(avp_name::kIdentitySet, static_cast<std::uint32_t>(each)));
  }
}
void add_tags(Avps& avps, const DataKeys& keys) {
  for (const std::string& each : keys.dsai_tags) avps.push_back(made(avp_name::kDsaiTag, each));
  if (!keys.private_identity.empty()) avps.push_back(made(avp_name::kUserName, keys.private_identity));
}

Avps subscription(const Envelope& envelope, const UserIdentity& user, const DataKeys& keys, std::uint32_t type,
                  Avps more) {
  Avps avps = opening(envelope, user);
  add_services(avps, keys);
  avps.push_back(made(avp_name::kSubsReqType, type));
  add_references(avps, keys);
  for (Avp& each : more) avps.push_back(std::move(each));
  add_tags(avps, keys);
  return avps;
}

}  // namespace

Avps user_data_request(const Envelope& envelope, const UserIdentity& user, const DataKeys& keys) {
  Avps avps = opening(envelope, user);
  add_services(avps, keys);
  add_references(avps, keys);
  if (keys.domain) avps.push_back(made(avp_name::kRequestedDomain, static_cast<std::uint32_t>(*keys.domain)));
  const auto& references = keys.references;
  if (std::find(references.begin(), references.end(), DataReference::location_information) != references.end()) {
    avps.push_back(made(avp_name::kCurrentLocation, keys.current_location ? 1U : 0U));
  }
  add_tags(avps, keys);
  return avps;
}

Avps profile_update_request(const Envelope& envelope, const UserIdentity& user, const std::string& sh_data) {
  Avps avps = opening(envelope, user);
  avps.push_back(made(avp_name::kDataReference, static_cast<std::uint32_t>(DataReference::repository_data)));
  avps.push_back(made(avp_name::kUserData, sh_data));
  return avps;
}

Avps subscribe_request(const Envelope& envelope, const UserIdentity& user, const DataKeys& keys, bool send_data,
                       std::optional<base::Instant> expires_at) {
  Avps more;
  if (send_data) more.push_back(made(avp_name::kSendDataIndication, 1U));
  if (expires_at) more.push_back(made(avp_name::kExpiryTime, to_time(*expires_at)));
  return subscription(envelope, user, keys, kSubscribe, std::move(more));
}

Avps unsubscribe_request(const Envelope& envelope, const UserIdentity& user, const DataKeys& keys) {
  return subscription(envelope, user, keys, kUnsubscribe, {});
}

}  // namespace presentia::diameter
