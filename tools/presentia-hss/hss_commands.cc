#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "diameter/message/avp_table.h"
#include "diameter/message/sh_answer.h"
#include "diameter/message/sh_parts.h"
#include "diameter/sh_data/sequence_number.h"
#include "tools/presentia-hss/hss.h"
#include "tools/presentia-hss/words.h"

namespace presentia::hss {
namespace {

using ports::DataReference;

}  // namespace

std::string_view Hss::commands() {
  return "  add IMPU [IMPU...]          a user with these public identities, of whom nothing else is known\n"
         "  state IMPU 0..3             IMS user state, pushed\n"
         "  scscf IMPU [URI]            name of the S-CSCF, pushed\n"
         "  identity IMPU URI           one more public identity, pushed\n"
         "  repository IMPU SERVICE [XML]  new repository data, or none, pushed\n"
         "  show IMPU                   tells IMS user state, S-CSCF, and its Diameter identity\n"
         "  remove IMPU                 the user is gone\n"
         "  password IMPU TEXT          for the next registration\n"
         "  criteria IMPU [XML]         initial filter criteria: the element IFCs; pushed on Sh, not on Cx\n"
         "  profile IMPU                pushes the profile to the S-CSCF (PPR)\n"
         "  deregister IMPU [REASON [TEXT]]  ends the registration at the S-CSCF (RTR); the reason is a number\n"
         "  connect IDENTITY ADDRESS PORT    a further peer that the HSS connects to, and that may connect to it\n"
         "  expiry SECONDS|off          longest subscription\n"
         "  subscriptions | requests | destination   tells\n"
         "  verdict                     tells what was answered to a push since this was asked last\n"
         "  forget                      loses all subscriptions, as after a restart\n"
         "faults:\n"
         "  mute on|off                 answers nothing\n"
         "  silent IMPU on|off          answers nothing about that identity\n"
         "  fail CODE [TIMES]           answers with this Result-Code\n"
         "  fail3gpp CODE [TIMES]       answers with this Experimental-Result-Code\n"
         "  redirect URI|off            answers as an SLF does\n"
         "  unknown-avp on|off          answers with an AVP that must be understood and is not\n"
         "  features on|off             whether it has Notif-Eff\n"
         "  data TEXT                   instead of the next Sh-Data\n"
         "quit";
}

std::string Hss::command(std::string_view line) {
  const std::string_view verb = next(line);
  const std::lock_guard lock(mutex_);
  if (verb == "add") return add(line);
  if (verb == "silent") {
    const std::string identity(next(line));
    if (trimmed(line) != "on") return faults_.mute_about.erase(identity) > 0 ? "ok" : "error it is not";
    faults_.mute_about.insert(identity);
    return "ok";
  }
  if (verb == "state" || verb == "scscf" || verb == "identity" || verb == "repository" || verb == "remove" ||
      verb == "criteria") {
    const std::string_view identity = next(line);
    return change(verb, identity, trimmed(line));
  }
  if (verb == "deregister" || verb == "profile" || verb == "password" || verb == "show") {
    const std::string_view identity = next(line);
    return order(verb, identity, trimmed(line));
  }
  if (verb == "connect") {
    const std::string_view identity = next(line);
    return connect(identity, trimmed(line));
  }
  if (verb == "expiry") {
    const auto seconds = number(trimmed(line));
    longest_subscription_ = seconds ? std::optional(base::Seconds(*seconds)) : std::nullopt;
    return "ok";
  }
  if (verb == "forget") {
    subscriptions_.clear();
    return "ok";
  }
  if (verb == "verdict") return "ok " + std::exchange(last_verdict_, "-");
  if (verb == "subscriptions" || verb == "requests" || verb == "destination") return tell(verb);
  return fault(verb, trimmed(line));
}

std::string Hss::add(std::string_view identities) {
  std::vector<std::string> words;
  for (std::string_view word = next(identities); !word.empty(); word = next(identities)) words.emplace_back(word);
  return users_.add(words) ? "ok" : "error none, or one that is taken";
}

// Nobody is told; who was subscribed to is no longer.
std::string Hss::remove(const std::string& identity) {
  const ports::SubscriberRecord* const user = users_.find({identity});
  if (user == nullptr) return "error no such user";
  for (const auto& each : user->public_identities) {
    subscriptions_.erase(each.uri);
    faults_.mute_about.erase(each.uri);
  }
  for (const std::string& each : user->msisdns) subscriptions_.erase(each);
  static_cast<void>(users_.remove(identity));
  return "ok";
}

std::string Hss::change(std::string_view verb, std::string_view identity, std::string_view rest) {
  const ports::UserIdentity who{std::string(identity)};
  ports::SubscriberRecord* const user = users_.find(who);
  if (user == nullptr) return "error no such user";
  if (verb == "remove") return remove(who.public_identity);
  if (verb == "repository") return change_repository(*user, who.public_identity, rest);
  if (verb == "state") {
    const auto state = number(rest);
    if (!state || *state > 3) return "error the state is 0 to 3";
    user->ims_user_state = static_cast<ports::ImsUserState>(*state);
    return "ok " + push(who, DataReference::ims_user_state, "", "");
  }
  if (verb == "scscf") {
    user->scscf_name = std::string(rest);
    return "ok " + push(who, DataReference::scscf_name, "", "");
  }
  if (verb == "criteria") {
    user->initial_filter_criteria = rest.empty() ? std::nullopt : std::optional(std::string(rest));
    return "ok " + push(who, DataReference::initial_filter_criteria, "", "");
  }
  if (!users_.add_identity(who.public_identity, std::string(rest))) return "error it is taken";
  return "ok " + push(who, DataReference::ims_public_identity, "", "");
}

std::string Hss::change_repository(ports::SubscriberRecord& user, const std::string& identity, std::string_view rest) {
  const std::string service(next(rest));
  if (service.empty()) return "error which service?";
  auto& stored = user.repository_data;
  const auto held = std::find_if(stored.begin(), stored.end(),
                                 [&](const ports::RepositoryData& data) { return data.service_indication == service; });
  const auto before = held == stored.end() ? std::nullopt : std::optional(held->sequence_number);
  if (held != stored.end()) stored.erase(held);
  const std::string_view data = trimmed(rest);
  if (!data.empty()) stored.push_back({service, diameter::next_sequence_number(before), std::string(data)});
  return "ok " + push({identity}, DataReference::repository_data, service, "");
}

std::string Hss::fault(std::string_view verb, std::string_view rest) {
  const bool on = rest == "on";
  if (verb == "mute") {
    faults_.is_mute = on;
  } else if (verb == "unknown-avp") {
    faults_.has_unknown_avp = on;
  } else if (verb == "features") {
    faults_.has_features = on;
  } else if (verb == "redirect") {
    faults_.redirect = rest == "off" ? "" : std::string(rest);
  } else if (verb == "data") {
    faults_.user_data = std::string(rest);
  } else if (verb == "fail" || verb == "fail3gpp") {
    const auto code = number(next(rest));
    if (!code) return "error which code?";
    namespace avp_name = diameter::avp_name;
    using diameter::made;
    const auto inside = diameter::Avps{made(avp_name::kVendorId, diameter::kVendor3gpp),
                                       made(avp_name::kExperimentalResultCode, *code)};
    faults_.result = {verb == "fail" ? made(avp_name::kResultCode, *code)
                                     : made(avp_name::kExperimentalResult, inside)};
    faults_.results = static_cast<int>(number(trimmed(rest)).value_or(1));
  } else {
    return "error no such command";
  }
  return "ok";
}

std::string Hss::tell(std::string_view what) const {
  if (what == "destination") return "ok " + last_request_;
  std::string text = "ok";
  if (what == "subscriptions") {
    std::size_t count = 0;
    for (const auto& [name, held] : subscriptions_) count += held.size();
    return text + " " + std::to_string(count);
  }
  for (const auto& [name, count] : requests_) text += " " + name + "=" + std::to_string(count);
  return text;
}

}  // namespace presentia::hss
