#include "tools/presentia-hss/users.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "as/xml/document.h"
#include "as/xml/writer.h"
#include "diameter/sh_data/sh_data_reader.h"

namespace presentia::hss {
namespace {

using ports::DataKeys;
using ports::DataReference;
using ports::SubscriberRecord;

constexpr xml::Limits kLimits{.max_depth = 32, .max_elements = 1'000'000, .max_attributes = 64};

// All names under which a user can be asked about.
std::vector<std::string> names_of(const SubscriberRecord& record) {
  std::vector<std::string> names = record.msisdns;
  for (const auto& identity : record.public_identities) names.push_back(identity.uri);
  return names;
}

// Copies what one reference stands for; false: there is no such reference.
bool select(const SubscriberRecord& user, const DataKeys& keys, DataReference reference, SubscriberRecord& into) {
  const auto wanted = [&](const std::string& name, const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  switch (reference) {
    case DataReference::repository_data:
      for (const auto& data : user.repository_data) {
        if (wanted(data.service_indication, keys.service_indications)) into.repository_data.push_back(data);
      }
      return true;
    case DataReference::ims_public_identity:
      into.public_identities = user.public_identities;
      return true;
    case DataReference::ims_user_state:
      into.ims_user_state = user.ims_user_state.value_or(ports::ImsUserState::not_registered);
      return true;
    case DataReference::scscf_name:
      into.scscf_name = user.scscf_name.value_or("");
      return true;
    case DataReference::initial_filter_criteria:
      into.initial_filter_criteria = user.initial_filter_criteria;
      return true;
    case DataReference::location_information:
      if (keys.domain == ports::AccessDomain::circuit_switched) into.cs_location = user.cs_location;
      if (keys.domain == ports::AccessDomain::packet_switched) into.ps_location = user.ps_location;
      return true;
    case DataReference::user_state:
      if (keys.domain == ports::AccessDomain::circuit_switched) into.cs_user_state = user.cs_user_state;
      if (keys.domain == ports::AccessDomain::packet_switched) into.ps_user_state = user.ps_user_state;
      return true;
    case DataReference::charging_information:
      into.charging = user.charging;
      return true;
    case DataReference::msisdn:
      into.msisdns = user.msisdns;
      return true;
    case DataReference::psi_activation:
      into.psi_active = user.psi_active;
      return true;
    case DataReference::dsai:
      for (const auto& dsai : user.dsai) {
        if (wanted(dsai.tag, keys.dsai_tags)) into.dsai.push_back(dsai);
      }
      return true;
    default:
      return false;
  }
}

}  // namespace

base::Result<Users> Users::load(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return base::Unexpected{base::Error{"users", file + " cannot be read"}};
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  xml::Reader reader;
  auto users = parse(reader, bytes.str());
  if (!users) users.error().text.insert(0, file + ": ");
  return users;
}

base::Result<Users> Users::parse(xml::Reader& reader, std::string_view text) {
  const auto document = reader.parse(text, kLimits);
  if (!document) {
    return base::Unexpected{
        base::Error{"users", "line " + std::to_string(document.error().line) + ": " + document.error().text}};
  }
  Users users;
  for (const xml::Element user : (*document)->root().children()) {
    const std::string place = "line " + std::to_string(user.line()) + ": ";
    const xml::Element data = user.child({}, "Sh-Data");
    if (!data) return base::Unexpected{base::Error{"users", place + "a user without Sh-Data"}};
    auto record = diameter::read_sh_data(reader, xml::Writer().copy(data).finish());
    if (!record) return base::Unexpected{base::Error{"users", place + record.error().text}};
    if (record->public_identities.empty()) {
      return base::Unexpected{base::Error{"users", place + "a user without IMSPublicIdentity"}};
    }
    users.keep({std::move(*record), std::string(user.attribute("private-identity").value_or("")),
                std::string(user.attribute("password").value_or("")), "", ""});
  }
  return users;
}

void Users::keep(User user) {
  User& kept = users_.emplace_back(std::move(user));
  for (const std::string& name : names_of(kept.record)) by_identity_.emplace(name, &kept);
}

User* Users::find_user(const ports::UserIdentity& user) {
  const auto found = by_identity_.find(user.public_identity.empty() ? user.msisdn : user.public_identity);
  return found == by_identity_.end() ? nullptr : found->second;
}

SubscriberRecord* Users::find(const ports::UserIdentity& user) {
  User* const found = find_user(user);
  return found == nullptr ? nullptr : &found->record;
}

User* Users::served(const std::string& public_identity) { return find_user({public_identity}); }

User* Users::by_private_identity(const std::string& private_identity) {
  const auto found = std::find_if(users_.begin(), users_.end(),
                                  [&](const User& each) { return each.private_identity == private_identity; });
  return found == users_.end() || private_identity.empty() ? nullptr : &*found;
}

bool Users::add(const std::vector<std::string>& public_identities) {
  const auto taken = [&](const std::string& identity) { return by_identity_.contains(identity); };
  if (public_identities.empty() || std::any_of(public_identities.begin(), public_identities.end(), taken)) return false;
  User user;
  for (const std::string& identity : public_identities) user.record.public_identities.push_back({identity});
  keep(std::move(user));
  return true;
}

bool Users::add_identity(const std::string& of, const std::string& public_identity) {
  User* const user = find_user({of});
  if (user == nullptr || !by_identity_.emplace(public_identity, user).second) return false;
  user->record.public_identities.push_back({public_identity});
  return true;
}

bool Users::remove(const std::string& public_identity) {
  const User* const user = find_user({public_identity});
  if (user == nullptr) return false;
  std::erase_if(by_identity_, [user](const auto& each) { return each.second == user; });
  users_.remove_if([user](const User& each) { return &each == user; });
  return true;
}

std::optional<SubscriberRecord> selected(const SubscriberRecord& user, const DataKeys& keys) {
  SubscriberRecord into;
  for (const DataReference reference : keys.references) {
    if (!select(user, keys, reference, into)) return std::nullopt;
  }
  return into;
}

}  // namespace presentia::hss
