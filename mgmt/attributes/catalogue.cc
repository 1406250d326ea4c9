#include "mgmt/attributes/catalogue.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include "proto/config.pb.h"

namespace presentia::mgmt {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;

Kind kind_of(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return Kind::boolean;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Kind::choice;
    case FieldDescriptor::CPPTYPE_STRING:
      return field.is_repeated() ? Kind::texts : Kind::text;
    default:
      return Kind::number;
  }
}

std::string unit_of(const std::string& name) {
  for (const char* unit : {"s", "ms", "bytes"}) {
    if (name.ends_with(std::string("_") + unit)) return unit;
  }
  return {};
}

struct Visitor {
  std::function<void(const FieldDescriptor&, const std::string&)> attribute;
  std::function<void(const FieldDescriptor&, const std::string&)> object;
};

void visit(const Descriptor& message, const std::string& prefix, const Visitor& visitor) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    std::string name = prefix + field.name();
    if (!is_object(field)) {
      visitor.attribute(field, name);
      continue;
    }
    if (is_keyed(field)) name += "[NAME]";
    visitor.object(field, name);
    visit(*field.message_type(), name + ".", visitor);
  }
}

}  // namespace

bool is_object(const FieldDescriptor& field) { return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; }
bool is_keyed(const FieldDescriptor& field) { return is_object(field) && field.is_repeated(); }

std::string choice_text(const EnumValueDescriptor& value) {
  if (value.options().HasExtension(config::text)) return value.options().GetExtension(config::text);
  std::string text = value.name();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
  return text;
}

AttributeInfo describe(const FieldDescriptor& field, std::string name) {
  const config::Attribute& declared = field.options().GetExtension(config::attribute);
  AttributeInfo info;
  info.name = std::move(name);
  info.kind = kind_of(field);
  info.doc = declared.doc();
  info.spec = declared.spec();
  info.by_default = declared.by_default();
  info.min = declared.min();
  info.max = declared.max();
  info.pattern = declared.pattern();
  info.unit = unit_of(field.name());
  info.mobicents = declared.mobicents();
  info.restart = declared.restart();
  info.optional = field.has_presence();
  info.field = &field;
  if (info.kind == Kind::choice) {
    for (int i = 0; i < field.enum_type()->value_count(); ++i) {
      info.choices.push_back(choice_text(*field.enum_type()->value(i)));
    }
  }
  return info;
}

std::string allowed(const AttributeInfo& info) {
  switch (info.kind) {
    case Kind::number:
      return std::to_string(info.min) + " to " + std::to_string(info.max) + (info.unit.empty() ? "" : " " + info.unit);
    case Kind::boolean:
      return "true or false";
    case Kind::choice: {
      std::string text;
      for (std::size_t i = 0; i < info.choices.size(); ++i) {
        if (i != 0) text += i + 1 == info.choices.size() ? " or " : ", ";
        text += info.choices[i];
      }
      return text;
    }
    case Kind::texts:
      return (info.pattern.empty() ? "texts" : info.pattern) + ", separated by blanks";
    case Kind::text:
      break;
  }
  return info.pattern.empty() ? "text without control characters" : info.pattern;
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::number:
      return "number";
    case Kind::boolean:
      return "boolean";
    case Kind::choice:
      return "choice";
    case Kind::text:
      return "text";
    case Kind::texts:
      return "list of texts";
  }
  return {};
}

std::vector<AttributeInfo> all_attributes() {
  std::vector<AttributeInfo> result;
  visit(*config::Config::descriptor(), "",
        {.attribute = [&](const FieldDescriptor& field,
                          const std::string& name) { result.push_back(describe(field, name)); },
         .object = [](const FieldDescriptor&, const std::string&) {}});
  return result;
}

std::vector<ObjectInfo> all_objects() {
  std::vector<ObjectInfo> result;
  visit(*config::Config::descriptor(), "",
        {.attribute = [](const FieldDescriptor&, const std::string&) {},
         .object =
             [&](const FieldDescriptor& field, const std::string& name) {
               result.push_back({name, field.options().GetExtension(config::object).doc(), is_keyed(field)});
             }});
  return result;
}

}  // namespace presentia::mgmt
