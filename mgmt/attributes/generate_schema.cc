#include <array>

#include "as/xml/writer.h"
#include "mgmt/attributes/generate.h"
#include "mgmt/attributes/values.h"

namespace presentia::mgmt {
namespace {

using google::protobuf::Descriptor;

constexpr std::string_view kXs = "http://www.w3.org/2001/XMLSchema";
constexpr std::array kPrefixes{xml::UsualPrefix{kXs, "xs"}};

class SchemaWriter {
 public:
  std::string write() {
    writer_.begin(kXs, "schema").attribute("elementFormDefault", "unqualified");
    documentation("Configuration of Presentia. Generated from proto/config.proto by presentia-generate; do not edit.");
    writer_.begin(kXs, "element").attribute("name", "presentia");
    type(*config::Config::descriptor());
    writer_.end().end();
    return writer_.finish();
  }

 private:
  void documentation(const std::string& text) {
    writer_.begin(kXs, "annotation").element(kXs, "documentation", text).end();
  }

  void type(const Descriptor& message) {
    bool objects = false, keyed = false;
    for (int i = 0; i < message.field_count(); ++i) {
      objects = objects || is_object(*message.field(i));
      keyed = keyed || is_keyed(*message.field(i));
    }
    writer_.begin(kXs, "complexType");
    if (objects) {
      // Objects may come in any order. A choice is the only model that lets entries repeat among them; that single
      // objects do not repeat is then for the server to check.
      writer_.begin(kXs, keyed ? "choice" : "all").attribute("minOccurs", "0");
      if (keyed) writer_.attribute("maxOccurs", "unbounded");
      for (int i = 0; i < message.field_count(); ++i) {
        if (is_object(*message.field(i))) object(*message.field(i), keyed);
      }
      writer_.end();
    }
    for (int i = 0; i < message.field_count(); ++i) {
      if (!is_object(*message.field(i))) attribute(*message.field(i));
    }
    writer_.end();
  }

  void object(const FieldDescriptor& field, bool in_choice) {
    writer_.begin(kXs, "element").attribute("name", field.name());
    if (!in_choice) writer_.attribute("minOccurs", "0");
    documentation(field.options().GetExtension(config::object).doc());
    type(*field.message_type());
    for (int i = 0; i < field.message_type()->field_count(); ++i) unique(*field.message_type()->field(i));
    writer_.end();
  }

  // Entries of one kind must have different names.
  void unique(const FieldDescriptor& field) {
    if (!is_keyed(field)) return;
    writer_.begin(kXs, "unique").attribute("name", "names-of-" + field.name());
    writer_.begin(kXs, "selector").attribute("xpath", field.name()).end();
    writer_.begin(kXs, "field").attribute("xpath", "@name").end();
    writer_.end();
  }

  void attribute(const FieldDescriptor& field) {
    const AttributeInfo info = describe(field, field.name());
    const bool is_key = is_keyed_entry(field) && &key_field(*field.containing_type()) == &field;
    writer_.begin(kXs, "attribute").attribute("name", field.name());
    if (is_key) {
      writer_.attribute("use", "required");
    } else if (!info.by_default.empty()) {
      writer_.attribute("default", info.by_default);
    }
    documentation(info.doc + " Allowed: " + allowed(info) + ". [" + info.spec + "]" +
                  (info.restart ? " Takes effect at the next start." : ""));
    simple_type(info, is_key);
    writer_.end();
  }

  static bool is_keyed_entry(const FieldDescriptor& field) {
    return field.containing_type()->FindFieldByName("name") != nullptr;
  }

  void simple_type(const AttributeInfo& info, bool is_key) {
    writer_.begin(kXs, "simpleType").begin(kXs, "restriction");
    switch (info.kind) {
      case Kind::number:
        writer_.attribute("base", "xs:unsignedInt");
        facet("minInclusive", std::to_string(info.min));
        facet("maxInclusive", std::to_string(info.max));
        break;
      case Kind::boolean:
        writer_.attribute("base", "xs:string");
        facet("enumeration", "true");
        facet("enumeration", "false");
        break;
      case Kind::choice:
        writer_.attribute("base", "xs:string");
        for (const std::string& choice : info.choices) facet("enumeration", choice);
        break;
      case Kind::text:
      case Kind::texts:
        writer_.attribute("base", "xs:string");
        if (is_key) facet("minLength", "1");
        break;
    }
    writer_.end().end();
  }

  void facet(std::string_view name, const std::string& value) {
    writer_.begin(kXs, name).attribute("value", value).end();
  }

  xml::Writer writer_{kPrefixes, xml::Layout::indented};
};

}  // namespace

std::string configuration_schema() { return SchemaWriter().write(); }

}  // namespace presentia::mgmt
