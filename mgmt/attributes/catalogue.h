// What attributes there are, read from the descriptor of config.proto: the one declaration of each.
// Pure functions over immutable descriptors; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace google::protobuf {
class FieldDescriptor;
class EnumValueDescriptor;
}  // namespace google::protobuf

namespace presentia::mgmt {

using FieldDescriptor = google::protobuf::FieldDescriptor;

enum class Kind { number, boolean, choice, text, texts };

struct AttributeInfo {
  std::string name;  // path of the declaration, NAME for the key of an entry: sip.transport[NAME].bind
  Kind kind = Kind::text;
  std::string doc;
  std::string spec;
  std::string by_default;
  std::int64_t min = 0;  // numbers only
  std::int64_t max = 0;
  std::vector<std::string> choices;  // as written outside
  std::string pattern;
  std::string unit;  // "s", "ms", "bytes" or empty
  std::string mobicents;
  bool restart = false;
  bool optional = false;  // may be unset
  const FieldDescriptor* field = nullptr;
};

struct ObjectInfo {
  std::string name;  // path, with [NAME] if keyed
  std::string doc;
  bool keyed = false;
};

// The attribute of one field; `name` is its path.
[[nodiscard]] AttributeInfo describe(const FieldDescriptor& field, std::string name);
// Range, choices or pattern as one phrase for people: "60 to 3600 (s)", "allow, confirm or block".
[[nodiscard]] std::string allowed(const AttributeInfo& info);
[[nodiscard]] std::string_view kind_name(Kind kind);

// All attributes, in the order of declaration, objects in depth-first order.
[[nodiscard]] std::vector<AttributeInfo> all_attributes();
[[nodiscard]] std::vector<ObjectInfo> all_objects();

[[nodiscard]] bool is_object(const FieldDescriptor& field);
[[nodiscard]] bool is_keyed(const FieldDescriptor& field);  // an object of many named entries
// The text of an enum value as written outside.
[[nodiscard]] std::string choice_text(const google::protobuf::EnumValueDescriptor& value);

}  // namespace presentia::mgmt
