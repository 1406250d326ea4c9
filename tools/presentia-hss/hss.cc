#include "tools/presentia-hss/hss.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include "diameter/message/avp_table.h"
#include "diameter/message/octet_forms.h"
#include "diameter/message/sh_answer.h"
#include "diameter/message/sh_parts.h"
#include "diameter/message/sh_push.h"
#include "diameter/sh_data/sequence_number.h"
#include "diameter/sh_data/sh_data_writer.h"

namespace presentia::hss {
namespace {

using diameter::Avp;
using diameter::Avps;
using diameter::Command;
using diameter::made;
using ports::DataKeys;
using ports::DataReference;
using ports::SubscriberRecord;
namespace avp_name = diameter::avp_name;

constexpr std::uint32_t kUserUnknown = 5001, kNotRecognized = 5100, kNotAllowed = 5101, kOutOfSync = 5105,
                        kNoSubscription = 5107;                       // [TS29.329 6.2.2]
constexpr std::uint32_t kMissingAvp = 5005, kInvalidAvpValue = 5004;  // [RFC6733 7.1.5]
// Must be understood, and is by nobody.
constexpr diameter::AvpInfo kUnknownAvp{
    {9999, diameter::kVendor3gpp}, "Unknown-To-Others", diameter::AvpType::octets, true};
constexpr base::Millis kPushWithin{2000};

Avp experimental(std::uint32_t code) {
  return made(avp_name::kExperimentalResult,
              Avps{made(avp_name::kVendorId, diameter::kVendor3gpp), made(avp_name::kExperimentalResultCode, code)});
}
Avp base_result(std::uint32_t code) { return made(avp_name::kResultCode, code); }

template <class Each>
void for_all(const Avps& avps, diameter::AvpName name, Each each) {
  for (const Avp& avp : avps) {
    if (avp.name == name) each(avp);
  }
}

DataKeys keys_of(const Avps& avps) {
  DataKeys keys;
  for_all(avps, avp_name::kDataReference, [&](const Avp& avp) {
    const std::uint32_t value = std::get<std::uint32_t>(avp.value);
    keys.references.push_back(static_cast<DataReference>(std::min<std::uint32_t>(value, 255)));
  });
  for_all(avps, avp_name::kServiceIndication,
          [&](const Avp& avp) { keys.service_indications.push_back(std::get<std::string>(avp.value)); });
  for_all(avps, avp_name::kDsaiTag,
          [&](const Avp& avp) { keys.dsai_tags.push_back(std::get<std::string>(avp.value)); });
  keys.server_name = octets(avps, avp_name::kServerName).value_or("");
  if (const auto domain = number(avps, avp_name::kRequestedDomain)) {
    keys.domain = static_cast<ports::AccessDomain>(*domain);
  }
  return keys;
}

bool is_of_cx(Command command) {
  return command >= cx_command::kUserAuthorization && command <= cx_command::kPushProfile;
}

std::string key_of(const ports::UserIdentity& user) {
  return user.public_identity.empty() ? user.msisdn : user.public_identity;
}

std::string domain_of(const std::string& uri) {
  const std::size_t at = uri.find('@');
  return at == std::string::npos ? "" : uri.substr(at + 1, uri.find_first_of(";?", at) - at - 1);
}

bool asks(const DataKeys& keys, DataReference reference) {
  return std::find(keys.references.begin(), keys.references.end(), reference) != keys.references.end();
}

}  // namespace

Hss::Hss(Users users, const base::Clock& clock, base::Tokens& nonces)
    : clock_(clock),
      users_(std::move(users)),
      cx_(users_, reader_, nonces, [this](const std::string& identity, DataReference what) {
        static_cast<void>(push({identity}, what, "", ""));
      }) {}
Hss::~Hss() { stop(); }

base::Result<base::Done> Hss::start(diameter::StackSettings settings) {
  settings.takes_unknown_peers = true;
  settings.serves = {Command::user_data,
                     Command::profile_update,
                     Command::subscribe_notifications,
                     cx_command::kUserAuthorization,
                     cx_command::kServerAssignment,
                     cx_command::kLocationInfo,
                     cx_command::kMultimediaAuth};
  settings.more_avps = {kUnknownAvp};
  settings.more_applications = {cx_application()};
  if (settings.realm.empty()) settings.realm = settings.identity.substr(settings.identity.find('.') + 1);
  settings_ = settings;
  cx_.set_origin({settings.identity, settings.realm});
  auto stack = diameter::Stack::start(settings_, *this);
  if (!stack) return base::Unexpected{std::move(stack.error())};
  const std::lock_guard lock(mutex_);
  stack_ = std::move(*stack);
  return base::Done{};
}

void Hss::stop() {
  std::unique_ptr<diameter::Stack> stack;
  {
    const std::lock_guard lock(mutex_);
    stack = std::move(stack_);
  }
  if (stack) stack->stop();
}

void Hss::on_request(std::uint64_t key, Command command, Avps avps) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    ++requests_[std::string(name_of(command))];
    last_request_ = octets(avps, avp_name::kDestinationHost).value_or("-");
    if (stack_) stack_->answer(key, faults_.is_mute || is_mute_about(avps) ? Avps{} : answer(command, avps));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "presentia-hss: %s\n", error.what());
  }
}

