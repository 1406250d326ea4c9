#include <map>

#include "mgmt/attributes/catalogue.h"
#include "mgmt/attributes/generate.h"

namespace presentia::mgmt {
namespace {

constexpr const char* kHead =
    "# Attributes\n"
    "\n"
    "Generated from `proto/config.proto` by `presentia-generate`; do not edit. Every attribute can be written in the "
    "XML\n"
    "configuration (objects are elements, attributes are XML attributes) and read and set by `presentiactl` while the\n"
    "server runs. A change takes effect at once, or at the next start (*restart*). In the Mobicents SIP Presence\n"
    "Service the attribute named in brackets did the same.\n";

// Cells of a table hold no bar and no line break.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c == '\n' ? ' ' : c);
  return result;
}

std::string row(const AttributeInfo& info, const std::string& name) {
  std::string by_default = info.by_default.empty() ? (info.optional ? "unset" : "empty") : "`" + info.by_default + "`";
  std::string doc = info.doc;
  if (!info.mobicents.empty()) doc += " (" + info.mobicents + ")";
  return "| `" + name + "` | " + cell(doc) + " | " + by_default + " | " + cell(allowed(info)) + " | " +
         (info.restart ? "restart" : "at once") + " | " + info.spec + " |\n";
}

}  // namespace

std::string attributes_page() {
  std::map<std::string, std::string> rows;  // by object
  for (const AttributeInfo& info : all_attributes()) {
    const std::size_t dot = info.name.rfind('.');
    rows[info.name.substr(0, dot)] += row(info, info.name.substr(dot + 1));
  }
  std::string page = kHead;
  for (const ObjectInfo& object : all_objects()) {
    const auto found = rows.find(object.name);
    if (found == rows.end()) continue;  // holds objects only
    page += "\n## " + object.name + "\n" + object.doc + (object.keyed ? "; any number, each with a name.\n" : ".\n");
    page +=
        "\n| attribute | meaning | default | allowed | effect | clause |\n|---|---|---|---|---|---|\n" + found->second;
  }
  return page;
}

}  // namespace presentia::mgmt
