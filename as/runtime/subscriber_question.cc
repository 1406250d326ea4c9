#include "as/runtime/subscriber_question.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "as/base/log.h"
#include "as/base/mutants.h"
#include "as/base/uri.h"

namespace presentia::runtime {
namespace {

using ports::Resource;

bool is_number(const Resource& identity) {
  const std::size_t user = identity.find(':') + 1;
  return identity.starts_with("tel:") || user >= identity.size() || identity[user] == '+' ||
         std::isdigit(static_cast<unsigned char>(identity[user])) != 0;
}

// The same for all identities of the user, whichever was asked about.
Resource canonical_of(const Resource& user, const std::vector<Resource>& identities, const mgmt::Snapshot& settings) {
  const auto rank = [&](const Resource& identity) {
    const bool number = identity.starts_with("tel:");
    const bool served = number || settings.serves(base::domain_of(identity));
    return std::tuple(!served, number, is_number(identity), std::cref(identity).get());
  };
  const auto first = std::ranges::min_element(identities, {}, rank);
  return first == identities.end() ? user : *first;
}

// nullopt: the record does not say.
std::optional<std::vector<std::string>> same_user(const ports::SubscriberRecord& record, const config::ShAliases& use) {
  const bool implicit = use.identity_set() == config::ShAliases::IMPLICIT;
  const auto& set = implicit ? record.implicit_identities : record.alias_identities;
  if (set) return set;
  // Of an HSS that does not tell sets apart all are the set that was asked for.
  if (record.public_identities.empty()) return std::nullopt;
  std::vector<std::string> uris;
  for (const ports::PublicIdentity& identity : record.public_identities)
    if (identity.kind == ports::PublicIdentity::Kind::distinct_user) uris.push_back(identity.uri);
  return uris;
}

std::vector<Resource> in_normal_form(const std::vector<std::string>& uris, const Resource& user) {
  std::vector<Resource> identities{user};
  for (const std::string& uri : uris)
    if (auto identity = base::normal_form(uri)) identities.push_back(*std::move(identity));
  std::ranges::sort(identities);
  const auto twice = std::ranges::unique(identities);
  identities.erase(twice.begin(), twice.end());
  return identities;
}

// While the user is being authenticated, what was true before still is.
std::optional<bool> registered_by(ports::ImsUserState state, std::optional<bool> before) {
  if (state == ports::ImsUserState::authentication_pending) return before;
  if (PS_MUTANT("user-state-once") && before) return before;
  if (PS_MUTANT("unregistered-services-registered") && state == ports::ImsUserState::registered_unregistered_services) {
    return true;
  }
  return state == ports::ImsUserState::registered;
}

// [RFC7315 5.6] In the order in which they are to be used.
std::string charging_addresses(const ports::ChargingInformation& charging) {
  std::string value;
  const auto add = [&value](std::string_view name, const std::string& address) {
    if (address.empty() || address.find_first_of("\"\\\r\n") != std::string::npos) return;
    value.append(value.empty() ? "" : "; ").append(name).append("=\"").append(address).append("\"");
  };
  add("ccf", charging.primary_collection_function);
  add("ccf", charging.secondary_collection_function);
  add("ecf", charging.primary_event_function);
  add("ecf", charging.secondary_event_function);
  return value;
}

// What the HSS says of it, also that there is none any more [TS29.328 6.1.4].
void take_profile(const Resource& user, const ports::SubscriberRecord& record, const mgmt::Snapshot& settings,
                  const event::ProfileReader* profiles, event::Subscriber& facts) {
  const config::Sh& sh = settings.config().sh();
  if (!sh.profile().enabled() || profiles == nullptr) return;
  for (const ports::RepositoryData& data : record.repository_data) {
    if (data.service_indication != sh.service_indication()) continue;
    if (PS_MUTANT("profile-kept") && !data.service_data) continue;
    facts.profile_number = data.service_data ? std::optional(data.sequence_number) : std::nullopt;
    auto read = profiles->read(data.service_data.value_or(""));
    if (read) {
      facts.profile = *std::move(read);
    } else {
      base::log(base::Module::diameter, base::Level::warn, "profile.bad", {{"user", user}, {"text", read.error()}});
    }
  }
}

// [TS29.328 6.1.2.1] 65535 is followed by 1, and 0 is data made anew.
bool is_older(std::uint16_t number, std::uint16_t known) {
  return number != 0 && static_cast<std::int16_t>(static_cast<std::uint16_t>(number - known)) < 0;
}

}  // namespace

bool asks_hss(const mgmt::Snapshot& settings) {
  const config::Sh& sh = settings.config().sh();
  return !sh.peer().empty() && !keys_of(settings).references.empty();
}

SubscriberTable::Policy cache_policy(const mgmt::Snapshot& settings, std::uint16_t shards) {
  const config::ShCache& cache = settings.config().sh().cache();
  return {base::Seconds(cache.ttl_s()), base::Seconds(cache.negative_ttl_s()), base::Seconds(cache.stale_s()),
          cache.max_users() / shards, std::max(1U, cache.rereads_per_s() / shards)};
}

ports::DataKeys keys_of(const mgmt::Snapshot& settings) {
  const config::Sh& sh = settings.config().sh();
  ports::DataKeys keys;
  if (sh.aliases().enabled() || sh.users().check()) {
    keys.references.push_back(ports::DataReference::ims_public_identity);
    const bool implicit = sh.aliases().identity_set() == config::ShAliases::IMPLICIT;
    keys.identity_sets = {implicit ? ports::IdentitySet::implicit : ports::IdentitySet::alias};
  }
  if (sh.registration().enabled()) keys.references.push_back(ports::DataReference::ims_user_state);
  if (sh.serving_node().enabled()) {
    keys.references.push_back(ports::DataReference::scscf_name);
    keys.references.push_back(ports::DataReference::charging_information);
  }
  if (sh.profile().enabled()) {
    keys.references.push_back(ports::DataReference::repository_data);
    keys.service_indications = {sh.service_indication()};
  }
  return keys;
}

event::SubscriberPtr facts_of(const Resource& user, const event::Subscriber* known,
                              const ports::SubscriberRecord& record, const mgmt::Snapshot& settings,
                              const event::ProfileReader* profiles) {
  event::Subscriber facts;
  if (known != nullptr) facts = *known;
  facts.unknown = false;
  if (PS_MUTANT("no-data-unknown")) facts.unknown = record.repository_data.empty();
  const config::ShAliases& use = settings.config().sh().aliases();
  const auto said = use.enabled() && !PS_MUTANT("aliases-apart") ? same_user(record, use) : std::nullopt;
  if (said || facts.canonical.empty() || !use.enabled()) {
    facts.identities = in_normal_form(said.value_or(std::vector<std::string>()), user);
    facts.canonical = canonical_of(user, facts.identities, settings);
  }
  if (record.scscf_name) facts.s_cscf = *record.scscf_name;
  if (record.charging) facts.charging_addresses = charging_addresses(*record.charging);
  take_profile(user, record, settings, profiles, facts);
  if (record.ims_user_state) facts.registered = registered_by(*record.ims_user_state, facts.registered);
  return std::make_shared<const event::Subscriber>(std::move(facts));
}

std::size_t drop_older(ports::SubscriberRecord& record, const event::Subscriber& known,
                       const mgmt::Snapshot& settings) {
  return std::erase_if(record.repository_data, [&](const ports::RepositoryData& data) {
    return data.service_indication == settings.config().sh().service_indication() &&
           is_older(data.sequence_number, *known.profile_number);
  });
}

event::SubscriberPtr no_such_user(const Resource& user) {
  event::Subscriber facts;
  facts.unknown = true;
  facts.canonical = user;
  facts.identities = {user};
  return std::make_shared<const event::Subscriber>(std::move(facts));
}

bool refuses_without_hss(const mgmt::Snapshot& settings) {
  const config::Sh& sh = settings.config().sh();
  return (sh.aliases().enabled() && sh.aliases().when_unavailable() == config::REFUSE_503) ||
         (sh.users().check() && sh.users().when_unavailable() == config::REFUSE_503);
}

}  // namespace presentia::runtime