bool Hss::is_mute_about(const Avps& request) const {
  if (faults_.mute_about.empty()) return false;
  const auto user = diameter::user_of(request);
  return user && faults_.mute_about.contains(key_of(*user));
}

void Hss::know_everybody_outside(std::vector<std::string> domains) {
  const std::lock_guard lock(mutex_);
  closed_domains_ = std::move(domains);
}

Avps Hss::with_origin(Avp result) const {
  return {diameter::application_id(), std::move(result), diameter::no_state_maintained(),
          made(avp_name::kOriginHost, settings_.identity), made(avp_name::kOriginRealm, settings_.realm)};
}

Avps Hss::answer(Command command, const Avps& request) {
  if (!faults_.redirect.empty()) {  // as an SLF does
    Avps redirect = with_origin(base_result(diameter::kRedirectIndication));
    redirect.push_back(made(avp_name::kRedirectHost, faults_.redirect));
    return redirect;
  }
  if (faults_.results > 0) {
    --faults_.results;
    return with_origin(faults_.result.front());
  }
  if (is_of_cx(command)) return cx_.answer(command, request);
  const auto user = diameter::user_of(request);
  if (!user) return with_origin(base_result(kMissingAvp));
  if (users_.find(*user) == nullptr) return about_nobody(command, request, *user);
  switch (command) {
    case Command::profile_update:
      return update(request);
    case Command::subscribe_notifications:
      return subscribe(request);
    default:
      return read(request);
  }
}

// Of whom nothing is known, if he exists at all.
Avps Hss::about_nobody(Command command, const Avps& request, const ports::UserIdentity& user) {
  const auto is_there = [&](const std::string& domain) { return domain_of(user.public_identity) == domain; };
  if (!closed_domains_ || std::any_of(closed_domains_->begin(), closed_domains_->end(), is_there)) {
    return with_origin(experimental(kUserUnknown));
  }
  if (command == Command::profile_update) return with_origin(experimental(kNotAllowed));
  const SubscriberRecord nothing;
  const bool with_data =
      command == Command::user_data || number(request, avp_name::kSendDataIndication) == std::uint32_t{1};
  return success(request, with_data ? &nothing : nullptr);
}

// [TS29.328 6.1.1.1] What the references need.
std::optional<Avps> Hss::complaint(const DataKeys& keys) const {
  if (keys.references.empty()) return with_origin(base_result(kMissingAvp));
  const bool many = keys.references.size() > 1 || keys.service_indications.size() > 1;
  if (many && !faults_.has_features) return with_origin(base_result(diameter::kUnableToComply));
  if (asks(keys, DataReference::repository_data) && keys.service_indications.empty()) {
    return with_origin(base_result(kMissingAvp));
  }
  if ((asks(keys, DataReference::location_information) || asks(keys, DataReference::user_state)) && !keys.domain) {
    return with_origin(base_result(kMissingAvp));
  }
  if (asks(keys, DataReference::initial_filter_criteria) && keys.server_name.empty()) {
    return with_origin(base_result(kMissingAvp));
  }
  return std::nullopt;
}

