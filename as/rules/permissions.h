// What the rules that match grant one watcher together [RFC4745 10.2]: how its subscription is treated and what it is
// shown. A value; equal grants are equal values and have equal keys, so that watchers with the same permissions share
// one rendered body.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "as/rules/names.h"

namespace presentia::rules {

enum class SubHandling : std::uint8_t { block, confirm, polite_block, allow };  // [RFC5025 3.2.1] by rising rights
enum class UserInput : std::uint8_t { none, bare, thresholds, full };           // [RFC5025 3.3.2.12] likewise

// Presence attributes that are shown or not, each by a permission of its own [RFC5025 3.3.2].
enum class Attribute : std::uint8_t {
  activities,
  group,  // <class>
  device_id,
  mood,
  place_is,
  place_type,
  privacy,
  relationship,
  sphere,
  status_icon,
  time_offset,
  note,
  willingness,  // OMA's from here on
  network_availability,
  session_participation,
  registration_state,
  barring_state,
  geopriv,
};

struct AttributePermission {
  Attribute attribute;
  std::string_view ns;
  std::string_view local;  // the transformation that grants it
};
inline constexpr std::array kAttributePermissions{
    AttributePermission{Attribute::activities, kPresRules, "provide-activities"},
    AttributePermission{Attribute::group, kPresRules, "provide-class"},
    AttributePermission{Attribute::device_id, kPresRules, "provide-deviceID"},
    AttributePermission{Attribute::mood, kPresRules, "provide-mood"},
    AttributePermission{Attribute::place_is, kPresRules, "provide-place-is"},
    AttributePermission{Attribute::place_type, kPresRules, "provide-place-type"},
    AttributePermission{Attribute::privacy, kPresRules, "provide-privacy"},
    AttributePermission{Attribute::relationship, kPresRules, "provide-relationship"},
    AttributePermission{Attribute::sphere, kPresRules, "provide-sphere"},
    AttributePermission{Attribute::status_icon, kPresRules, "provide-status-icon"},
    AttributePermission{Attribute::time_offset, kPresRules, "provide-time-offset"},
    AttributePermission{Attribute::note, kPresRules, "provide-note"},
    AttributePermission{Attribute::willingness, kOmaPresRules, "provide-willingness"},
    AttributePermission{Attribute::network_availability, kOmaPresRules, "provide-network-availability"},
    AttributePermission{Attribute::session_participation, kOmaPresRules, "provide-session-participation"},
    AttributePermission{Attribute::registration_state, kOmaPresRules, "provide-registration-state"},
    AttributePermission{Attribute::barring_state, kOmaPresRules, "provide-barring-state"},
    AttributePermission{Attribute::geopriv, kOmaPresRules, "provide-geopriv"},  // its values are false and full
};

// One way to say which services, persons or devices are meant [RFC5025 3.3.1].
struct Selector {
  enum class By : std::uint8_t { group, occurrence_id, device_id, service_uri, service_uri_scheme, service_id };
  By by = By::group;
  std::string value;
  bool operator==(const Selector&) const = default;
  bool operator<(const Selector& other) const { return std::tie(by, value) < std::tie(other.by, other.value); }
};

// A set of selectors, or all components of the kind.
struct Components {
  bool all = false;
  std::vector<Selector> only;  // in order, each once; empty where all is set

  void add(Selector selector);
  void add(const Components& more);
  void add_all();
  [[nodiscard]] bool none() const { return !all && only.empty(); }
  bool operator==(const Components&) const = default;
};

struct QualifiedName {
  std::string ns;
  std::string local;
  bool operator==(const QualifiedName&) const = default;
  bool operator<(const QualifiedName& other) const { return std::tie(ns, local) < std::tie(other.ns, other.local); }
};

// By default nothing is granted.
struct Permissions {
  SubHandling handling = SubHandling::block;
  bool all_attributes = false;  // then the next three say nothing more, and are empty
  UserInput user_input = UserInput::none;
  std::uint32_t attributes = 0;        // bit by Attribute
  std::vector<QualifiedName> unknown;  // attributes without a permission of their own; in order, each once
  Components services, persons, devices;

  void grant(Attribute attribute);
  void grant(UserInput level);  // at least this much
  void grant_unknown(QualifiedName name);
  void grant_all_attributes();
  // Each permission apart: the higher value, the union of sets [RFC4745 10.2].
  void add(const Permissions& more);

  [[nodiscard]] bool shows(Attribute attribute) const;
  [[nodiscard]] bool shows_unknown(std::string_view ns, std::string_view local) const;
  [[nodiscard]] UserInput shown_user_input() const { return all_attributes ? UserInput::full : user_input; }
  // Every component with all that is in it.
  [[nodiscard]] bool everything() const { return all_attributes && services.all && persons.all && devices.all; }

  // A text that only equal permissions share, and back. nullopt for a text that key() never makes.
  [[nodiscard]] std::string key() const;
  [[nodiscard]] static std::optional<Permissions> from_key(std::string_view key);

  bool operator==(const Permissions&) const = default;
};

[[nodiscard]] std::string_view name_of(SubHandling handling);  // as in documents: "polite-block"
[[nodiscard]] std::string_view name_of(UserInput level);
[[nodiscard]] std::string_view name_of(Selector::By by);

}  // namespace presentia::rules
