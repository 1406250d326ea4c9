#include "as/xml/edit.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "as/xml/characters.h"
#include "as/xml/edit_load.h"
#include "as/xml/writer.h"

namespace presentia::xml {
namespace {

std::string with_line_feeds(std::string_view bytes) {
  std::string out(bytes);
  if (out.find('\r') == std::string::npos) return out;
  std::size_t to = 0;
  for (std::size_t from = 0; from < out.size(); ++from) {
    if (out[from] != '\r') {
      out[to++] = out[from];
    } else if (from + 1 == out.size() || out[from + 1] != '\n') {
      out[to++] = '\n';
    }
  }
  out.resize(to);
  return out;
}

// Two runs of text as one: where they meet they must not become "]]>" [XML 2.4].
std::string joined(std::string_view left, std::string_view right) {
  std::string out(left);
  const std::size_t brackets = std::min(right.find_first_not_of(']'), right.size());
  out += right.substr(0, brackets);
  right.remove_prefix(brackets);
  const bool closes = right.starts_with('>') && out.ends_with("]]");
  if (closes) right.remove_prefix(1);
  return out.append(closes ? "&gt;" : "").append(right);
}

void append_name(std::string& out, std::string_view prefix, std::string_view local) {
  out += prefix;
  if (!prefix.empty() && !local.empty()) out += ':';
  out += local;
}

void append_attribute(std::string& out, const EditableAttribute& attribute) {
  out += attribute.space;
  const bool is_default = attribute.is_declaration && attribute.local.empty();
  append_name(out, is_default ? "xmlns" : attribute.prefix, attribute.local);
  out.append(1, '=').append(attribute.quoted);
}

// Prefixes and what they stand for while a tree is walked.
class Scope {
 public:
  explicit Scope(const std::vector<NamespaceBinding>& outer) {
    for (const NamespaceBinding& binding : outer) bound_[binding.prefix].push_back(binding.ns);
    bound_["xml"].push_back(kXmlNamespace);
  }
  void enter(const std::vector<EditableAttribute>& attributes) {
    for (const EditableAttribute& attribute : attributes)
      if (attribute.is_declaration) bound_[attribute.local].push_back(attribute.value);
  }
  void leave(const std::vector<EditableAttribute>& attributes) {
    for (const EditableAttribute& attribute : attributes)
      if (attribute.is_declaration) bound_[attribute.local].pop_back();
  }
  [[nodiscard]] std::string_view find(std::string_view prefix) const {
    const auto found = bound_.find(prefix);
    return found == bound_.end() || found->second.empty() ? std::string_view() : found->second.back();
  }

