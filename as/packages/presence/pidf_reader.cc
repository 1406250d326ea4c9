#include "as/packages/presence/pidf_reader.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "as/packages/presence/ids.h"
#include "as/packages/presence/pidf_checks.h"
#include "as/packages/presence/pidf_document.h"
#include "as/packages/presence/pidf_names.h"
#include "as/xml/compare.h"

namespace presentia::presence {
namespace {

// 0 to 1 with at most three decimals [RFC3863 4.1.5].
bool is_priority(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return false;
  if (text.size() == 1) return true;
  const std::string_view decimals = text.substr(2);
  const char highest = text[0] == '1' ? '0' : '9';
  return text[1] == '.' && decimals.size() <= 3 &&
         std::all_of(decimals.begin(), decimals.end(), [&](char c) { return c >= '0' && c <= highest; });
}

// One document being read. What is read is added to `into`.
class PidfReader {
 public:
  PidfReader(PidfDocument& into, std::vector<std::string>& remarks) : into_(into), remarks_(remarks) {}

  // The services [RFC4479 3.3], the person [RFC4479 3.2] and the devices [RFC4479 3.4], and what is none of these.
  void read(xml::Element root) {
    for (const xml::Element child : root.children()) {
      if (child.is(kPidf, "tuple")) {
        into_.tuples.push_back(read_tuple(child));
      } else if (child.is(kDataModel, "person")) {
        read_person(child);
      } else if (child.is(kDataModel, "device")) {
        read_device(child);
      } else if (child.is(kPidf, "note")) {
        into_.notes.push_back(child);
      } else if (may_extend(child, kPidf)) {
        into_.others.push_back(child);
      }
    }
  }

  void remark(std::string_view label) {
    if (std::find(remarks_.begin(), remarks_.end(), label) == remarks_.end()) remarks_.emplace_back(label);
  }

  [[nodiscard]] bool remarked(std::string_view label) const {
    return std::find(remarks_.begin(), remarks_.end(), label) != remarks_.end();
  }

 private:
  Tuple read_tuple(xml::Element element) {
    Tuple tuple;
    read_id(element, "t", into_.tuples.size(), tuple);
    bool has_status = false, has_contact = false;
    for (const xml::Element child : element.children()) {
      if (child.is(kPidf, "status") && !std::exchange(has_status, true)) {
        read_status(child, tuple);
      } else if (child.is(kPidf, "contact") && !std::exchange(has_contact, true)) {
        read_contact(child, tuple);
      } else {
        read_common(child, kPidf, tuple);
      }
    }
    if (tuple.basic.empty() && tuple.status.empty()) remark("pidf.status-empty");
    return tuple;
  }

  void read_person(xml::Element element) {
    Person person;
    read_id(element, "p", into_.persons.size(), person);
    for (const xml::Element child : element.children()) read_common(child, kDataModel, person);
    into_.persons.push_back(std::move(person));
  }

  void read_device(xml::Element element) {
    Device device;
    read_id(element, "d", into_.devices.size(), device);
    for (const xml::Element child : element.children()) {
      if (child.is(kDataModel, "deviceID") && device.device_id.empty()) {
        device.device_id = read_uri(child);
      } else {
        read_common(child, kDataModel, device);
      }
    }
    if (device.device_id.empty()) return remark("pidf.device-dropped");  // nothing tells which one it is
    into_.devices.push_back(std::move(device));
  }

  // Status values of other namespaces stand beside basic [RFC3863 4.2.4]; newer attributes, outside of status, are
  // read_common()'s [RFC4479 3.7].
  void read_status(xml::Element element, Tuple& tuple) {
    bool has_basic = false;
    for (const xml::Element child : element.children()) {
      if (child.is(kPidf, "basic") && !std::exchange(has_basic, true)) {
        const std::string value = child.text_trimmed();
        if (value == "open") tuple.basic = "open";
        if (value == "closed") tuple.basic = "closed";
        if (tuple.basic.empty()) remark("pidf.basic-dropped");
      } else if (may_extend(child, kPidf)) {
        tuple.status.push_back(child);
      }
    }
  }

  void read_contact(xml::Element element, Tuple& tuple) {
    tuple.contact = read_uri(element);
    const auto priority = element.attribute("priority");
    if (!priority) return;
    const std::string_view value = xml::trimmed(*priority);
    if (!is_priority(value)) return remark("pidf.priority-dropped");
    tuple.priority = value;
  }