Avps Hss::read(const Avps& request) {
  const DataKeys keys = keys_of(request);
  if (auto refusal = complaint(keys)) return *refusal;
  const auto record = selected(*users_.find(*diameter::user_of(request)), keys);
  if (!record) return with_origin(experimental(kNotRecognized));
  return success(request, &*record);
}

Avps Hss::success(const Avps& request, const SubscriberRecord* record) {
  Avps avps = with_origin(base_result(diameter::kSuccess));
  if (faults_.has_features && diameter::features_of(request)) {
    avps.push_back(diameter::supported_features(diameter::kNotifEff));
  }
  if (record != nullptr) {
    std::string text = faults_.user_data.empty() ? write(*record) : std::exchange(faults_.user_data, "");
    avps.push_back(made(avp_name::kUserData, std::move(text)));
  }
  if (faults_.has_unknown_avp) avps.push_back({kUnknownAvp.name, true, std::string("x")});
  return avps;
}

std::string Hss::write(const SubscriberRecord& record) {
  auto text = diameter::write_sh_data(reader_, record);
  return text ? *text : "<Sh-Data/>";
}

// [TS29.328 6.1.2]
Avps Hss::update(const Avps& request) {
  const auto user = *diameter::user_of(request);
  const auto text = octets(request, avp_name::kUserData);
  if (!text) return with_origin(base_result(kMissingAvp));
  if (keys_of(request).references != std::vector{DataReference::repository_data}) {
    return with_origin(experimental(kNotAllowed));
  }
  const auto record = diameter::read_sh_data(reader_, *text);
  if (!record || record->repository_data.size() != 1) return with_origin(base_result(kInvalidAvpValue));
  const ports::RepositoryData& wanted = record->repository_data.front();
  auto& stored = users_.find(user)->repository_data;
  const auto held = std::find_if(stored.begin(), stored.end(), [&](const ports::RepositoryData& data) {
    return data.service_indication == wanted.service_indication;
  });
  const auto number = held == stored.end() ? std::nullopt : std::optional(held->sequence_number);
  if (wanted.sequence_number != diameter::next_sequence_number(number)) return with_origin(experimental(kOutOfSync));
  if (held != stored.end()) stored.erase(held);
  if (wanted.service_data) stored.push_back(wanted);
  static_cast<void>(push(user, DataReference::repository_data, wanted.service_indication,
                         octets(request, avp_name::kOriginHost).value_or("")));
  return success(request, nullptr);
}

// [TS29.328 6.1.3]
Avps Hss::subscribe(const Avps& request) {
  const auto user = *diameter::user_of(request);
  const DataKeys keys = keys_of(request);
  if (auto refusal = complaint(keys)) return *refusal;
  const auto record = selected(*users_.find(user), keys);
  if (!record) return with_origin(experimental(kNotRecognized));
  const bool ends = number(request, avp_name::kSubsReqType) == 1U;
  const auto expires_at = granted(request);
  const bool was_there = change_subscription(request, user, keys, expires_at);
  if (ends) return was_there ? success(request, nullptr) : with_origin(experimental(kNoSubscription));
  const bool with_data = number(request, avp_name::kSendDataIndication) == 1U;
  Avps avps = success(request, with_data ? &*record : nullptr);
  if (expires_at) avps.push_back(made(avp_name::kExpiryTime, diameter::to_time(*expires_at)));
  return avps;
}

std::optional<base::Instant> Hss::granted(const Avps& request) const {
  std::optional<base::Instant> at;
  if (const auto asked = octets(request, avp_name::kExpiryTime)) at = diameter::from_time(*asked);
  if (!longest_subscription_) return at;
  const base::Instant longest = clock_.now() + *longest_subscription_;
  return at ? std::min(*at, longest) : longest;
}

