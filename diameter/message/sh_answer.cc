#include "diameter/message/sh_answer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>

#include "diameter/message/avp_table.h"
#include "diameter/message/octet_forms.h"
#include "diameter/message/sh_parts.h"

namespace presentia::diameter {
namespace {

using ports::SubscriberFault;

struct Meaning {
  std::uint32_t code;
  SubscriberFault fault;
};
constexpr std::array kExperimental{
    Meaning{4100, SubscriberFault::data_not_available},    Meaning{4101, SubscriberFault::update_in_progress},
    Meaning{5001, SubscriberFault::unknown_user},          Meaning{5002, SubscriberFault::identities_differ},
    Meaning{5008, SubscriberFault::too_much_data},         Meaning{5011, SubscriberFault::feature_unsupported},
    Meaning{5012, SubscriberFault::feature_unsupported},   Meaning{5100, SubscriberFault::data_not_recognized},
    Meaning{5101, SubscriberFault::operation_not_allowed}, Meaning{5102, SubscriberFault::cannot_be_read},
    Meaning{5103, SubscriberFault::cannot_be_modified},    Meaning{5104, SubscriberFault::cannot_be_notified},
    Meaning{5105, SubscriberFault::out_of_sync},           Meaning{5106, SubscriberFault::data_absent},
    Meaning{5107, SubscriberFault::no_subscription},       Meaning{5108, SubscriberFault::dsai_not_available},
};
constexpr std::array kOfBase{
    Meaning{kUnableToDeliver, SubscriberFault::undeliverable}, Meaning{kRealmNotServed, SubscriberFault::undeliverable},
    Meaning{kTooBusy, SubscriberFault::too_busy},
    Meaning{5030, SubscriberFault::unknown_user},  // [RFC4740 10.2.2], which some agents answer with
};

template <class Table>
SubscriberFault look_up(const Table& table, std::uint32_t code) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Meaning& each) { return each.code == code; });
  return found == table.end() ? SubscriberFault::refused : found->fault;
}

void read_code(const Avps& avps, Answer& answer) {
  if (const auto code = number(avps, avp_name::kResultCode)) {
    answer.code = *code;
    return;
  }
  const Avps* const inside = group(avps, avp_name::kExperimentalResult);
  if (inside == nullptr) {
    answer.defect = "neither Result-Code nor Experimental-Result";
    return;
  }
  answer.code = number(*inside, avp_name::kExperimentalResultCode).value_or(0);
  answer.is_experimental = number(*inside, avp_name::kVendorId) == kVendor3gpp;
  if (answer.code == 0) answer.defect = "Experimental-Result without code";
}

void read_redirect(const Avps& avps, Answer& answer) {
  for (const Avp& each : avps) {
    if (each.name != avp_name::kRedirectHost) continue;
    if (const auto* const uri = std::get_if<std::string>(&each.value)) answer.redirect_hosts.push_back(*uri);
  }
  answer.redirect_usage = number(avps, avp_name::kRedirectHostUsage).value_or(0);
  answer.redirect_cache_s = number(avps, avp_name::kRedirectMaxCacheTime).value_or(0);
}

}  // namespace

Answer read_answer(const Avps& avps) {
  Answer answer;
  read_code(avps, answer);
  answer.origin_host = octets(avps, avp_name::kOriginHost).value_or("");
  answer.origin_realm = octets(avps, avp_name::kOriginRealm).value_or("");
  if (answer.defect.empty() && answer.origin_host.empty()) answer.defect = "no Origin-Host";
  answer.user_data = octets(avps, avp_name::kUserData);
  if (const auto time = octets(avps, avp_name::kExpiryTime)) {
    answer.expires_at = from_time(*time);
    if (!answer.expires_at) answer.defect = "Expiry-Time is no time";
  }
  answer.features = features_of(avps);
  answer.error_message = octets(avps, avp_name::kErrorMessage).value_or("");
  if (answer.code == kRedirectIndication) read_redirect(avps, answer);
  return answer;
}

bool is_success(const Answer& answer) { return answer.defect.empty() && answer.code >= 2000 && answer.code < 3000; }

ports::SubscriberError error_of(const Answer& answer) {
  std::string text = answer.is_experimental ? "experimental " : "";
  text += std::to_string(answer.code);
  if (!answer.error_message.empty()) text += ": " + answer.error_message.substr(0, 200);
  if (!answer.defect.empty()) return {SubscriberFault::malformed_answer, answer.code, answer.defect};
  const SubscriberFault fault =
      answer.is_experimental ? look_up(kExperimental, answer.code) : look_up(kOfBase, answer.code);
  return {fault, answer.code, std::move(text)};
}

bool is_for_another_peer(const Answer& answer) {
  if (answer.is_experimental) return false;
  return answer.code == kUnableToDeliver || answer.code == kRealmNotServed || answer.code == kTooBusy;
}

std::optional<DiameterHost> read_diameter_uri(const std::string& uri) {
  std::string_view rest = uri;
  if (rest.starts_with("aaa://")) {
    rest.remove_prefix(6);
  } else if (rest.starts_with("aaas://")) {
    rest.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  if (rest.find(";transport=udp") != std::string_view::npos) return std::nullopt;
  rest = rest.substr(0, rest.find(';'));
  const std::size_t colon = rest.find(':');
  DiameterHost found{std::string(rest.substr(0, colon)), 0};
  if (found.host.empty()) return std::nullopt;
  for (char& c : found.host) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-') return std::nullopt;
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (colon == std::string_view::npos) return found;
  const std::string_view port = rest.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), found.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return found;
}

}  // namespace presentia::diameter
