// A presence document taken apart: what composition needs to know of each component, with views of the tree for all
// that is only passed on. Immutable once read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/event/package.h"
#include "as/xml/date_time.h"
#include "as/xml/document.h"

namespace presentia::presence {

using Elements = std::vector<xml::Element>;

// What tuple, person and device have in common. All of it fits the schemas as it is.
struct Component {
  std::string id;       // a valid xml name; unique only after composition
  Elements extensions;  // all children that are not named in this file
  Elements notes;
  std::optional<xml::DateTime> timestamp;
  std::optional<std::string> group;  // the value of <class> [RFC4480 3.3]
};

struct Service {  // <service-description> of OMA
  std::string id;
  std::string version;
  bool operator==(const Service&) const = default;
};

struct Tuple : Component {
  std::string_view basic;          // "open", "closed" or empty
  Elements status;                 // what else stands in <status>
  std::string contact;             // a URI; empty if there is none
  std::string priority;            // of the contact, as written; empty if there is none
  std::optional<Service> service;  // its element is one of the extensions
};

struct Person : Component {};

struct Device : Component {
  std::string device_id;  // a URI, as written
};

class PidfDocument final : public event::Document {
 public:
  explicit PidfDocument(xml::DocumentPtr source) : source_(std::move(source)) {}

  std::vector<Tuple> tuples;
  std::vector<Person> persons;
  std::vector<Device> devices;
  Elements notes;
  Elements others;  // unknown elements beside them

 private:
  xml::DocumentPtr source_;  // what the elements are views of
};

}  // namespace presentia::presence
