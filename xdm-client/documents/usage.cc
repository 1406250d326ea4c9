#include "xdm-client/documents/usage.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace presentia::xdm {
namespace {

struct Usage {
  std::string_view auid, type, ns;
};

constexpr std::string_view kRulesType = "application/auth-policy+xml";

constexpr std::array<Usage, 7> kUsages{{
    {"pres-rules", kRulesType, "urn:ietf:params:xml:ns:pres-rules"},  // [RFC5025 9.1, 9.3, 9.4]
    {"org.openmobilealliance.pres-rules", kRulesType, "urn:ietf:params:xml:ns:common-policy"},
    {"resource-lists", "application/resource-lists+xml", "urn:ietf:params:xml:ns:resource-lists"},  // [RFC4826 3.4]
    {"rls-services", "application/rls-services+xml", "urn:ietf:params:xml:ns:rls-services"},        // [RFC4826 4.4]
    {"pidf-manipulation", "application/pidf+xml", "urn:ietf:params:xml:ns:pidf"},                   // [RFC4827 4-6]
    {"xcap-caps", "application/xcap-caps+xml", "urn:ietf:params:xml:ns:xcap-caps"},                 // [RFC4825 12]
    {"org.openmobilealliance.groups", "application/vnd.oma.poc.groups+xml", "urn:oma:xml:poc:list-service"},
}};

const Usage* find(std::string_view auid) {
  const auto found =
      std::find_if(kUsages.begin(), kUsages.end(), [auid](const Usage& each) { return each.auid == auid; });
  return found == kUsages.end() ? nullptr : &*found;
}

bool is_xml(std::string_view type) { return type.ends_with("+xml") || type == "application/xml" || type == "text/xml"; }

}  // namespace

std::string media_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  std::erase_if(type, [](char c) { return c == ' ' || c == '\t'; });
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return type;
}

bool is_type_of(std::string_view auid, std::string_view type) {
  const Usage* const usage = find(auid);
  return usage != nullptr ? usage->type == type : is_xml(type);
}

std::string_view default_namespace(std::string_view auid) {
  const Usage* const usage = find(auid);
  return usage != nullptr ? usage->ns : std::string_view();
}

}  // namespace presentia::xdm
