#include "xdm-client/xcap/node_match.h"

#include <utility>

namespace presentia::xcap {

using xml::NodeId;

std::vector<NodeId> matches(const xml::EditableDocument& document, NodeId parent, const Step& step) {
  std::vector<NodeId> found;
  for (const NodeId child : document.child_elements(parent)) {
    const bool is_named =
        !step.name || (document.local(child) == step.name->local && document.ns(child) == step.name->ns);
    if (is_named) found.push_back(child);
  }
  if (step.position) {
    const std::size_t position = *step.position;
    const bool is_there = position >= 1 && position <= found.size();
    found = is_there ? std::vector<NodeId>{found[position - 1]} : std::vector<NodeId>();
  }
  if (!step.test) return found;
  std::erase_if(found, [&](NodeId element) {
    const xml::EditableAttribute* attribute = document.attribute(element, step.test->name.ns, step.test->name.local);
    return attribute == nullptr || attribute->value != step.test->value;
  });
  return found;
}

NodeId find_element(const xml::EditableDocument& document, std::span<const Step> steps) {
  NodeId context = xml::kDocumentNode;
  for (const Step& step : steps) {
    const std::vector<NodeId> found = matches(document, context, step);
    if (found.size() != 1) return xml::kNoNode;
    context = found.front();
  }
  return context;
}

std::size_t steps_that_match(const xml::EditableDocument& document, std::span<const Step> steps) {
  std::size_t matching = steps.size();
  while (matching > 0 && find_element(document, steps.first(matching)) == xml::kNoNode) --matching;
  return matching;
}

bool selects(const xml::EditableDocument& document, const NodeSelector& node) {
  const NodeId element = find_element(document, node.steps);
  if (element == xml::kNoNode) return false;
  return node.terminal != NodeSelector::Terminal::attribute ||
         document.attribute(element, node.attribute.ns, node.attribute.local) != nullptr;
}

}  // namespace presentia::xcap
