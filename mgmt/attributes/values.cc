#include "mgmt/attributes/values.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

#include "mgmt/attributes/patterns.h"

namespace presentia::mgmt {
namespace {

using base::Done;
using base::Unexpected;
using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr const char* kKey = "name";

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> words(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::vector<std::string> result;
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    result.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlanks, end);
  }
  return result;
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Why the text cannot be a value of the attribute; empty if it can.
std::string fault(const AttributeInfo& info, std::string_view value) {
  switch (info.kind) {
    case Kind::number: {
      const auto number = parse_integer(value);
      if (!number) return "not a whole number";
      return *number < info.min || *number > info.max ? "out of range" : "";
    }
    case Kind::boolean:
    case Kind::choice: {
      const std::vector<std::string> booleans{"true", "false"};
      const std::vector<std::string>& choices = info.kind == Kind::choice ? info.choices : booleans;
      return std::find(choices.begin(), choices.end(), value) == choices.end() ? "no such value" : "";
    }
    case Kind::texts: {
      const std::vector<std::string> parts = words(value);
      const bool fine = std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
        return !has_control_characters(part) && matches(info.pattern, part);
      });
      return fine ? "" : "not of the form";
    }
    case Kind::text:
      break;
  }
  if (has_control_characters(value)) return "control characters are not allowed";
  return value.empty() || matches(info.pattern, value) ? "" : "not of the form";
}

void store(Message& message, const FieldDescriptor& field, std::string_view value, const AttributeInfo& info) {
  const Reflection& reflection = *message.GetReflection();
  switch (info.kind) {
    case Kind::number:
      reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(*parse_integer(value)));
      return;
    case Kind::boolean:
      reflection.SetBool(&message, &field, value == "true");
      return;
    case Kind::choice: {
      const auto at = std::find(info.choices.begin(), info.choices.end(), value) - info.choices.begin();
      reflection.SetEnum(&message, &field, field.enum_type()->value(static_cast<int>(at)));
      return;
    }
    case Kind::texts:
      reflection.ClearField(&message, &field);
      for (std::string& part : words(value)) reflection.AddString(&message, &field, std::move(part));
      return;
    case Kind::text:
      reflection.SetString(&message, &field, std::string(value));
      return;
  }
}

const Message* find_entry(const Message& parent, const FieldDescriptor& field, std::string_view key) {
  const Reflection& reflection = *parent.GetReflection();
  for (int i = 0; i < reflection.FieldSize(parent, &field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(parent, &field, i);
    if (entry.GetReflection()->GetString(entry, &key_field(*entry.GetDescriptor())) == key) return &entry;
  }
  return nullptr;
}

Message* find_entry(Message& parent, const FieldDescriptor& field, std::string_view key) {
  return const_cast<Message*>(find_entry(std::as_const(parent), field, key));  // NOLINT: same object, not const here
}

void remove_entry(Message& parent, const FieldDescriptor& field, std::string_view key) {
  const Reflection& reflection = *parent.GetReflection();
  const int size = reflection.FieldSize(parent, &field);
  for (int i = 0; i < size; ++i) {
    const Message& entry = reflection.GetRepeatedMessage(parent, &field, i);
    if (entry.GetReflection()->GetString(entry, &key_field(*entry.GetDescriptor())) != key) continue;
    for (int j = i; j + 1 < size; ++j) reflection.SwapElements(&parent, &field, j, j + 1);  // keeps the order
    reflection.RemoveLast(&parent, &field);
    return;
  }
}

// The message that holds the attribute, or of which the path's last object is a part; null if an entry is missing.
const Message* locate(const config::Config& config, const Path& path, std::size_t depth) {
  const Message* message = &config;
  for (std::size_t i = 0; i < depth && message != nullptr; ++i) {
    const Step& step = path.objects[i];
    message = is_keyed(*step.field) ? find_entry(*message, *step.field, step.key)
                                    : &message->GetReflection()->GetMessage(*message, step.field);
  }
  return message;
}

Message* locate_mutable(config::Config& config, const Path& path, std::size_t depth) {
  Message* message = &config;
  for (std::size_t i = 0; i < depth && message != nullptr; ++i) {
    const Step& step = path.objects[i];
    message = is_keyed(*step.field) ? find_entry(*message, *step.field, step.key)
                                    : message->GetReflection()->MutableMessage(message, step.field);
  }
  return message;
}

Message* add_entry(Message& parent, const Step& step) {
  Message* entry = parent.GetReflection()->AddMessage(&parent, step.field);
  set_defaults(*entry);
  entry->GetReflection()->SetString(entry, &key_field(*entry->GetDescriptor()), step.key);
  return entry;
}

Violation make_violation(const std::string& name, std::string_view value, std::string text) {
  Violation violation;
  violation.attribute = name;
  violation.value = value;
  violation.text = std::move(text);
  return violation;
}

Violation no_entry(const Path& path) {
  Violation violation = make_violation(path.text(), "", "no such entry");
  violation.unknown = true;
  return violation;
}

// The keys in the path must be good names before an entry is made of them.
std::optional<Violation> check_keys(const Path& path) {
  for (const Step& step : path.objects) {
    if (!is_keyed(*step.field)) continue;
    const AttributeInfo info = describe(key_field(*step.field->message_type()), path.text());
    if (auto violation = check_value(info, step.key)) return violation;
  }
  return std::nullopt;
}

void append(std::vector<NamedValue>& out, const Message& message, const std::string& prefix) {
  const Descriptor& descriptor = *message.GetDescriptor();
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (!is_object(field)) {
      const AttributeInfo info = describe(field, prefix + field.name());
      std::string value = get_field(message, field).value_or("");
      const bool is_default = value == info.by_default;
      out.push_back({info.name, std::move(value), is_default, &field});
    } else if (!is_keyed(field)) {
      append(out, reflection.GetMessage(message, &field), prefix + field.name() + ".");
    } else {
      for (int j = 0; j < reflection.FieldSize(message, &field); ++j) {
        const Message& entry = reflection.GetRepeatedMessage(message, &field, j);
        const std::string key = get_field(entry, key_field(*entry.GetDescriptor())).value_or("");
        std::string inner = prefix;
        append(out, entry, inner.append(field.name()).append("[").append(key).append("]."));
      }
    }
  }
}

}  // namespace