bool Hss::change_subscription(const Avps& request, const ports::UserIdentity& user, const DataKeys& keys,
                              std::optional<base::Instant> expires_at) {
  const std::string host = octets(request, avp_name::kOriginHost).value_or("");
  const std::string realm = octets(request, avp_name::kOriginRealm).value_or("");
  std::vector<Subscription> wanted;
  for (const DataReference reference : keys.references) {
    if (reference != DataReference::repository_data) wanted.push_back({host, realm, user, reference, "", expires_at});
    if (reference != DataReference::repository_data) continue;
    for (const std::string& service : keys.service_indications) {
      wanted.push_back({host, realm, user, reference, service, expires_at});
    }
  }
  std::vector<Subscription>& held = subscriptions_[key_of(user)];
  const auto is_wanted = [&](const Subscription& one) {
    return std::any_of(wanted.begin(), wanted.end(), [&](const Subscription& each) {
      return one.host == each.host && one.reference == each.reference &&
             one.service_indication == each.service_indication;
    });
  };
  const bool was_there = std::erase_if(held, is_wanted) > 0;
  if (number(request, avp_name::kSubsReqType) != 1U) held.insert(held.end(), wanted.begin(), wanted.end());
  return was_there;
}

// [TS29.328 6.1.4] To all that have subscribed but who caused it; how many.
std::string Hss::push(const ports::UserIdentity& user, DataReference reference, const std::string& service,
                      const std::string& except) {
  const SubscriberRecord* const held = users_.find(user);
  if (held == nullptr) return "0";
  DataKeys keys;
  keys.references = {reference};
  keys.service_indications = {service};
  auto record = *selected(*held, keys);
  if (reference == DataReference::repository_data && record.repository_data.empty()) {
    record.repository_data.push_back({service, 1, std::nullopt});  // deleted
  }
  std::vector<std::string> names = held->msisdns;
  for (const auto& identity : held->public_identities) names.push_back(identity.uri);
  const base::Instant now = clock_.now();
  int pushed = 0;
  for (const std::string& name : names) {
    const auto found = subscriptions_.find(name);
    if (found == subscriptions_.end()) continue;
    std::erase_if(found->second,
                  [now](const Subscription& each) { return each.expires_at && *each.expires_at <= now; });
    for (const Subscription& each : found->second) {
      if (each.reference != reference || each.host == except || each.service_indication != service) continue;
      send_push(each, write(record));
      ++pushed;
    }
  }
  return std::to_string(pushed);
}

std::string Hss::next_session(std::string_view application) {
  return settings_.identity + ";hss;" + std::to_string(++last_id_) + ";" + std::string(application);
}

void Hss::send_push(const Subscription& to, const std::string& sh_data) {
  if (!stack_) return;
  const diameter::Envelope envelope{next_session("sh"), settings_.identity, settings_.realm, to.host, to.realm, 0};
  static_cast<void>(stack_->send({.ticket = last_id_,
                                  .command = Command::push_notification,
                                  .avps = push_request(envelope, to.user, sh_data),
                                  .peers = {to.host},
                                  .end_to_end = last_id_,
                                  .is_retransmission = false,
                                  .within = kPushWithin}));
}

void Hss::on_answer(std::uint64_t ticket, Avps avps, std::string /*from*/) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (stack_) stack_->forget(static_cast<std::uint32_t>(ticket));
    const std::uint32_t code = diameter::read_answer(avps).code;
    last_verdict_ = std::to_string(code);
    if (const auto ended = terminations_.extract(ticket); ended && code == diameter::kSuccess) {
      if (User* const user = users_.served(ended.mapped())) cx_.clear(*user);
      std::fprintf(stderr, "presentia-hss: %s is deregistered\n", ended.mapped().c_str());
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "presentia-hss: %s\n", error.what());
  }
}

void Hss::on_unreadable(std::uint64_t /*ticket*/, std::string why) noexcept {
  std::fprintf(stderr, "presentia-hss: an answer could not be read: %s\n", why.c_str());
}

void Hss::on_peer(diameter::PeerReport report) noexcept {
  const bool is_connected = report.phase != ports::PeerPhase::closed;
  std::fprintf(stderr, "presentia-hss: %s is %s\n", report.identity.c_str(), is_connected ? "connected" : "gone");
}

void Hss::on_log(diameter::StackLevel level, std::string_view line) noexcept {
  if (level < diameter::StackLevel::error) return;
  std::fprintf(stderr, "presentia-hss: %.*s\n", static_cast<int>(line.size()), line.data());
}

}  // namespace presentia::hss
