#include "as/packages/presence/component_merge.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "as/base/uri_equality.h"
#include "as/packages/presence/pidf_names.h"
#include "as/xml/compare.h"

namespace presentia::presence {
namespace {

bool same_name(xml::Element a, xml::Element b) { return a.local() == b.local() && a.ns() == b.ns(); }

bool holds_equal(const Elements& set, xml::Element element) {
  return std::any_of(set.begin(), set.end(), [&](xml::Element e) { return xml::equal_ignoring_space(e, element); });
}

bool holds_name(const Elements& set, xml::Element element) {
  return std::any_of(set.begin(), set.end(), [&](xml::Element e) { return same_name(e, element); });
}

bool is_service_description(xml::Element element) { return element.is(kOmaPresence, "service-description"); }

// True if `b` has the names of `a` with other contents.
bool contradicts(const Elements& a, const Elements& b) {
  return std::any_of(a.begin(), a.end(), [&](xml::Element element) {
    // compared by service-id and version; the description in it is text for people
    return !is_service_description(element) && holds_name(b, element) && !holds_equal(b, element);
  });
}

bool conflict(const Elements& a, const Elements& b) { return contradicts(a, b) || contradicts(b, a); }

// A contact without priority has the lowest [RFC3863 4.1.5]. Digits after the point compare as text.
bool lower_priority(std::string_view a, std::string_view b) {
  const auto padded = [](std::string_view text) {
    std::string digits(text.substr(0, 1));
    if (text.size() > 2) digits += text.substr(2);
    digits.resize(4, '0');
    return digits;
  };
  return !b.empty() && (a.empty() || padded(a) < padded(b));
}

void merge_timestamp_and_id(Component& older, const Component& newer) {
  if (!newer.timestamp || (older.timestamp && older.timestamp->at >= newer.timestamp->at)) return;
  older.timestamp = newer.timestamp;
  older.id = newer.id;
}

// Of several descriptions of one service the newest remains [OMA-PRS 5.4.3.1].
void merge_service_description(Elements& into, const Elements& more) {
  const auto newest = std::find_if(more.begin(), more.end(), is_service_description);
  const auto held = std::find_if(into.begin(), into.end(), is_service_description);
  if (newest == more.end() || held == into.end()) return;
  const bool says_less = !newest->child(kOmaPresence, "description") && held->child(kOmaPresence, "description");
  if (!says_less) *held = *newest;
}

}  // namespace

bool fits(const Tuple& older, const Tuple& newer) {
  return older.contact == newer.contact && older.basic == newer.basic && older.service == newer.service &&
         older.group == newer.group && !conflict(older.status, newer.status) &&
         !conflict(older.extensions, newer.extensions);
}

bool fits(const Person& older, const Person& newer) {
  return older.group == newer.group && !conflict(older.extensions, newer.extensions);
}

bool fits(const Device& older, const Device& newer) {
  // device ids name the same device if they are the same URI [RFC4479 3.4]
  return base::same_uri(older.device_id, newer.device_id) && !conflict(older.extensions, newer.extensions);
}

void merge(Tuple& older, const Tuple& newer) {
  merge_service_description(older.extensions, newer.extensions);
  merge(static_cast<Component&>(older), newer);
  unite(older.status, newer.status);
  if (lower_priority(older.priority, newer.priority)) older.priority = newer.priority;
}

void merge(Component& older, const Component& newer) {
  for (const xml::Element element : newer.extensions) {
    const bool described = is_service_description(element) && holds_name(older.extensions, element);
    if (!described && !holds_equal(older.extensions, element)) older.extensions.push_back(element);
  }
  unite(older.notes, newer.notes);
  if (!older.group) older.group = newer.group;
  merge_timestamp_and_id(older, newer);
}

void override_with(Person& older, const Person& newer) {
  std::erase_if(older.extensions, [&](xml::Element element) { return holds_name(newer.extensions, element); });
  if (newer.group) older.group = newer.group;
  merge(older, newer);
}

void unite(Elements& into, const Elements& more) {
  for (const xml::Element element : more) {
    if (!holds_equal(into, element)) into.push_back(element);
  }
}

}  // namespace presentia::presence
