#include "as/packages/presence/service_profile.h"

#include <array>
#include <charconv>
#include <utility>

#include "as/xml/compare.h"
#include "as/xml/reader.h"

namespace presentia::presence {
namespace {

using event::ServiceProfile;
using event::SubHandling;

constexpr std::string_view kProfile = "urn:presentia:service-profile";
constexpr xml::Limits kLimits{.max_depth = 8, .max_elements = 200, .max_attributes = 16};
constexpr std::array<std::pair<std::string_view, SubHandling>, 4> kDecisions{
    {{"allow", SubHandling::allow},
     {"confirm", SubHandling::confirm},
     {"polite-block", SubHandling::polite_block},
     {"block", SubHandling::block}}};

xml::Reader& reader() {
  thread_local xml::Reader held;  // dear to make
  return held;
}

std::string wrong(xml::Element where, std::string_view text) {
  return "line " + std::to_string(where.line()) + ": " + std::string(where.local()) + " cannot be \"" +
         std::string(text) + "\"";
}

bool read_number(std::string_view text, std::optional<std::uint32_t>& to) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return false;
  to = number;
  return true;
}

bool read_decision(std::string_view text, std::optional<SubHandling>& to) {
  for (const auto& [word, handling] : kDecisions) {
    if (word == text) to = handling;
  }
  return to.has_value();
}

// False for a value that the element cannot have.
bool take(std::string_view name, std::string_view text, ServiceProfile& profile) {
  if (name == "presence") {
    profile.allowed = text == "allowed";
    return profile.allowed || text == "barred";
  }
  if (name == "max-publications") return read_number(text, profile.max_publications);
  if (name == "max-subscriptions") return read_number(text, profile.max_subscriptions);
  if (name == "without-rules") return read_decision(text, profile.without_rules);
  return true;  // of a newer server
}

}  // namespace

base::Result<ServiceProfile, std::string> ServiceProfileReader::read(std::string_view text) const {
  ServiceProfile profile;
  if (xml::trimmed(text).empty()) return profile;
  const auto tree = reader().parse(text, kLimits);
  if (!tree) return base::Unexpected{tree.error().text};
  const xml::Element root = (*tree)->root();
  if (!root.is(kProfile, "service-profile"))
    return base::Unexpected{"the root must be service-profile in " + std::string(kProfile)};
  for (const xml::Element child : root.children()) {
    if (child.ns() != kProfile) continue;
    const std::string value = child.text_trimmed();
    if (!take(child.local(), value, profile)) return base::Unexpected{wrong(child, value)};
  }
  return profile;
}

}  // namespace presentia::presence
