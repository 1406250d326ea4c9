#include "xdm-client/xcap/caps.h"

#include <algorithm>
#include <array>
#include <utility>

#include "as/xml/document.h"
#include "as/xml/writer.h"

namespace presentia::xcap {
namespace {

// A list of the document: the element that holds it, the element of an entry.
struct List {
  std::string_view element, entry;
  std::vector<std::string> Capabilities::*entries;
};
constexpr std::array<List, 3> kLists{{{"auids", "auid", &Capabilities::auids},
                                      {"extensions", "extension", &Capabilities::extensions},
                                      {"namespaces", "namespace", &Capabilities::namespaces}}};

void read_list(xml::Element root, const List& list, Capabilities& into) {
  const xml::Element element = root.child(kCapsNamespace, list.element);
  if (!element) return;
  for (const xml::Element child : element.children()) {
    std::string entry = child.text_trimmed();
    if (child.is(kCapsNamespace, list.entry) && !entry.empty()) (into.*list.entries).push_back(std::move(entry));
  }
}

}  // namespace

bool Capabilities::has_auid(std::string_view auid) const {
  return std::find(auids.begin(), auids.end(), auid) != auids.end();
}

base::Result<Capabilities, xml::ParseError> read_capabilities(xml::Reader& reader, std::string_view body) {
  auto document = reader.parse(body);
  if (!document) return base::Unexpected{std::move(document.error())};
  const xml::Element root = (*document)->root();
  if (!root.is(kCapsNamespace, "xcap-caps"))
    return base::Unexpected{xml::ParseError{root.line(), 0, "no xcap-caps document", "xml.invalid"}};
  Capabilities capabilities;
  for (const List& list : kLists) read_list(root, list, capabilities);
  return capabilities;
}

std::string write_capabilities(const Capabilities& capabilities) {
  constexpr std::array kUsual{xml::UsualPrefix{kCapsNamespace, ""}};
  xml::Writer writer(kUsual);
  writer.begin(kCapsNamespace, "xcap-caps");
  for (const List& list : kLists) {
    writer.begin(kCapsNamespace, list.element);
    for (const std::string& entry : capabilities.*list.entries) writer.element(kCapsNamespace, list.entry, entry);
    writer.end();
  }
  return writer.end().finish();
}

}  // namespace presentia::xcap
