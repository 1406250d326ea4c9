// What an HSS knows of a user, as values [TS29.328 7.6, Annex C]: the words that questions about it use, and the record
// that answers and pushed notifications carry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/ports/sip_port.h"

namespace presentia::ports {

// What is asked for; the numbers are those of Data-Reference [TS29.329 6.3.4].
enum class DataReference : std::uint8_t {
  repository_data = 0,
  ims_public_identity = 10,
  ims_user_state = 11,
  scscf_name = 12,
  initial_filter_criteria = 13,
  location_information = 14,
  user_state = 15,
  charging_information = 16,
  msisdn = 17,
  psi_activation = 18,
  dsai = 19,
  aliases_repository_data = 20,  // reserved today; HSSs of older releases have it
  service_level_trace_info = 21,
  ip_address_secure_binding_information = 22,
  service_priority_level = 23,
  sms_registration_info = 24,
  ue_reachability_for_ip = 25,
  tads_information = 26,
  stn_sr = 27,
  ue_srvcc_capability = 28,
  extended_priority = 29,
  csrn = 30,
  reference_location_information = 31,
  imsi = 32,
  ims_private_user_identity = 33,
  imeisv = 34,
  ue_5g_srvcc_capability = 35,
};

// Which of a user's public identities are asked for [TS29.329 6.3.10].
enum class IdentitySet : std::uint8_t { all = 0, registered = 1, implicit = 2, alias = 3 };
enum class AccessDomain : std::uint8_t { circuit_switched = 0, packet_switched = 1 };  // [TS29.329 6.3.7]

// [TS29.328 7.6.3]
enum class ImsUserState : std::uint8_t {
  not_registered = 0,
  registered = 1,
  registered_unregistered_services = 2,  // not registered, but an S-CSCF keeps the profile for terminating services
  authentication_pending = 3,
};
// [TS29.328 7.6.7]
enum class CsUserState : std::uint8_t { camel_busy, network_determined_not_reachable, assumed_idle, not_provided };
enum class PsUserState : std::uint8_t {
  detached,
  attached_not_reachable_for_paging,
  attached_reachable_for_paging,
  connected_not_reachable_for_paging,
  connected_reachable_for_paging,
  not_provided,
};

// [TS29.328 7.6.2]
struct PublicIdentity {
  enum class Kind : std::uint8_t { distinct_user, distinct_service, wildcarded_service, wildcarded_user };
  std::string uri;  // as the HSS has it: SIP or tel
  Kind kind = Kind::distinct_user;
  std::string wildcard = {};  // the wildcarded identity that it matches, if it does
  bool operator==(const PublicIdentity&) const = default;
};

// Transparent data of a service [TS29.328 7.6.1].
struct RepositoryData {
  std::string service_indication;
  std::uint16_t sequence_number = 0;
  std::optional<std::string> service_data;  // XML of what is inside ServiceData, may be empty; nullopt: there is none,
                                            // or, pushed, none any more
  bool operator==(const RepositoryData&) const = default;
};

// [TS29.328 7.6.8] Diameter URIs or identities, as the HSS has them; empty where there is none.
struct ChargingInformation {
  std::string primary_event_function, secondary_event_function;
  std::string primary_collection_function, secondary_collection_function;
  bool operator==(const ChargingInformation&) const = default;
};

// [TS29.328 7.6.6] What MAP encodes stays in base64; empty where it is not said.
struct LocationInformation {
  std::string location_number, cell_global_id, service_area_id, location_area_id, routing_area_id;
  std::string geographical, geodetic;
  std::string serving_node;        // number of the VLR, MSC or SGSN
  std::optional<bool> is_current;  // paged for this answer
  std::optional<std::uint32_t> age_minutes;
  bool operator==(const LocationInformation&) const = default;
};

// [TS29.328 7.6.12] Whether the initial filter criteria of a service with that tag are in force.
struct Dsai {
  std::string tag;
  bool is_active = false;
  bool operator==(const Dsai&) const = default;
};

// An Sh-Data document. What is absent was not said: not asked for, or there is no such data, which is no error
// [TS29.328 6.1.1].
struct SubscriberRecord {
  std::vector<PublicIdentity> public_identities;
  std::vector<std::string> msisdns;  // digits, international, without +
  // where the HSS tells sets apart
  std::optional<std::vector<std::string>> registered_identities, implicit_identities, all_identities, alias_identities;
  std::vector<RepositoryData> repository_data, aliases_repository_data;
  std::optional<ImsUserState> ims_user_state;
  std::optional<std::string> scscf_name;               // SIP URI; empty: no S-CSCF is assigned
  std::optional<std::string> initial_filter_criteria;  // XML: the element IFCs
  std::optional<ChargingInformation> charging;
  std::optional<bool> psi_active;
  std::vector<Dsai> dsai;
  std::optional<LocationInformation> cs_location, ps_location;
  std::optional<CsUserState> cs_user_state;
  std::optional<PsUserState> ps_user_state;
  std::vector<SharedText> documents;  // Sh-Data as received, one of each answer, for what has no field here
};

}  // namespace presentia::ports
