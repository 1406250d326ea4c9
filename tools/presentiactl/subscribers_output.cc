#include "tools/presentiactl/subscribers_output.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "tools/presentiactl/output.h"

namespace presentia::ctl {
namespace {

using google::protobuf::util::TimeUtil;
using management::ReadSubscriberResponse;
using Rows = std::vector<std::vector<std::string>>;

void add(Rows& rows, const std::string& label, const std::string& value) {
  if (!value.empty()) rows.push_back({label, value});
}

void add(Rows& rows, const std::string& label, const management::Profile& data) {
  rows.push_back({label, data.service_indication() + ", number " + std::to_string(data.sequence_number()) + ": " +
                             data.service_data()});
}

void add(Rows& rows, const std::string& label, const ReadSubscriberResponse::Location& location) {
  add(rows, label + " location number", location.location_number());
  add(rows, label + " cell", location.cell_global_id());
  add(rows, label + " service area", location.service_area_id());
  add(rows, label + " location area", location.location_area_id());
  add(rows, label + " routing area", location.routing_area_id());
  add(rows, label + " geographical", location.geographical());
  add(rows, label + " geodetic", location.geodetic());
  add(rows, label + " serving node", location.serving_node());
  if (location.has_current()) add(rows, label + " is current", location.current() ? "yes" : "no");
  if (location.has_age_minutes()) add(rows, label + " age", std::to_string(location.age_minutes()) + " min");
}

std::string identity_text(const ReadSubscriberResponse::PublicIdentity& identity) {
  return identity.uri() + (identity.kind() == "distinct-user" ? "" : ", " + identity.kind()) +
         (identity.wildcard().empty() ? "" : ", of " + identity.wildcard());
}

}  // namespace

std::string word_of(management::DataReference reference) {
  std::string word = management::DataReference_Name(reference);
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return c == '_' ? '-' : std::tolower(c); });
  return word;
}

std::string peers_text(const management::ListShPeersResponse& response) {
  if (response.peers().empty()) return "Sh is off: no peer is configured\n";
  Rows rows{{"NAME", "IDENTITY", "REALM", "ADDRESS", "PHASE", "SINCE", "CONNECTS", "UNDER WAY", "TROUBLE"}};
  const auto shown = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
  for (const management::ShPeer& peer : response.peers()) {
    rows.push_back({peer.name(), peer.identity(), shown(peer.realm()), shown(peer.address()), peer.phase(),
                    TimeUtil::ToString(peer.since()), std::to_string(peer.connects()), std::to_string(peer.under_way()),
                    shown(peer.trouble())});
  }
  return table(rows);
}

std::string subscriber_text(const ReadSubscriberResponse& response) {
  Rows rows;
  for (const auto& identity : response.public_identities()) add(rows, "public identity", identity_text(identity));
  for (const std::string& msisdn : response.msisdns()) add(rows, "MSISDN", msisdn);
  add(rows, "IMS user state", response.ims_user_state());
  if (response.has_scscf_name())
    rows.push_back({"S-CSCF", response.scscf_name().empty() ? "none is assigned" : response.scscf_name()});
  add(rows, "filter criteria", response.initial_filter_criteria());
  const auto& charging = response.charging();
  add(rows, "primary event charging", charging.primary_event_function());
  add(rows, "secondary event charging", charging.secondary_event_function());
  add(rows, "primary charging collection", charging.primary_collection_function());
  add(rows, "secondary charging collection", charging.secondary_collection_function());
  if (response.has_psi_active()) add(rows, "PSI active", response.psi_active() ? "yes" : "no");
  for (const auto& dsai : response.dsai()) add(rows, "service " + dsai.tag(), dsai.active() ? "active" : "inactive");
  add(rows, "CS", response.cs_location());
  add(rows, "PS", response.ps_location());
  add(rows, "CS user state", response.cs_user_state());
  add(rows, "PS user state", response.ps_user_state());
  for (const auto& data : response.repository_data()) add(rows, "repository data", data);
  for (const auto& data : response.aliases_repository_data()) add(rows, "aliases' repository data", data);
  const bool nothing = rows.empty();
  for (const auto& refused : response.refused())
    add(rows, "no " + word_of(refused.reference()), refused.fault().text());
  return table(rows) + (nothing ? "the HSS has none of the rest (--json has its answer as it came)\n" : "");
}

}  // namespace presentia::ctl
