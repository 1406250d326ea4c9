#include "xdm-client/xcap/node_operations.h"

#include <utility>

#include "as/xml/characters.h"
#include "as/xml/compare.h"
#include "as/xml/edit.h"
#include "as/xml/writer.h"
#include "xdm-client/xcap/node_match.h"

namespace presentia::xcap {
namespace {

using Terminal = NodeSelector::Terminal;
using xml::EditableDocument;
using xml::NodeId;

base::Unexpected<Refusal> refuse(int status) { return base::Unexpected{Refusal{status, {}}}; }

base::Unexpected<Refusal> conflict(Conflict conflict, std::string phrase = {}) {
  return base::Unexpected{Refusal{409, {conflict, std::move(phrase), {}, {}}}};
}

std::string quoted(std::string_view value) {
  std::string text = "\"";
  xml::append_escaped(text, value, true);
  return text + '"';
}

// [RFC4825 10] An empty element of the same name with all bindings in scope.
std::string namespaces_element(const EditableDocument& document, NodeId element) {
  std::string text = "<";
  text.append(document.prefix(element)).append(document.prefix(element).empty() ? "" : ":");
  text += document.local(element);
  for (const xml::NamespaceBinding& binding : document.namespaces(element)) {
    text.append(binding.prefix.empty() ? " xmlns" : " xmlns:").append(binding.prefix);
    text.append("=").append(quoted(binding.ns));
  }
  return text + "/>";
}

}  // namespace

base::Result<Content, Refusal> get_node(xml::Reader& reader, std::string_view document, const NodeSelector& node,
                                        const xml::Limits& limits) {
  const auto source = EditableDocument::read(reader, document, limits);
  if (!source) return refuse(500);
  if (!selects(*source, node)) return refuse(404);
  const NodeId element = find_element(*source, node.steps);
  switch (node.terminal) {
    case Terminal::attribute:
      return Content{std::string(kAttributeType),
                     quoted(source->attribute(element, node.attribute.ns, node.attribute.local)->value)};
    case Terminal::namespaces:
      return Content{std::string(kNamespacesType), namespaces_element(*source, element)};
    case Terminal::element:
      break;
  }
  return Content{std::string(kElementType), source->text(element)};
}

base::Result<std::string, Refusal> delete_node(xml::Reader& reader, std::string_view document, const NodeSelector& node,
                                               const xml::Limits& limits) {
  if (node.terminal == Terminal::namespaces) return refuse(405);
  auto source = EditableDocument::read(reader, document, limits);
  if (!source) return refuse(500);
  if (!selects(*source, node)) return refuse(404);
  const NodeId element = find_element(*source, node.steps);
  if (node.terminal == Terminal::attribute) {
    source->remove_attribute(element, node.attribute.ns, node.attribute.local);
  } else if (element == source->root()) {
    return conflict(Conflict::schema_validation_error, "a document has a root element");
  } else {
    source->remove(element);
  }
  if (selects(*source, node)) return conflict(Conflict::cannot_delete);  // [RFC4825 8.4]
  return source->text();
}

base::Result<base::Done, Refusal> check_document(xml::Reader& reader, std::string_view body,
                                                 const xml::Limits& limits) {
  const auto document = reader.parse(body, limits);
  if (document && xml::is_utf8(body)) return base::Done{};
  const bool is_other_encoding = !xml::is_utf8(body) || document.error().reason == "xml.encoding";
  if (is_other_encoding) return conflict(Conflict::not_utf_8);
  return conflict(Conflict::not_well_formed, document.error().text);
}

std::optional<std::string> attribute_value(std::string_view body) {
  const std::string_view text = xml::trimmed(body);
  const bool is_quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                         text.find(text.front(), 1) == text.size() - 1;
  if (!is_quoted || text.find('<') != std::string_view::npos) return std::nullopt;
  return xml::unescaped(text.substr(1, text.size() - 2), true);
}

}  // namespace presentia::xcap