const FieldDescriptor& key_field(const Descriptor& entry) { return *entry.FindFieldByName(kKey); }

std::optional<Violation> check_value(const AttributeInfo& info, std::string_view value) {
  if (value.empty() && info.optional) return std::nullopt;
  std::string why = fault(info, value);
  if (why.empty()) return std::nullopt;
  Violation violation = make_violation(info.name, value, std::move(why));
  violation.allowed = allowed(info);
  return violation;
}

std::optional<std::string> get_field(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (field.has_presence() && !reflection.HasField(message, &field)) return std::nullopt;
  switch (describe(field, {}).kind) {
    case Kind::number:
      return std::to_string(reflection.GetUInt32(message, &field));
    case Kind::boolean:
      return reflection.GetBool(message, &field) ? "true" : "false";
    case Kind::choice:
      return choice_text(*reflection.GetEnum(message, &field));
    case Kind::text:
      return reflection.GetString(message, &field);
    case Kind::texts:
      break;
  }
  std::string joined;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    if (i != 0) joined += " ";
    joined += reflection.GetRepeatedString(message, &field, i);
  }
  return joined;
}

base::Result<Done, Violation> set_field(Message& message, const FieldDescriptor& field, std::string_view value,
                                        const std::string& name) {
  const AttributeInfo info = describe(field, name);
  if (auto violation = check_value(info, value)) return Unexpected{*std::move(violation)};
  if (value.empty() && info.optional) {
    message.GetReflection()->ClearField(&message, &field);
  } else {
    store(message, field, value, info);
  }
  return Done{};
}

void set_defaults(Message& message) {
  const Descriptor& descriptor = *message.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (is_keyed(field)) continue;
    if (is_object(field)) {
      set_defaults(*message.GetReflection()->MutableMessage(&message, &field));
      continue;
    }
    const AttributeInfo info = describe(field, field.name());
    const bool broken = !fault(info, info.by_default).empty();  // a fault of config.proto: a test checks all of them
    if (info.optional || broken) {
      message.GetReflection()->ClearField(&message, &field);
    } else {
      store(message, field, info.by_default, info);
    }
  }
}

config::Config defaults() {
  config::Config config;
  set_defaults(config);
  return config;
}

std::optional<std::string> read(const config::Config& config, const Path& path) {
  if (path.attribute == nullptr) return std::nullopt;
  const Message* message = locate(config, path, path.objects.size());
  if (message == nullptr) return std::nullopt;
  return get_field(*message, *path.attribute).value_or("");
}

base::Result<Done, Violation> write(config::Config& config, const Path& path, std::string_view value) {
  if (path.attribute == nullptr) {
    return Unexpected{make_violation(path.text(), value, "an object has no value: name an attribute of it")};
  }
  if (auto violation = check_keys(path)) return Unexpected{*std::move(violation)};
  if (auto violation = check_value(describe(*path.attribute, path.text()), value)) {
    return Unexpected{*std::move(violation)};
  }
  const Step* last = path.objects.empty() ? nullptr : &path.objects.back();
  const bool is_key = last != nullptr && is_keyed(*last->field) && path.attribute->name() == kKey;
  if (is_key && value != last->key) {
    Violation violation = make_violation(path.text(), value,
                                         "the name of an entry cannot be changed; add an entry of "
                                         "the new name and reset this one");
    violation.allowed = last->key;
    return Unexpected{std::move(violation)};
  }
  Message* message = locate_mutable(config, path, path.objects.size());
  if (message == nullptr) {  // keyed objects stand in single objects only, so just the last step can be missing
    message = add_entry(*locate_mutable(config, path, path.objects.size() - 1), *last);
  }
  return set_field(*message, *path.attribute, value, path.text());
}

base::Result<Done, Violation> clear(config::Config& config, const Path& path) {
  const std::size_t depth = path.objects.size();
  if (path.attribute != nullptr) {
    Message* message = locate_mutable(config, path, depth);
    if (message == nullptr) return Unexpected{no_entry(path)};
    if (is_keyed(*path.objects.back().field) && path.attribute->name() == kKey) {
      return Unexpected{make_violation(path.text(), "", "the name of an entry has no default; reset the entry itself")};
    }
    return set_field(*message, *path.attribute, describe(*path.attribute, {}).by_default, path.text());
  }
  const Step& last = path.objects.back();
  Message& parent = *locate_mutable(config, path, depth - 1);
  const Reflection& reflection = *parent.GetReflection();
  if (!is_keyed(*last.field)) {
    Message* object = reflection.MutableMessage(&parent, last.field);
    object->Clear();
    set_defaults(*object);
  } else if (last.key.empty()) {
    reflection.ClearField(&parent, last.field);
  } else if (find_entry(parent, *last.field, last.key) == nullptr) {
    return Unexpected{no_entry(path)};
  } else {
    remove_entry(parent, *last.field, last.key);
  }
  return Done{};
}

std::vector<NamedValue> list(const config::Config& config) {
  std::vector<NamedValue> result;
  append(result, config, "");
  return result;
}

}  // namespace presentia::mgmt
