#include "diameter/message/data_keys.h"

#include <algorithm>

#include "diameter/message/octet_forms.h"

namespace presentia::diameter {
namespace {

using ports::DataKeys;
using ports::DataReference;

bool asks(const DataKeys& keys, DataReference reference) {
  return std::find(keys.references.begin(), keys.references.end(), reference) != keys.references.end();
}
bool wants_services(const DataKeys& keys) {
  return asks(keys, DataReference::repository_data) || asks(keys, DataReference::aliases_repository_data);
}
bool wants_server(const DataKeys& keys) {
  return asks(keys, DataReference::initial_filter_criteria) || asks(keys, DataReference::dsai);
}
bool wants_domain(const DataKeys& keys) {
  return asks(keys, DataReference::location_information) || asks(keys, DataReference::user_state);
}

bool has_twice(std::vector<DataReference> references) {
  std::sort(references.begin(), references.end());
  return std::adjacent_find(references.begin(), references.end()) != references.end();
}

}  // namespace

std::optional<std::string> complaint(const ports::UserIdentity& user, const DataKeys& keys, bool is_subscription) {
  if (user.public_identity.empty() && user.msisdn.empty()) return "no user identity";
  if (user.public_identity.empty() && !to_tbcd(user.msisdn)) return "the MSISDN is no number";
  if (keys.references.empty()) return "no data reference";
  if (has_twice(keys.references)) return "a data reference twice";
  if (wants_services(keys) && keys.service_indications.empty()) return "repository data without service indication";
  if (wants_server(keys) && keys.server_name.empty()) return "filter criteria without server name";
  if (asks(keys, DataReference::dsai) && keys.dsai_tags.empty()) return "DSAI without tag";
  if (wants_domain(keys) && !keys.domain) return "location or state without requested domain";
  if (is_subscription && wants_domain(keys)) return "location and state cannot be subscribed to";
  return std::nullopt;
}

DataKeys needed(const DataKeys& keys) {
  DataKeys less = keys;
  if (!wants_services(keys)) less.service_indications.clear();
  if (!wants_server(keys)) less.server_name.clear();
  if (!asks(keys, DataReference::ims_public_identity)) less.identity_sets.clear();
  if (!asks(keys, DataReference::dsai)) less.dsai_tags.clear();
  if (!wants_domain(keys)) less.domain.reset();
  if (!asks(keys, DataReference::location_information)) less.current_location = false;
  return less;
}

std::vector<DataKeys> split(const DataKeys& keys) {
  std::vector<DataKeys> parts;
  for (const DataReference reference : keys.references) {
    DataKeys part = keys;
    part.references = {reference};
    part = needed(part);
    if (part.service_indications.size() <= 1) {
      parts.push_back(std::move(part));
      continue;
    }
    for (const std::string& indication : keys.service_indications) {
      parts.push_back(part);
      parts.back().service_indications = {indication};
    }
  }
  return parts;
}

}  // namespace presentia::diameter
