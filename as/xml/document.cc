#include "as/xml/document.h"

#include <utility>

#include "as/xml/compare.h"

namespace presentia::xml {
namespace {

const Node& node_of(const Element& element) { return element.document()->nodes()[element.index()]; }
const Name& name_of(const Element& element) { return element.document()->name(node_of(element).name); }

}  // namespace

std::string_view Element::ns() const { return document_->ns(name_of(*this)); }
std::string_view Element::local() const { return document_->view(name_of(*this).local); }
std::string_view Element::prefix() const { return document_->view(name_of(*this).prefix); }

bool Element::is(std::string_view ns_uri, std::string_view local_name) const {
  return local() == local_name && ns() == ns_uri;
}

std::string Element::text() const {
  std::string all;
  const auto& nodes = document_->nodes();
  for (std::uint32_t i = index_ + 1; i < nodes[index_].end; i = nodes[i].end) {
    if (nodes[i].is_text()) all += document_->text(nodes[i]);
  }
  return all;
}

std::string Element::text_trimmed() const {
  const std::string all = text();
  return std::string(trimmed(all));
}

std::optional<std::string_view> Element::attribute(std::string_view local_name, std::string_view ns_uri) const {
  for (std::size_t i = 0; i < attribute_count(); ++i) {
    const AttributeView view = attribute_at(i);
    if (view.local == local_name && view.ns == ns_uri) return view.value;
  }
  return std::nullopt;
}

std::size_t Element::attribute_count() const { return node_of(*this).count; }

AttributeView Element::attribute_at(std::size_t index) const {
  const Document::Attribute& attribute = document_->attribute(node_of(*this).first + static_cast<std::uint32_t>(index));
  const Name& name = document_->name(attribute.name);
  return {document_->ns(name), document_->view(name.local), document_->view(attribute.value)};
}

Element Element::first_child() const {
  const auto& nodes = document_->nodes();
  for (std::uint32_t i = index_ + 1; i < nodes[index_].end; i = nodes[i].end) {
    if (!nodes[i].is_text()) return {document_, i};
  }
  return {};
}

Element Element::next_sibling() const {
  const auto& nodes = document_->nodes();
  if (index_ == 0) return {};
  const std::uint32_t parent_end = nodes[nodes[index_].parent].end;
  for (std::uint32_t i = nodes[index_].end; i < parent_end; i = nodes[i].end) {
    if (!nodes[i].is_text()) return {document_, i};
  }
  return {};
}

Element Element::parent() const {
  if (index_ == 0) return {};
  return {document_, node_of(*this).parent};
}

Element Element::child(std::string_view ns_uri, std::string_view local_name) const {
  for (const Element child : children()) {
    if (child.is(ns_uri, local_name)) return child;
  }
  return {};
}

std::uint32_t Element::line() const { return node_of(*this).line; }

std::optional<std::string_view> Element::namespace_of(std::string_view prefix) const {
  if (prefix == "xml") return kXmlNamespace;
  for (Element at = *this; at; at = at.parent()) {
    for (const Document::Declaration& declaration : document_->declarations()) {
      if (declaration.element == at.index() && document_->view(declaration.prefix) == prefix) {
        return document_->view(declaration.uri);
      }
    }
  }
  return std::nullopt;
}

std::size_t Document::memory() const {
  return sizeof(*this) + nodes_.capacity() * sizeof(Node) + attributes_.capacity() * sizeof(Attribute) +
         declarations_.capacity() * sizeof(Declaration) + names_.capacity() * sizeof(Name) +
         namespaces_.capacity() * sizeof(Span) + arena_.capacity();
}

namespace {
bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }
}  // namespace

DocumentBuilder::DocumentBuilder(std::size_t text_hint) : document_(std::make_shared<Document>()) {
  document_->arena_.reserve(text_hint);
  document_->nodes_.reserve(text_hint / 16);
}

std::uint32_t DocumentBuilder::intern(std::string_view ns, std::string_view prefix, std::string_view local) {
  drop_blank();
  Document& document = *document_;
  for (std::uint32_t i = 0; i < document.names_.size(); ++i) {
    const Name& name = document.names_[i];
    if (document.view(name.local) == local && document.view(name.prefix) == prefix && document.ns(name) == ns) return i;
  }
  std::uint32_t ns_index = 0;
  while (ns_index < document.namespaces_.size() && document.view(document.namespaces_[ns_index]) != ns) ++ns_index;
  if (ns_index == document.namespaces_.size()) document.namespaces_.push_back(keep(ns));
  document.names_.push_back({ns_index, keep(prefix), keep(local)});
  return static_cast<std::uint32_t>(document.names_.size() - 1);
}

void DocumentBuilder::declare(std::string_view prefix, std::string_view uri) {
  drop_blank();
  const auto element = static_cast<std::uint32_t>(document_->nodes_.size());
  document_->declarations_.push_back({element, keep(prefix), keep(uri)});
}

void DocumentBuilder::start(std::uint32_t name, std::uint32_t line) {
  drop_blank();
  const auto index = static_cast<std::uint32_t>(document_->nodes_.size());
  Node node;
  node.name = name;
  node.parent = open_.empty() ? index : open_.back().element;
  node.first = static_cast<std::uint32_t>(document_->attributes_.size());
  node.line = line;
  document_->nodes_.push_back(node);
  open_.push_back({index, false});
}

void DocumentBuilder::attribute(std::uint32_t name, std::string_view value) {
  document_->attributes_.push_back({name, keep(value)});
  ++document_->nodes_[open_.back().element].count;
}

void DocumentBuilder::text(std::string_view more) {
  if (more.empty()) return;
  Document& document = *document_;
  open_.back().has_text |= !blank(more);
  Node& last = document.nodes_.back();
  const Span span = keep(more);
  const bool continues =
      last.is_text() && last.parent == open_.back().element && last.first + last.count == span.offset;
  if (continues) {
    last.count += span.length;
    return;
  }
  Node node;
  node.end = static_cast<std::uint32_t>(document.nodes_.size() + 1);
  node.parent = open_.back().element;
  node.first = span.offset;
  node.count = span.length;
  document.nodes_.push_back(node);
}

// Called where an element starts: the text before it may be nothing but space between elements.
void DocumentBuilder::drop_blank() {
  if (open_.empty() || open_.back().has_text) return;
  Document& document = *document_;
  const Node& last = document.nodes_.back();
  if (!last.is_text() || last.parent != open_.back().element) return;
  if (last.first + last.count == document.arena_.size()) document.arena_.resize(last.first);
  document.nodes_.pop_back();
}

void DocumentBuilder::end() {
  const bool only_text = document_->nodes_.size() == open_.back().element + 2;
  if (!only_text) drop_blank();
  document_->nodes_[open_.back().element].end = static_cast<std::uint32_t>(document_->nodes_.size());
  open_.pop_back();
}

DocumentPtr DocumentBuilder::finish() {
  document_->nodes_.shrink_to_fit();
  document_->attributes_.shrink_to_fit();
  document_->declarations_.shrink_to_fit();
  document_->names_.shrink_to_fit();
  document_->namespaces_.shrink_to_fit();
  document_->arena_.shrink_to_fit();
  open_.clear();
  return std::exchange(document_, std::make_shared<Document>());
}

Span DocumentBuilder::keep(std::string_view text) {
  const Span span{static_cast<std::uint32_t>(document_->arena_.size()), static_cast<std::uint32_t>(text.size())};
  document_->arena_ += text;
  return span;
}

}  // namespace presentia::xml
