#include "as/packages/presence/pidf_writer.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "as/base/mutants.h"
#include "as/packages/presence/ids.h"
#include "as/packages/presence/pidf_names.h"
#include "as/packages/presence/pidf_reader.h"

namespace presentia::presence {
namespace {

// xs:language; the empty language is allowed too.
bool is_language(std::string_view text) {
  std::size_t length = 0;
  bool first_part = true;
  for (const char c : text) {
    if (c == '-') {
      if (length == 0) return false;
      length = 0;
      first_part = false;
      continue;
    }
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if ((!letter && (!digit || first_part)) || ++length > 8) return false;
  }
  return text.empty() || length > 0;
}

// A location of which the presentity said that it may not be kept so long; one whose limit cannot be read counts as
// such.
bool is_expired_location(xml::Element element, base::Instant now) {
  if (!element.is(kGeopriv, "geopriv")) return false;
  const xml::Element rules = element.child(kGeopriv, "usage-rules");
  const xml::Element limit = rules ? rules.child(kBasicPolicy, "retention-expiry") : xml::Element();
  if (!limit) return false;
  const auto until = xml::read_date_time(limit.text());
  return !until || until->at <= now;
}

// Writes one document. Children stand in the order of the schemas [RFC4479 5.1]; attributes are those that the schemas
// know.
class PidfWriter {
 public:
  explicit PidfWriter(base::Instant now) : out_(kUsualPrefixes), now_(now) {}

  std::string write(std::string_view entity, const Composition& composition) {
    user_input_ = composition.user_input;
    for (const Tuple& tuple : composition.tuples) reserve(tuple);
    for (const Person& person : composition.persons) reserve(person);
    for (const Device& device : composition.devices) reserve(device);
    out_.begin(kPidf, "presence")
        .attribute("entity", uri_text(PS_MUTANT("entity-wrong") ? "sip:other@example.com" : entity));
    for (const Tuple& tuple : composition.tuples) write_tuple(tuple);
    write_notes(kPidf, composition.notes);
    for (const Person& person : composition.persons) write_person(person);
    for (const Device& device : composition.devices) write_device(device);
    write_extensions(composition.others);
    return out_.end().finish();
  }

 private:
  void reserve(const Component& component) { static_cast<void>(ids_.take(component.id, 0)); }

  void write_tuple(const Tuple& tuple) {
    out_.begin(kPidf, "tuple").attribute("id", tuple.id);
    out_.begin(kPidf, "status");
    // [RFC3863 4.1.3] A status says something: what is not known to be open is shown as closed. libpurple does not even
    // answer a NOTIFY without a basic status.
    const bool says_nothing = tuple.basic.empty() && tuple.status.empty();
    if (says_nothing || !tuple.basic.empty()) out_.element(kPidf, "basic", says_nothing ? "closed" : tuple.basic);
    write_extensions(tuple.status);
    out_.end();
    write_extensions(tuple.extensions);
    if (!tuple.contact.empty()) {
      out_.begin(kPidf, "contact");
      if (!tuple.priority.empty()) out_.attribute("priority", tuple.priority);
      out_.text(tuple.contact).end();
    }
    write_end(kPidf, tuple);
  }

  void write_person(const Person& person) {
    out_.begin(kDataModel, "person").attribute("id", person.id);
    write_extensions(person.extensions);
    write_end(kDataModel, person);
  }

  void write_device(const Device& device) {
    out_.begin(kDataModel, "device").attribute("id", device.id);
    write_extensions(device.extensions);
    out_.element(kDataModel, "deviceID", device.device_id);
    write_end(kDataModel, device);
  }

  void write_end(std::string_view ns, const Component& component) {
    write_notes(ns, component.notes);
    if (component.timestamp) out_.element(ns, "timestamp", component.timestamp->text);
    out_.end();
  }

  void write_notes(std::string_view ns, const Elements& notes) {
    for (const xml::Element note : notes) {
      out_.begin(ns, "note");
      const auto language = note.attribute("lang", xml::kXmlNamespace);
      if (language && is_language(*language)) out_.attribute("lang", *language, xml::kXmlNamespace);
      out_.text(note.text()).end();
    }
  }

  void write_extensions(const Elements& extensions) {
    for (const xml::Element element : extensions) {
      if (is_expired_location(element, now_) || PS_MUTANT("extensions-dropped")) continue;
      if (user_input_ != rules::UserInput::full && element.is(kRpid, "user-input")) {
        write_user_input(element);
        continue;
      }
      const auto id = element.ns() == kRpid ? element.attribute("id") : std::nullopt;
      if (!id) {
        out_.copy(element);
        continue;
      }
      // RPID elements have ids too, and so may clash with those of other publications [RFC4480 5]
      out_.begin_like(element).attribute("id", ids_.take(valid_id(*id), 0));
      out_.copy_attributes(element, "id").copy_content(element).end();
    }
  }

  // When the last input was is for the full level only; a document may say it under any name, so no other attribute is
  // written [RFC5025 3.3.2.12].
  void write_user_input(xml::Element element) {
    out_.begin_like(element);
    const auto threshold = element.attribute("idle-threshold");
    if (threshold && user_input_ == rules::UserInput::thresholds) out_.attribute("idle-threshold", *threshold);
    out_.copy_content(element).end();
  }

  xml::Writer out_;
  base::Instant now_;
  rules::UserInput user_input_ = rules::UserInput::full;
  IdPool ids_;
};

}  // namespace

std::string write_pidf(std::string_view entity, const Composition& composition, base::Instant now) {
  return PidfWriter(now).write(entity, composition);
}

std::string write_closed(std::string_view entity) {
  Composition closed;
  closed.tuples.emplace_back();
  closed.tuples.back().id = "closed";
  closed.tuples.back().basic = "closed";
  return PidfWriter({}).write(entity, closed);
}

}  // namespace presentia::presence
