#include "as/packages/presence/filter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "as/base/uri_equality.h"
#include "as/packages/presence/pidf_names.h"

namespace presentia::presence {
namespace {

using rules::Attribute;
using rules::Permissions;
using rules::Selector;

enum Where : std::uint8_t { tuples = 1, persons = 2, devices = 4, anywhere = 7 };

// An element that a permission of its own governs, in the components that it is about.
struct Governed {
  std::string_view ns;
  std::string_view local;
  std::uint8_t where;
  Attribute by;
};
constexpr std::array kGoverned{
    Governed{kRpid, "activities", persons, Attribute::activities},
    Governed{kRpid, "class", anywhere, Attribute::group},
    Governed{kDataModel, "deviceID", tuples, Attribute::device_id},  // [RFC5025 3.3.2.3]
    Governed{kRpid, "mood", persons, Attribute::mood},
    Governed{kRpid, "place-is", persons, Attribute::place_is},
    Governed{kRpid, "place-type", persons, Attribute::place_type},
    Governed{kRpid, "privacy", persons | tuples, Attribute::privacy},
    Governed{kRpid, "relationship", tuples, Attribute::relationship},
    Governed{kRpid, "sphere", persons, Attribute::sphere},
    Governed{kRpid, "status-icon", persons | tuples, Attribute::status_icon},
    Governed{kRpid, "time-offset", persons, Attribute::time_offset},
    Governed{kOmaPresence, "willingness", tuples, Attribute::willingness},
    Governed{kOmaPresence, "overriding-willingness", persons, Attribute::willingness},
    Governed{kOmaPresence, "network-availability", devices, Attribute::network_availability},
    Governed{kOmaPresence, "session-participation", tuples, Attribute::session_participation},
    Governed{kOmaPresence, "registration-state", tuples, Attribute::registration_state},
    Governed{kOmaPresence, "barring-state", tuples, Attribute::barring_state},
    Governed{kGeopriv, "geopriv", anywhere, Attribute::geopriv},
};

bool is_shown(xml::Element element, Where where, const Permissions& permissions) {
  if (permissions.all_attributes) return true;
  if (element.is(kRpid, "user-input")) return permissions.user_input != rules::UserInput::none;
  if (element.is(kRpid, "service-class")) return where == tuples;  // always [RFC5025 3.3.2]
  for (const Governed& governed : kGoverned) {
    if (element.is(governed.ns, governed.local)) return (governed.where & where) != 0 && permissions.shows(governed.by);
  }
  return permissions.shows_unknown(element.ns(), element.local());  // [RFC5025 3.3.2.14]
}

// A location may also stand in the status [RFC4119 2.2]. It is no child of the tuple, so no permission can name
// anything else there.
bool is_shown_in_status(xml::Element element, const Permissions& permissions) {
  return permissions.all_attributes || (element.is(kGeopriv, "geopriv") && permissions.shows(Attribute::geopriv));
}

bool selects(const Selector& selector, const Component& component) {
  if (selector.by == Selector::By::group) return component.group == selector.value;
  return selector.by == Selector::By::occurrence_id && component.id == selector.value;
}

bool selects(const Selector& selector, const Tuple& tuple) {
  switch (selector.by) {
    case Selector::By::service_uri:
      return !tuple.contact.empty() && base::same_uri(tuple.contact, selector.value);
    case Selector::By::service_uri_scheme:  // in this case only [RFC5025 3.3.1.3]
      return tuple.contact.starts_with(selector.value) && tuple.contact.substr(selector.value.size()).starts_with(':');
    case Selector::By::service_id:
      return tuple.service && tuple.service->id == selector.value;
    default:
      return selects(selector, static_cast<const Component&>(tuple));
  }
}

bool selects(const Selector& selector, const Device& device) {
  if (selector.by == Selector::By::device_id) return base::same_uri(device.device_id, selector.value);
  return selects(selector, static_cast<const Component&>(device));
}

// [RFC5025 3.3.1]
template <class T>
void keep_selected(std::vector<T>& components, Origins& origins, const rules::Components& granted) {
  if (granted.all) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < components.size(); ++i) {
    const auto means_it = [&](const Selector& selector) { return selects(selector, components[i]); };
    if (std::none_of(granted.only.begin(), granted.only.end(), means_it)) continue;
    std::swap(components[kept], components[i]);
    if (!origins.empty()) std::swap(origins[kept], origins[i]);
    ++kept;
  }
  components.resize(kept);
  if (!origins.empty()) origins.resize(kept);
}

void keep_shown(Component& component, Where where, const Permissions& permissions) {
  std::erase_if(component.extensions, [&](xml::Element e) { return !is_shown(e, where, permissions); });
  if (!permissions.shows(Attribute::note)) component.notes.clear();  // [RFC5025 3.3.2.13]
}

}  // namespace

Composition filtered(Composition composition, const Permissions& permissions) {
  keep_selected(composition.tuples, composition.tuple_origins, permissions.services);
  keep_selected(composition.persons, composition.person_origins, permissions.persons);
  keep_selected(composition.devices, composition.device_origins, permissions.devices);
  // contact, basic status and timestamp, and a device's deviceID, are no extensions: they are always shown
  for (Tuple& tuple : composition.tuples) {
    keep_shown(tuple, tuples, permissions);
    std::erase_if(tuple.status, [&](xml::Element e) { return !is_shown_in_status(e, permissions); });
  }
  for (Person& person : composition.persons) keep_shown(person, persons, permissions);
  for (Device& device : composition.devices) keep_shown(device, devices, permissions);
  composition.user_input = std::min(composition.user_input, permissions.shown_user_input());
  if (!permissions.everything()) {
    composition.notes.clear();
    composition.others.clear();
  }
  return composition;
}

}  // namespace presentia::presence