 private:
  std::unordered_map<std::string_view, std::vector<std::string_view>> bound_;
};

constexpr auto kNothing = [](NodeId) {};

}  // namespace

base::Result<EditableDocument, ParseError> EditableDocument::read(Reader& reader, std::string_view bytes,
                                                                  const Limits& limits) {
  auto parsed = reader.parse(bytes, limits);
  if (!parsed) return base::Unexpected{std::move(parsed.error())};
  EditableDocument document;
  std::string_view rest = document.keep(with_line_feeds(bytes));
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::size_t prolog = rest.starts_with(kMark) ? kMark.size() : 0;
  const bool declares = rest.substr(prolog).starts_with("<?xml") && is_space(rest.substr(prolog + 5).front());
  if (declares) prolog = rest.find("?>", prolog) + 2;
  document.prolog_ = rest.substr(0, prolog);
  rest.remove_prefix(prolog);
  if (!Loader(document, rest).load(kDocumentNode) || document.root() == kNoNode) {
    return base::Unexpected{ParseError{0, 0, "not cut into nodes", "xml.malformed"}};
  }
  document.resolve(document.root());
  return document;
}

template <class Enter, class Leave>
void EditableDocument::walk(NodeId top, Enter enter, Leave leave) const {
  for (NodeId at = top;;) {
    enter(at);
    if (nodes_[at].first != kNoNode) {
      at = nodes_[at].first;
      continue;
    }
    leave(at);
    for (; at != top && nodes_[at].next == kNoNode; leave(at)) at = nodes_[at].parent;
    if (at == top) return;
    at = nodes_[at].next;
  }
}

NodeId EditableDocument::root() const {
  const std::vector<NodeId> elements = child_elements(kDocumentNode);
  return elements.empty() ? kNoNode : elements.front();
}

std::vector<NodeId> EditableDocument::child_elements(NodeId node) const {
  std::vector<NodeId> elements;
  for (NodeId child = first_child(node); child != kNoNode; child = next(child))
    if (is_element(child)) elements.push_back(child);
  return elements;
}

const EditableAttribute* EditableDocument::attribute(NodeId element, std::string_view ns,
                                                     std::string_view local) const {
  for (const EditableAttribute& attribute : attributes(element))
    if (!attribute.is_declaration && attribute.local == local && attribute.ns == ns) return &attribute;
  return nullptr;
}

const EditableAttribute* EditableDocument::declaration(NodeId element, std::string_view prefix) const {
  for (const EditableAttribute& attribute : attributes(element))
    if (attribute.is_declaration && attribute.local == prefix) return &attribute;
  return nullptr;
}

std::optional<std::string_view> EditableDocument::namespace_of(NodeId element, std::string_view prefix) const {
  if (prefix == "xml") return kXmlNamespace;
  for (NodeId at = element; at != kNoNode; at = parent(at))
    if (const EditableAttribute* found = declaration(at, prefix)) return found->value;
  if (prefix.empty()) return std::string_view();
  return std::nullopt;
}

std::vector<NamespaceBinding> EditableDocument::namespaces(NodeId element) const {
  std::vector<NamespaceBinding> bindings;
  for (NodeId at = element; at != kNoNode; at = parent(at)) {
    for (const EditableAttribute& attribute : attributes(at))
      if (attribute.is_declaration) bindings.push_back({attribute.local, attribute.value});
  }
  const auto by_prefix = [](const NamespaceBinding& a, const NamespaceBinding& b) { return a.prefix < b.prefix; };
  const auto same = [](const NamespaceBinding& a, const NamespaceBinding& b) { return a.prefix == b.prefix; };
  std::stable_sort(bindings.begin(), bindings.end(), by_prefix);  // the innermost of a prefix stays first
  bindings.erase(std::unique(bindings.begin(), bindings.end(), same), bindings.end());
  std::erase_if(bindings,
                [](const NamespaceBinding& binding) { return binding.ns.empty() || binding.prefix == "xml"; });
  return bindings;
}

std::string EditableDocument::value(NodeId node) const {
  const std::string_view text = raw(node);
  if (kind(node) == NodeKind::comment) return std::string(text.substr(4, text.size() - 7));
  if (kind(node) == NodeKind::instruction) return std::string(text.substr(2, text.size() - 4));
  std::string all;
  const auto add_text = [&](NodeId at) {
    if (kind(at) == NodeKind::text) all += unescaped(raw(at), false).value_or(std::string(raw(at)));
  };
  walk(node, add_text, kNothing);
  return all;
}

std::string EditableDocument::text() const {
  std::string out(prolog_);
  for (NodeId child = first_child(kDocumentNode); child != kNoNode; child = next(child)) append(out, child, {});
  return out;
}

std::string EditableDocument::text(NodeId node) const {
  std::string out;
  append(out, node, {});
  return out;
}

std::string EditableDocument::standalone(NodeId element) const {
  std::string more, out;
  for (const NamespaceBinding& binding : namespaces(element)) {
    if (declaration(element, binding.prefix) != nullptr) continue;
    more += binding.prefix.empty() ? " xmlns" : " xmlns:";
    more.append(binding.prefix).append("=\"");
    append_escaped(more, binding.ns, true);
    more += '"';
  }
  append(out, element, more);
  return out;
}

void EditableDocument::append_start_tag(std::string& out, NodeId element, std::string_view more) const {
  const Node& node = nodes_[element];
  out += '<';
  append_name(out, node.prefix, node.local);
  out += more;
  for (const EditableAttribute& attribute : node.attributes) append_attribute(out, attribute);
  out.append(node.tail).append(has_end_tag(element) ? ">" : "/>");
}

// `more` goes into the first start tag.
void EditableDocument::append(std::string& out, NodeId top, std::string_view more) const {
  const auto enter = [&](NodeId node) {
    if (is_element(node)) {
      append_start_tag(out, node, node == top ? more : std::string_view());
    } else {
      out += raw(node);
    }
  };
  const auto leave = [&](NodeId node) {
    if (!is_element(node) || !has_end_tag(node)) return;
    out += "</";
    append_name(out, prefix(node), local(node));
    out += '>';
  };
  walk(top, enter, leave);
}

std::optional<std::vector<NodeId>> EditableDocument::insert(NodeId parent, NodeId before, std::string_view fragment) {
  const std::optional<NodeId> holder = load(fragment);
  if (!holder) return std::nullopt;
  std::vector<NodeId> added = adopt(*holder, parent, before);
  join_texts(parent);
  return added;
}

std::optional<std::vector<NodeId>> EditableDocument::replace(NodeId node, std::string_view fragment) {
  const std::optional<NodeId> holder = load(fragment);
  if (!holder) return std::nullopt;
  const NodeId inside = parent(node);
  std::vector<NodeId> added = adopt(*holder, inside, node);
  unlink(node);
  join_texts(inside);
  return added;
}

void EditableDocument::remove(NodeId node) {
  const NodeId inside = parent(node);
  unlink(node);
  join_texts(inside);
}

void EditableDocument::set_attribute(NodeId element, std::string_view prefix, std::string_view local,
                                     std::string_view value) {
  EditableAttribute attribute;
  attribute.prefix = keep(std::string(prefix));
  attribute.local = keep(std::string(local));
  attribute.ns = prefix.empty() ? std::string_view() : namespace_of(element, prefix).value_or("");
  attribute.value = keep(std::string(value));
  put_attribute(element, attribute);
}

void EditableDocument::remove_attribute(NodeId element, std::string_view ns, std::string_view local) {
  std::erase_if(nodes_[element].attributes, [&](const EditableAttribute& attribute) {
    return !attribute.is_declaration && attribute.ns == ns && attribute.local == local;
  });
}

void EditableDocument::declare(NodeId element, std::string_view prefix, std::string_view uri) {
  EditableAttribute attribute;
  attribute.is_declaration = true;
  attribute.prefix = prefix.empty() ? "" : "xmlns";
  attribute.local = keep(std::string(prefix));
  attribute.value = keep(std::string(uri));
  put_attribute(element, attribute);
  resolve(element);
}

void EditableDocument::remove_declaration(NodeId element, std::string_view prefix) {
  std::erase_if(nodes_[element].attributes, [&](const EditableAttribute& attribute) {
    return attribute.is_declaration && attribute.local == prefix;
  });
  resolve(element);
}

void EditableDocument::put_attribute(NodeId element, EditableAttribute attribute) {
  std::string quoted = "\"";
  append_escaped(quoted, attribute.value, true);
  attribute.quoted = keep(std::move(quoted.append(1, '"')));
  attribute.space = " ";
  std::vector<EditableAttribute>& attributes = nodes_[element].attributes;
  const auto same = std::find_if(attributes.begin(), attributes.end(), [&](const EditableAttribute& other) {
    return other.is_declaration == attribute.is_declaration && other.local == attribute.local &&
           (other.is_declaration || other.ns == attribute.ns);
  });
  if (same == attributes.end()) {
    attributes.push_back(attribute);
  } else {
    same->value = attribute.value;
    same->quoted = attribute.quoted;
  }
}

NodeId EditableDocument::add(NodeKind kind, NodeId parent) {
  const auto node = static_cast<NodeId>(nodes_.size());
  nodes_.emplace_back().kind = kind;
  if (parent != kNoNode) link(node, parent, kNoNode);
  return node;
}

void EditableDocument::link(NodeId node, NodeId parent, NodeId before) {
  Node& linked = nodes_[node];
  linked.parent = parent;
  linked.next = before;
  linked.previous = before == kNoNode ? nodes_[parent].last : nodes_[before].previous;
  (linked.previous == kNoNode ? nodes_[parent].first : nodes_[linked.previous].next) = node;
  (before == kNoNode ? nodes_[parent].last : nodes_[before].previous) = node;
}

void EditableDocument::unlink(NodeId node) {
  Node& gone = nodes_[node];
  (gone.previous == kNoNode ? nodes_[gone.parent].first : nodes_[gone.previous].next) = gone.next;
  (gone.next == kNoNode ? nodes_[gone.parent].last : nodes_[gone.next].previous) = gone.previous;
  gone.parent = gone.previous = gone.next = kNoNode;
}

// Moves the children of `holder`; gives back those that are no text.
std::vector<NodeId> EditableDocument::adopt(NodeId holder, NodeId parent, NodeId before) {
  std::vector<NodeId> added;
  for (NodeId child = first_child(holder); child != kNoNode; child = first_child(holder)) {
    unlink(child);
    link(child, parent, before);
    if (is_element(child)) resolve(child);
    if (kind(child) != NodeKind::text) added.push_back(child);
  }
  return added;
}

// The fragment's nodes below a node that is nowhere in the document.
std::optional<NodeId> EditableDocument::load(std::string_view fragment) {
  const std::size_t before = nodes_.size();
  const std::string_view kept = keep(with_line_feeds(fragment));
  const NodeId holder = add(NodeKind::document, kNoNode);
  if (Loader(*this, kept).load(holder)) return holder;
  nodes_.resize(before);
  return std::nullopt;
}

void EditableDocument::join_texts(NodeId parent) {
  for (NodeId child = first_child(parent); child != kNoNode; child = next(child)) {
    if (kind(child) != NodeKind::text) continue;
    for (NodeId more = next(child); more != kNoNode && kind(more) == NodeKind::text; more = next(child)) {
      nodes_[child].joined = joined(raw(child), raw(more));
      unlink(more);
    }
  }
}

// Looks up the namespaces of all names in `element`.
void EditableDocument::resolve(NodeId element) {
  Scope scope(namespaces(parent(element)));
  const auto enter = [&](NodeId at) {
    Node& node = nodes_[at];
    scope.enter(node.attributes);
    if (node.kind == NodeKind::element) node.ns = scope.find(node.prefix);
    for (EditableAttribute& attribute : node.attributes)
      if (!attribute.is_declaration && !attribute.prefix.empty()) attribute.ns = scope.find(attribute.prefix);
  };
  walk(element, enter, [&](NodeId at) { scope.leave(attributes(at)); });
}

std::string_view EditableDocument::keep(std::string text) { return texts_.emplace_back(std::move(text)); }

}  // namespace presentia::xml
