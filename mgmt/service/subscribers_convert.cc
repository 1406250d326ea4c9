#include "mgmt/service/subscribers_convert.h"

#include <grpcpp/support/status.h>

#include <string>
#include <string_view>

namespace presentia::mgmt {
namespace {

using management::ReadSubscriberResponse;
using ports::SubscriberFault;

std::string_view word(ports::PublicIdentity::Kind kind) {
  constexpr std::string_view kWords[] = {"distinct-user", "distinct-service", "wildcarded-service", "wildcarded-user"};
  return kWords[static_cast<std::size_t>(kind)];
}
std::string_view word(ports::ImsUserState state) {
  constexpr std::string_view kWords[] = {"not-registered", "registered", "registered-unregistered-services",
                                         "authentication-pending"};
  return kWords[static_cast<std::size_t>(state)];
}
std::string_view word(ports::CsUserState state) {
  constexpr std::string_view kWords[] = {"camel-busy", "network-determined-not-reachable", "assumed-idle",
                                         "not-provided"};
  return kWords[static_cast<std::size_t>(state)];
}
std::string_view word(ports::PsUserState state) {
  constexpr std::string_view kWords[] = {"detached",
                                         "attached-not-reachable-for-paging",
                                         "attached-reachable-for-paging",
                                         "connected-not-reachable-for-paging",
                                         "connected-reachable-for-paging",
                                         "not-provided"};
  return kWords[static_cast<std::size_t>(state)];
}

grpc::StatusCode code(SubscriberFault fault) {
  switch (fault) {
    case SubscriberFault::unknown_user:
    case SubscriberFault::data_absent:
    case SubscriberFault::no_subscription:
      return grpc::StatusCode::NOT_FOUND;
    case SubscriberFault::operation_not_allowed:
    case SubscriberFault::cannot_be_read:
    case SubscriberFault::cannot_be_modified:
    case SubscriberFault::cannot_be_notified:
      return grpc::StatusCode::PERMISSION_DENIED;
    case SubscriberFault::data_not_recognized:
    case SubscriberFault::dsai_not_available:
    case SubscriberFault::feature_unsupported:
      return grpc::StatusCode::UNIMPLEMENTED;
    case SubscriberFault::out_of_sync:
    case SubscriberFault::update_in_progress:
      return grpc::StatusCode::ABORTED;
    case SubscriberFault::too_much_data:
      return grpc::StatusCode::OUT_OF_RANGE;
    case SubscriberFault::too_busy:
    case SubscriberFault::queue_full:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case SubscriberFault::data_not_available:
    case SubscriberFault::peer_away:
    case SubscriberFault::undeliverable:
    case SubscriberFault::stopped:
      return grpc::StatusCode::UNAVAILABLE;
    case SubscriberFault::timed_out:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case SubscriberFault::off:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case SubscriberFault::bad_question:
    case SubscriberFault::identities_differ:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case SubscriberFault::malformed_answer:
      return grpc::StatusCode::INTERNAL;
    case SubscriberFault::refused:
      break;
  }
  return grpc::StatusCode::UNKNOWN;
}

// For people; what follows it is the code and the words of the answer.
std::string_view sentence(SubscriberFault fault) {
  constexpr std::string_view kSentences[ports::kSubscriberFaults] = {
      "the HSS knows no such user",
      "the HSS does not know this kind of data",
      "the HSS does not allow this operation on the data to this server",
      "the HSS does not let this server read the data",
      "the HSS does not let this server change the data",
      "the HSS does not let this server be notified of the data",
      "the data at the HSS has changed meanwhile",
      "the HSS has no such data",
      "there is no such subscription",
      "the HSS has no such service activation",
      "the data is more than the HSS takes",
      "the HSS lacks a feature that this needs",
      "the HSS says that the identities are not of one user",
      "the HSS does not have the data at present",
      "the data is being changed by somebody else",
      "the HSS has too much to do",
      "no peer of Sh is connected and in use",
      "the request reached no HSS that serves the user",
      "the HSS did not answer in time",
      "too many questions to the HSS are under way (sh.max_in_flight)",
      "the Sh client stops",
      "the HSS has refused it",
      "the answer of the HSS cannot be read",
      "this cannot be asked",
      "Sh is off"};
  return kSentences[static_cast<std::size_t>(fault)];
}

void to_fault(const ports::SubscriberError& error, management::ShFault& out) {
  out.set_fault(std::string(ports::word(error.fault)));
  out.set_code(error.code);
  std::string text(sentence(error.fault));
  if (error.code != 0) text += " (" + std::to_string(error.code) + ")";
  if (!error.text.empty()) text += ": " + readable(error.text);
  out.set_text(text);
}

void fill(const ports::ChargingInformation& charging, ReadSubscriberResponse::Charging& out) {
  out.set_primary_event_function(charging.primary_event_function);
  out.set_secondary_event_function(charging.secondary_event_function);
  out.set_primary_collection_function(charging.primary_collection_function);
  out.set_secondary_collection_function(charging.secondary_collection_function);
}

void fill(const ports::LocationInformation& location, ReadSubscriberResponse::Location& out) {
  out.set_location_number(location.location_number);
  out.set_cell_global_id(location.cell_global_id);
  out.set_service_area_id(location.service_area_id);
  out.set_location_area_id(location.location_area_id);
  out.set_routing_area_id(location.routing_area_id);
  out.set_geographical(location.geographical);
  out.set_geodetic(location.geodetic);
  out.set_serving_node(location.serving_node);
  if (location.is_current) out.set_current(*location.is_current);
  if (location.age_minutes) out.set_age_minutes(*location.age_minutes);
}

void fill(const ports::SubscriberRecord& record, ReadSubscriberResponse& out) {
  for (const ports::PublicIdentity& identity : record.public_identities) {
    auto& made = *out.add_public_identities();
    made.set_uri(identity.uri);
    made.set_kind(std::string(word(identity.kind)));
    made.set_wildcard(identity.wildcard);
  }
  for (const std::string& msisdn : record.msisdns) out.add_msisdns(msisdn);
  for (const auto& data : record.repository_data) to_message(data, *out.add_repository_data());
  for (const auto& data : record.aliases_repository_data) to_message(data, *out.add_aliases_repository_data());
  if (record.ims_user_state) out.set_ims_user_state(std::string(word(*record.ims_user_state)));
  if (record.scscf_name) out.set_scscf_name(*record.scscf_name);
  if (record.initial_filter_criteria) out.set_initial_filter_criteria(*record.initial_filter_criteria);
  if (record.charging) fill(*record.charging, *out.mutable_charging());
  if (record.psi_active) out.set_psi_active(*record.psi_active);
  for (const ports::Dsai& dsai : record.dsai) {
    auto& made = *out.add_dsai();
    made.set_tag(dsai.tag);
    made.set_active(dsai.is_active);
  }
  if (record.cs_location) fill(*record.cs_location, *out.mutable_cs_location());
  if (record.ps_location) fill(*record.ps_location, *out.mutable_ps_location());
  if (record.cs_user_state) out.set_cs_user_state(std::string(word(*record.cs_user_state)));
  if (record.ps_user_state) out.set_ps_user_state(std::string(word(*record.ps_user_state)));
  for (const ports::SharedText& document : record.documents) out.add_documents(*document);
}

}  // namespace

void to_message(const ports::PeerView& peer, management::ShPeer& out) {
  out.set_name(peer.name);
  out.set_identity(readable(peer.identity));
  out.set_realm(readable(peer.realm));
  out.set_address(peer.address);
  out.set_phase(std::string(ports::word(peer.phase)));
  to_message(peer.since, *out.mutable_since());
  out.set_connects(peer.connects);
  out.set_under_way(peer.under_way);
  out.set_trouble(readable(peer.trouble));
}

void to_message(const ports::ReadAnswer& answer, ReadSubscriberResponse& out) {
  fill(answer.record, out);
  for (const ports::FailedReference& failed : answer.failed) {
    auto& refused = *out.add_refused();
    refused.set_reference(static_cast<management::DataReference>(failed.reference));
    to_fault(failed.error, *refused.mutable_fault());
  }
}

void to_message(const ports::RepositoryData& data, management::Profile& out) {
  out.set_service_indication(data.service_indication);
  out.set_sequence_number(data.sequence_number);
  out.set_service_data(data.service_data.value_or(""));
}

CallError to_error(const ports::SubscriberError& error) {
  management::ShFault fault;
  to_fault(error, fault);
  management::StatusDetails details;
  details.set_code(code(error.fault));
  details.set_message(fault.text());
  details.add_details()->PackFrom(fault);
  return {code(error.fault), fault.text(), details.SerializeAsString()};
}

}  // namespace presentia::mgmt
