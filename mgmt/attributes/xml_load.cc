#include "mgmt/attributes/xml_load.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "as/xml/reader.h"
#include "mgmt/attributes/values.h"

namespace presentia::mgmt {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

constexpr std::string_view kRoot = "presentia";
constexpr std::string_view kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";
constexpr xml::Limits kLimits{.max_depth = 16, .max_elements = 100'000, .max_attributes = 64};

class Loader {
 public:
  explicit Loader(std::string file) : file_(std::move(file)) {}

  void object(Message& message, const xml::Element& element, const std::string& path) {
    if (!element.text_trimmed().empty()) {
      report(element, path, element.text_trimmed(), "text between elements: values are written as XML attributes");
    }
    attributes(message, element, path);
    std::set<const FieldDescriptor*> seen;
    for (xml::Element child = element.first_child(); child; child = child.next_sibling()) {
      const FieldDescriptor* field = find(message, child, path);
      if (field == nullptr) continue;
      const std::string name = join(path, field->name());
      if (is_keyed(*field)) {
        entry(message, *field, child, name);
      } else if (!seen.insert(field).second) {
        report(child, name, "", "there is another element <" + field->name() + "> before");
      } else {
        object(*message.GetReflection()->MutableMessage(&message, field), child, name);
      }
    }
  }

  void report(const xml::Element& at, std::string attribute, std::string_view value, std::string text,
              std::string allowed = {}) {
    Violation violation;
    violation.attribute = std::move(attribute);
    violation.value = value;
    violation.text = std::move(text);
    violation.allowed = std::move(allowed);
    add(at, std::move(violation));
  }

  Violations violations;

 private:
  static std::string join(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
  }

  void add(const xml::Element& at, Violation violation) {
    violation.file = file_;
    violation.line = at.line();
    violations.push_back(std::move(violation));
  }

  void entry(Message& message, const FieldDescriptor& field, const xml::Element& element, const std::string& name) {
    const std::string key(element.attribute("name").value_or(""));
    if (key.empty()) {
      report(element, name, "", "an entry needs the attribute name");
      return;
    }
    Message& added = *message.GetReflection()->AddMessage(&message, &field);
    set_defaults(added);
    object(added, element, name + "[" + key + "]");
  }

  void attributes(Message& message, const xml::Element& element, const std::string& path) {
    for (std::size_t i = 0; i < element.attribute_count(); ++i) {
      const xml::AttributeView attribute = element.attribute_at(i);
      if (attribute.ns == kSchemaInstance) continue;  // where an editor finds the schema
      const std::string local(attribute.local);
      const FieldDescriptor* field = attribute.ns.empty() ? message.GetDescriptor()->FindFieldByName(local) : nullptr;
      if (field == nullptr || is_object(*field)) {
        unknown(message, element, join(path, local), local, attribute.value, false);
        continue;
      }
      auto done = set_field(message, *field, attribute.value, join(path, local));
      if (!done) add(element, std::move(done).error());
    }
  }

  const FieldDescriptor* find(const Message& message, const xml::Element& child, const std::string& path) {
    const std::string local(child.local());
    const FieldDescriptor* field = child.ns().empty() ? message.GetDescriptor()->FindFieldByName(local) : nullptr;
    if (field != nullptr && is_object(*field)) return field;
    unknown(message, child, join(path, local), local, "", true);
    return nullptr;
  }

  void unknown(const Message& message, const xml::Element& at, std::string path, const std::string& local,
               std::string_view value, bool element) {
    const Descriptor& descriptor = *message.GetDescriptor();
    std::vector<std::string> known;
    for (int i = 0; i < descriptor.field_count(); ++i) {
      if (is_object(*descriptor.field(i)) == element) known.push_back(descriptor.field(i)->name());
    }
    const char* what = element ? "element" : "attribute";
    const FieldDescriptor* other = descriptor.FindFieldByName(local);
    std::string text = std::string("unknown ") + what;
    if (other != nullptr) {
      text = local + (element ? " is an XML attribute, not an element" : " is an element, not an XML attribute");
    } else if (const std::string near = nearest(local, known); !near.empty()) {
      text += "; did you mean " + near + "?";
    }
    std::string allowed;
    for (const std::string& name : known) allowed += (allowed.empty() ? "" : ", ") + name;
    report(at, std::move(path), value, std::move(text), std::move(allowed));
    violations.back().unknown = true;
  }

  const std::string file_;
};

Violation about_file(const std::string& file, std::string text, std::uint64_t line = 0) {
  Violation violation;
  violation.file = file;
  violation.line = line;
  violation.text = std::move(text);
  return violation;
}

}  // namespace

base::Result<config::Config, Violations> load_xml(std::string_view bytes, const std::string& file) {
  xml::Reader reader;
  auto document = reader.parse(bytes, kLimits);
  if (!document) {
    const xml::ParseError& error = document.error();
    return base::Unexpected{Violations{about_file(file, error.text, error.line)}};
  }
  const xml::Element root = (*document)->root();
  Loader loader(file);
  config::Config config = defaults();
  if (root.is("", kRoot)) {
    loader.object(config, root, "");
  } else {
    loader.report(root, std::string(root.local()), "", "not a configuration of Presentia",
                  "the root element <presentia>");
  }
  if (!loader.violations.empty()) return base::Unexpected{std::move(loader.violations)};
  return config;
}

base::Result<config::Config, Violations> load_xml_file(const std::string& file) {
  errno = 0;
  const std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  if (stream.is_open()) bytes << stream.rdbuf();
  if (!stream.is_open() || bytes.bad()) {
    return base::Unexpected{Violations{about_file(file, errno != 0 ? std::strerror(errno) : "cannot be read")}};
  }
  return load_xml(bytes.str(), file);
}

}  // namespace presentia::mgmt
