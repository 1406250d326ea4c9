// PUT of an element or an attribute, in the order of RFC 4825, section 8.2.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "as/xml/characters.h"
#include "as/xml/compare.h"
#include "as/xml/document.h"
#include "as/xml/edit.h"
#include "as/xml/writer.h"
#include "xdm-client/xcap/node_match.h"
#include "xdm-client/xcap/node_operations.h"

namespace presentia::xcap {
namespace {

using Terminal = NodeSelector::Terminal;
using xml::EditableDocument;
using xml::kNoNode;
using xml::NodeId;

struct Name {
  std::string ns, local;
};

base::Unexpected<Refusal> refuse(int status) { return base::Unexpected{Refusal{status, {}}}; }

base::Unexpected<Refusal> conflict(Conflict conflict, std::string phrase = {}) {
  return base::Unexpected{Refusal{409, {conflict, std::move(phrase), {}, {}}}};
}

// [RFC4825 8.2.1, 11.1] With the closest parent that exists.
base::Unexpected<Refusal> no_parent(const EditableDocument& document, const NodeSelector& node) {
  Refusal refusal{409, {Conflict::no_parent, {}, {}, {}}};
  const std::size_t steps = steps_that_match(document, node.steps);
  if (steps > 0) refusal.report.ancestor = to_uri(node, steps);
  return base::Unexpected{std::move(refusal)};
}

// [RFC4825 8.2.3] What a new element goes before (kNoNode: the end of its parent); nullopt if too few are there.
std::optional<NodeId> place(const EditableDocument& document, NodeId parent, const Step& step, const Name& added) {
  const std::vector<NodeId> all = document.child_elements(parent);
  std::vector<NodeId> peers;
  std::copy_if(all.begin(), all.end(), std::back_inserter(peers), [&](NodeId element) {
    return document.local(element) == added.local && document.ns(element) == added.ns;
  });
  // "earliest last": right behind the last of its name
  if (!step.position) return peers.empty() ? kNoNode : document.next(peers.back());
  if (!step.name) peers = all;
  const std::size_t position = *step.position;
  if (position == 1) return peers.empty() ? kNoNode : peers.front();
  // "earliest nth": right behind the one before it
  if (position == 0 || peers.size() < position - 1) return std::nullopt;
  return document.next(peers[position - 2]);
}

class PutNode {
 public:
  PutNode(xml::Reader& reader, EditableDocument& document, const NodeSelector& node, const Content& content,
          const xml::Limits& limits)
      : reader_(reader), document_(document), node_(node), content_(content), limits_(limits) {}

  // True: created; false: replaced.
  base::Result<bool, Refusal> put() { return node_.terminal == Terminal::attribute ? attribute() : element(); }

 private:
  base::Result<bool, Refusal> element() {
    const std::span<const Step> above(node_.steps.data(), node_.steps.size() - 1);
    const NodeId parent = find_element(document_, above);
    if (parent == kNoNode) return no_parent(document_, node_);
    if (content_.type != kElementType) return refuse(415);
    if (!xml::is_utf8(content_.body)) return conflict(Conflict::not_utf_8);
    const std::optional<Name> name = name_of_content(parent);
    if (!name) return conflict(Conflict::not_xml_frag);

    const std::vector<NodeId> targets = matches(document_, parent, node_.steps.back());
    if (targets.size() > 1) return conflict(Conflict::cannot_insert, "the selector selects several elements");
    const auto added = targets.empty() ? insert(parent, *name) : document_.replace(targets.front(), fragment());
    if (!added) return conflict(Conflict::cannot_insert, "there is no such position");
    if (added->size() != 1) return conflict(Conflict::not_xml_frag);
    if (find_element(document_, node_.steps) != added->front()) return conflict(Conflict::cannot_insert);
    return targets.empty();
  }

  [[nodiscard]] std::string_view fragment() const { return xml::trimmed(content_.body); }

  // [RFC4825 8.2.2] Of a region of a document that balances and holds one element, read where it will stand; nullopt if
  // the content is none.
  [[nodiscard]] std::optional<Name> name_of_content(NodeId parent) const {
    std::string text = "<fragment";
    for (const xml::NamespaceBinding& binding : document_.namespaces(parent)) {
      text.append(binding.prefix.empty() ? " xmlns" : " xmlns:").append(binding.prefix).append("=\"");
      xml::append_escaped(text, binding.ns, true);
      text += '"';
    }
    text.append(">").append(fragment()).append("</fragment>");
    const auto parsed = reader_.parse(text, limits_);
    if (!parsed) return std::nullopt;
    const xml::Element element = (*parsed)->root().first_child();
    if (!element || element.next_sibling() || !(*parsed)->root().text().empty()) return std::nullopt;
    return Name{std::string(element.ns()), std::string(element.local())};
  }

  std::optional<std::vector<NodeId>> insert(NodeId parent, const Name& name) {
    if (parent == xml::kDocumentNode) return std::nullopt;  // which has its root element
    const std::optional<NodeId> before = place(document_, parent, node_.steps.back(), name);
    if (!before) return std::nullopt;
    return document_.insert(parent, *before, fragment());
  }

  base::Result<bool, Refusal> attribute() {
    const NodeId element = find_element(document_, node_.steps);
    if (element == kNoNode) return no_parent(document_, node_);
    if (content_.type != kAttributeType) return refuse(415);
    if (!xml::is_utf8(content_.body)) return conflict(Conflict::not_utf_8);
    const auto value = attribute_value(content_.body);
    if (!value) return conflict(Conflict::not_xml_att_value);

    const QName& name = node_.attribute;
    const bool exists = document_.attribute(element, name.ns, name.local) != nullptr;
    const auto prefix = prefix_at(element);
    const bool is_declaration = name.prefix.empty() && name.local == "xmlns";
    if (!prefix || is_declaration) return conflict(Conflict::cannot_insert);
    document_.set_attribute(element, *prefix, name.local, *value);
    const bool is_selected = find_element(document_, node_.steps) == element && selects(document_, node_);
    if (!is_selected) return conflict(Conflict::cannot_insert);
    return !exists;
  }

  // The prefix that the attribute's namespace has there, or is given there; nullopt if its prefix means another.
  std::optional<std::string> prefix_at(NodeId element) {
    const QName& name = node_.attribute;
    if (name.ns.empty() || name.ns == xml::kXmlNamespace) return name.ns.empty() ? "" : "xml";
    if (document_.namespace_of(element, name.prefix) == name.ns) return name.prefix;
    for (const xml::NamespaceBinding& binding : document_.namespaces(element))
      if (binding.ns == name.ns && !binding.prefix.empty()) return std::string(binding.prefix);
    if (document_.namespace_of(element, name.prefix)) return std::nullopt;
    document_.declare(element, name.prefix, name.ns);
    return name.prefix;
  }

  xml::Reader& reader_;
  EditableDocument& document_;
  const NodeSelector& node_;
  const Content& content_;
  const xml::Limits& limits_;
};

}  // namespace

base::Result<Put, Refusal> put_node(xml::Reader& reader, std::string_view document, const NodeSelector& node,
                                    const Content& content, const xml::Limits& limits) {
  if (node.terminal == Terminal::namespaces) return refuse(405);
  auto target = EditableDocument::read(reader, document, limits);
  if (!target) return refuse(500);
  auto created = PutNode(reader, *target, node, content, limits).put();
  if (!created) return base::Unexpected{std::move(created.error())};
  Put put{*created, target->text()};
  const auto checked = reader.parse(put.document, limits);
  if (!checked) return conflict(Conflict::constraint_failure, checked.error().text);
  return put;
}

}  // namespace presentia::xcap
