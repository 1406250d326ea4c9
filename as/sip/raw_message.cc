#include "as/sip/raw_message.h"

#include <algorithm>
#include <array>

#include "as/base/mutants.h"
#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

struct KnownName {
  std::string_view name;
  HeaderName id;
};

constexpr std::array<KnownName, 40> kNames{
    {{"a", HeaderName::other},
     {"accept", HeaderName::accept},
     {"authorization", HeaderName::authorization},
     {"c", HeaderName::content_type},
     {"call-id", HeaderName::call_id},
     {"contact", HeaderName::contact},
     {"content-disposition", HeaderName::content_disposition},
     {"content-encoding", HeaderName::content_encoding},
     {"content-type", HeaderName::content_type},
     {"cseq", HeaderName::cseq},
     {"e", HeaderName::content_encoding},
     {"event", HeaderName::event},
     {"expires", HeaderName::expires},
     {"f", HeaderName::from},
     {"from", HeaderName::from},
     {"i", HeaderName::call_id},
     {"k", HeaderName::supported},
     {"m", HeaderName::contact},
     {"max-forwards", HeaderName::max_forwards},
     {"min-expires", HeaderName::min_expires},
     {"o", HeaderName::event},
     {"p-access-network-info", HeaderName::p_access_network_info},
     {"p-asserted-identity", HeaderName::p_asserted_identity},
     {"p-charging-function-addresses", HeaderName::p_charging_function_addresses},
     {"p-charging-vector", HeaderName::p_charging_vector},
     {"p-served-user", HeaderName::p_served_user},
     {"privacy", HeaderName::privacy},
     {"proxy-require", HeaderName::proxy_require},
     {"record-route", HeaderName::record_route},
     {"require", HeaderName::require},
     {"retry-after", HeaderName::retry_after},
     {"route", HeaderName::route},
     {"sip-if-match", HeaderName::sip_if_match},
     {"subscription-state", HeaderName::subscription_state},
     {"supported", HeaderName::supported},
     {"t", HeaderName::to},
     {"to", HeaderName::to},
     {"u", HeaderName::other},
     {"v", HeaderName::via},
     {"via", HeaderName::via}}};

}  // namespace

HeaderName header_name(std::string_view name) {
  if (PS_MUTANT("compact-unknown") && name.size() == 1) return HeaderName::other;
  if (PS_MUTANT("preferred-believed") && name == "P-Preferred-Identity") return HeaderName::p_asserted_identity;
  for (const KnownName& known : kNames) {
    if (known.name.size() == name.size() && equal_ignoring_case(known.name, name)) return known.id;
  }
  return HeaderName::other;
}

const HeaderField* RawMessage::find(HeaderName id) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [id](const HeaderField& f) { return f.id == id; });
  return found == fields.end() ? nullptr : &*found;
}

std::string_view RawMessage::value(HeaderName id) const {
  const HeaderField* field = find(id);
  return field == nullptr ? std::string_view{} : field->value;
}

std::size_t RawMessage::count(HeaderName id) const {
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(), [id](const HeaderField& f) { return f.id == id; }));
}

std::vector<std::string_view> RawMessage::list(HeaderName id) const {
  std::vector<std::string_view> values;
  for (const HeaderField& field : fields) {
    if (field.id != id) continue;
    for (std::string_view value : split_list(field.value)) values.push_back(value);
  }
  return values;
}

std::string RawMessage::joined(HeaderName id) const {
  std::string text;
  for (const HeaderField& field : fields) {
    if (field.id != id) continue;
    if (!text.empty()) text += ", ";
    text += field.value;
  }
  return text;
}

}  // namespace presentia::sip
