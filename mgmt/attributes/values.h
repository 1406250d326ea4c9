// Reading and writing attributes of a Config by path, as the texts of the XML form. One value at a time: whether values
// agree with each other is for validate() to say. Pure; any thread with a Config of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "mgmt/attributes/path.h"
#include "proto/config.pb.h"

namespace presentia::mgmt {

// A Config with every attribute at its default; no entries in keyed objects.
[[nodiscard]] config::Config defaults();

// The value; "" for an unset optional attribute; nullopt if the entry does not exist or the path names no attribute.
[[nodiscard]] std::optional<std::string> read(const config::Config& config, const Path& path);

// Sets an attribute; an entry that does not exist is added with defaults. "" unsets an optional attribute.
// The name of an existing entry cannot be changed. On a violation nothing is changed.
base::Result<base::Done, Violation> write(config::Config& config, const Path& path, std::string_view value);

// Attribute: back to its default. Object: all attributes inside, and all entries removed. Entry: removed.
base::Result<base::Done, Violation> clear(config::Config& config, const Path& path);

struct NamedValue {
  std::string name;
  std::string value;  // "" for an unset optional attribute
  bool is_default = false;
  const FieldDescriptor* field = nullptr;
};
// All attributes in the order of declaration, those of entries in the order of the entries.
[[nodiscard]] std::vector<NamedValue> list(const config::Config& config);

// The same on one message, for the XML loader and writer. `name` is the path for the violation.
[[nodiscard]] std::optional<std::string> get_field(const google::protobuf::Message& message,
                                                   const FieldDescriptor& field);
base::Result<base::Done, Violation> set_field(google::protobuf::Message& message, const FieldDescriptor& field,
                                              std::string_view value, const std::string& name);
void set_defaults(google::protobuf::Message& message);
// The field `name` of a keyed object's entry.
[[nodiscard]] const FieldDescriptor& key_field(const google::protobuf::Descriptor& entry);

// What is wrong with a text as value of an attribute: syntax, range, choice or pattern. nullopt if nothing.
[[nodiscard]] std::optional<Violation> check_value(const AttributeInfo& info, std::string_view value);

}  // namespace presentia::mgmt