  // Children that tuples, persons and devices share; `ns` is the namespace of the component. What is not known here
  // means nothing to us and is passed on whole [RFC3863 4.2.3].
  void read_common(xml::Element child, std::string_view ns, Component& component) {
    if (child.is(ns, "note")) {
      component.notes.push_back(child);
    } else if (child.is(ns, "timestamp")) {
      read_timestamp(child, component);
    } else if (may_extend(child, ns)) {
      component.extensions.push_back(child);
      if (child.is(kRpid, "class")) component.group = child.text_trimmed();
    }
  }

  void read_timestamp(xml::Element element, Component& component) {
    const std::string text = element.text_trimmed();
    auto read = xml::read_date_time(text);
    if (!read || component.timestamp) return remark("pidf.timestamp-dropped");
    if (read->text != text) remark("pidf.timestamp-repaired");
    component.timestamp = std::move(read);
  }

  std::string read_uri(xml::Element element) {
    const std::string raw = element.text_trimmed();
    std::string uri = uri_text(raw);
    if (uri != raw) remark("pidf.contact-repaired");
    return uri;
  }

  void read_id(xml::Element element, const char* kind, std::size_t index, Component& component) {
    const std::string_view raw = xml::trimmed(element.attribute("id").value_or(""));
    component.id = raw.empty() ? kind + std::to_string(index + 1) : valid_id(raw);
    if (component.id != raw) remark("pidf.id-repaired");
  }

  // The schemas allow extensions of other namespaces only, and no mood without one [RFC4480 3.5].
  bool may_extend(xml::Element child, std::string_view own_ns) {
    const bool empty_mood = child.is(kRpid, "mood") && !child.first_child();
    const bool allowed = !child.ns().empty() && child.ns() != own_ns && !empty_mood;
    if (!allowed) remark("pidf.element-dropped");
    return allowed;
  }

  PidfDocument& into_;
  std::vector<std::string>& remarks_;
};

void read_services(PidfDocument& document) {
  for (Tuple& tuple : document.tuples) {
    for (const xml::Element extension : tuple.extensions) {
      if (!extension.is(kOmaPresence, "service-description")) continue;
      const xml::Element id = extension.child(kOmaPresence, "service-id");
      const xml::Element version = extension.child(kOmaPresence, "version");
      tuple.service = Service{id ? id.text_trimmed() : "", version ? version.text_trimmed() : ""};
      break;
    }
  }
}

}  // namespace

std::string uri_text(std::string_view text) {
  std::string_view inside = xml::trimmed(text);
  if (const std::size_t open = inside.find('<'); open != std::string_view::npos && inside.ends_with('>')) {
    inside = xml::trimmed(inside.substr(open + 1, inside.size() - open - 2));  // "Alice" <sip:alice@example.com>
  }
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kNoUri = " \"<>\\^`{|}";
  const auto is_hex = [&](std::size_t at) {
    return at < inside.size() && std::isxdigit(static_cast<unsigned char>(inside[at])) != 0;
  };
  std::string result;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const char c = inside[i];
    const auto byte = static_cast<unsigned char>(c);
    const bool half_escape = c == '%' && !(is_hex(i + 1) && is_hex(i + 2));
    if (byte > 0x20 && byte != 0x7f && kNoUri.find(c) == std::string_view::npos && !half_escape) {
      result += c;  // characters beyond ASCII are allowed in xs:anyURI
    } else {
      result.append(1, '%').append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 15U]);
    }
  }
  return result;
}

base::Result<event::Parsed, event::Rejection> read_pidf(xml::DocumentPtr source, std::string_view resource,
                                                        const ReaderPolicy& policy) {
  const xml::Element root = source->root();
  if (auto refused = check_root(root)) return base::Unexpected{*std::move(refused)};
  auto entity = check_entity(root, resource, policy);
  if (!entity) return base::Unexpected{std::move(entity).error()};
  if (auto refused = check_tuple_ids(root)) return base::Unexpected{*std::move(refused)};

  event::Parsed parsed;
  const auto document = std::make_shared<PidfDocument>(std::move(source));
  PidfReader reader(*document, parsed.remarks);
  if (*entity == EntityMatch::missing) reader.remark("pidf.entity-missing");
  if (*entity == EntityMatch::rewritten) reader.remark("pidf.entity-rewritten");
  reader.read(root);
  read_services(*document);
  if (policy.strict && reader.remarked("pidf.status-empty")) {
    return base::Unexpected{event::Rejection{400, "pidf.empty-status", "a status has no value"}};  // [RFC3863 4.1.3]
  }
  parsed.document = document;
  return parsed;
}

}  // namespace presentia::presence
