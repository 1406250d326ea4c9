#include "as/rules/permission_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "as/xml/compare.h"

namespace presentia::rules {
namespace {

template <class T, std::size_t N>
std::optional<T> value_of(std::string_view text, const std::array<T, N>& values) {
  const auto* const found = std::find_if(values.begin(), values.end(), [&](T value) { return name_of(value) == text; });
  return found == values.end() ? std::nullopt : std::optional(*found);
}

constexpr std::array kHandlings{SubHandling::block, SubHandling::confirm, SubHandling::polite_block,
                                SubHandling::allow};
constexpr std::array kUserInputs{UserInput::none, UserInput::bare, UserInput::thresholds, UserInput::full};

// xs:boolean
std::optional<bool> boolean_of(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return std::nullopt;
}

// The values of provide-geopriv (OMA) are its own.
std::optional<bool> value_of(const AttributePermission& permission, std::string_view text) {
  if (permission.attribute != Attribute::geopriv) return boolean_of(text);
  if (text == "full") return true;
  return text == "false" ? std::optional(false) : std::nullopt;
}

struct SelectorName {
  Selector::By by;
  std::string_view ns;
};
// [RFC5025 3.3.1.3]; by service-id [OMA-PRS 5.4.4]
constexpr std::array kServiceSelectors{
    SelectorName{Selector::By::group, kPresRules}, SelectorName{Selector::By::occurrence_id, kPresRules},
    SelectorName{Selector::By::service_uri, kPresRules}, SelectorName{Selector::By::service_uri_scheme, kPresRules},
    SelectorName{Selector::By::service_id, kOmaPresRules}};
// [RFC5025 3.3.1.2]
constexpr std::array kPersonSelectors{SelectorName{Selector::By::group, kPresRules},
                                      SelectorName{Selector::By::occurrence_id, kPresRules}};
// [RFC5025 3.3.1.1]
constexpr std::array kDeviceSelectors{SelectorName{Selector::By::group, kPresRules},
                                      SelectorName{Selector::By::occurrence_id, kPresRules},
                                      SelectorName{Selector::By::device_id, kPresRules}};

void read_components(xml::Element set, std::string_view all, std::span<const SelectorName> selectors, Components& into,
                     Remarks& remarks) {
  for (const xml::Element child : set.children()) {
    const auto found = std::find_if(selectors.begin(), selectors.end(), [&](const SelectorName& selector) {
      return child.is(selector.ns, name_of(selector.by));
    });
    std::string value = child.text_trimmed();
    if (child.is(kPresRules, all)) {
      into.add_all();
    } else if (found == selectors.end()) {
      remarks.add("rules.unknown-permission");
    } else if (value.empty()) {
      remarks.add("rules.bad-permission");
    } else {
      into.add({found->by, std::move(value)});
    }
  }
}

void read_unknown_attribute(xml::Element element, Permissions& into, Remarks& remarks) {
  const auto name = element.attribute("name"), ns = element.attribute("ns");
  const std::optional<bool> granted = boolean_of(element.text_trimmed());
  if (!name || !ns || name->empty() || !granted) return remarks.add("rules.bad-permission");
  if (*granted) into.grant_unknown({std::string(*ns), std::string(*name)});
}

void read_attribute(xml::Element element, Permissions& into, Remarks& remarks) {
  for (const AttributePermission& permission : kAttributePermissions) {
    if (!element.is(permission.ns, permission.local)) continue;
    const std::optional<bool> granted = value_of(permission, element.text_trimmed());
    if (!granted) return remarks.add("rules.bad-permission");
    if (*granted) into.grant(permission.attribute);
    return;
  }
  remarks.add("rules.unknown-permission");
}

}  // namespace

void Remarks::add(std::string_view label) {
  if (std::find(labels_.begin(), labels_.end(), label) == labels_.end()) labels_.emplace_back(label);
}

// [RFC5025 3.2.1] An action that is not known grants nothing [RFC4745 8].
void read_actions(xml::Element actions, Permissions& into, Remarks& remarks) {
  for (const xml::Element child : actions.children()) {
    if (!child.is(kPresRules, "sub-handling")) {
      remarks.add("rules.unknown-permission");
    } else if (const auto handling = value_of(child.text_trimmed(), kHandlings)) {
      into.handling = std::max(into.handling, *handling);
    } else {
      remarks.add("rules.bad-permission");
    }
  }
}

// All that there are [RFC5025 3.3, 5]; what is not known shows nothing [RFC4745 9].
void read_transformations(xml::Element transformations, Permissions& into, Remarks& remarks) {
  for (const xml::Element child : transformations.children()) {
    if (child.is(kPresRules, "provide-services")) {
      read_components(child, "all-services", kServiceSelectors, into.services, remarks);
    } else if (child.is(kPresRules, "provide-persons")) {
      read_components(child, "all-persons", kPersonSelectors, into.persons, remarks);
    } else if (child.is(kPresRules, "provide-devices")) {
      read_components(child, "all-devices", kDeviceSelectors, into.devices, remarks);
    } else if (child.is(kPresRules, "provide-all-attributes")) {
      into.grant_all_attributes();
    } else if (child.is(kPresRules, "provide-unknown-attribute")) {
      read_unknown_attribute(child, into, remarks);
    } else if (child.is(kPresRules, "provide-user-input")) {
      const auto level = value_of(child.text_trimmed(), kUserInputs);
      if (!level) remarks.add("rules.bad-permission");
      into.grant(level.value_or(UserInput::none));
    } else {
      read_attribute(child, into, remarks);
    }
  }
}

}  // namespace presentia::rules
