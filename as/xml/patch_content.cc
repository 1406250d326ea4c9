#include "as/xml/patch_content.h"

#include <algorithm>

namespace presentia::xml {

NamespaceBinding ContentMangler::prefix_at(const EditableDocument& target, NodeId context) {
  if (!target.is_element(context)) return {};
  return {target.prefix(context), target.ns(context)};
}

std::optional<std::string> ContentMangler::content(NodeId operation) {
  std::string out;
  for (NodeId node = patch_.first_child(operation); node != kNoNode; node = patch_.next(node))
    if (!append(out, node)) return std::nullopt;
  return out;
}

std::optional<std::string> ContentMangler::attribute_prefix(std::string_view prefix, std::string_view ns) {
  if (ns == kXmlNamespace) return "xml";
  const auto chosen = choose(prefix, ns, true);
  if (!chosen) return std::nullopt;
  return std::string(*chosen);
}

bool ContentMangler::append(std::string& out, NodeId node) {
  if (patch_.is_element(node)) return append_element(out, node);
  out += patch_.raw(node);
  return true;
}

// As deep as the reader's limit let the patch be.
bool ContentMangler::append_element(std::string& out, NodeId element) {
  const std::size_t outer = local_.size();
  for (const EditableAttribute& attribute : patch_.attributes(element))
    if (attribute.is_declaration) local_.push_back(attribute.local);
  const bool undeclares = must_undeclare(element);
  if (undeclares) local_.emplace_back();

  std::string name;
  if (!append_name(name, patch_.prefix(element), patch_.local(element), patch_.ns(element), false)) return false;
  out.append("<").append(name).append(undeclares ? " xmlns=\"\"" : "");
  for (const EditableAttribute& attribute : patch_.attributes(element)) {
    out += attribute.space;
    if (attribute.is_declaration) {
      out.append(attribute.local.empty() ? "xmlns" : "xmlns:").append(attribute.local);
    } else if (!append_name(out, attribute.prefix, attribute.local, attribute.ns, true)) {
      return false;
    }
    out.append("=").append(attribute.quoted);
  }
  const bool is_empty = patch_.first_child(element) == kNoNode;
  out += is_empty ? "/>" : ">";
  for (NodeId child = patch_.first_child(element); child != kNoNode; child = patch_.next(child))
    if (!append(out, child)) return false;
  if (!is_empty) out.append("</").append(name).append(">");
  local_.resize(outer);
  return true;
}

bool ContentMangler::append_name(std::string& out, std::string_view prefix, std::string_view local, std::string_view ns,
                                 bool is_attribute) {
  const bool is_free = ns.empty() || prefix == "xml" || is_local(prefix);
  const auto chosen = is_free ? std::optional(prefix) : choose(prefix, ns, is_attribute);
  if (!chosen) return false;
  out.append(*chosen).append(chosen->empty() ? "" : ":").append(local);
  return true;
}

// [RFC5261 4.2.3] The same prefix, else that of the context node, else the nearest before it in the alphabet. An
// attribute without prefix is in no namespace, so the default one is not for attributes.
std::optional<std::string_view> ContentMangler::choose(std::string_view prefix, std::string_view ns,
                                                       bool is_attribute) {
  std::vector<std::string_view> candidates;  // in_scope_ is in alphabetical order, the default first
  bool declared = false;
  for (const NamespaceBinding& binding : in_scope_) {
    if (binding.ns != ns || (is_attribute && binding.prefix.empty())) continue;
    declared = true;
    if (!is_local(binding.prefix)) candidates.push_back(binding.prefix);
  }
  if (candidates.empty()) {
    fault_ = declared ? MangleFault::no_prefix : MangleFault::no_declaration;
    return std::nullopt;
  }
  const auto is_candidate = [&](std::string_view wanted) {
    return std::find(candidates.begin(), candidates.end(), wanted) != candidates.end();
  };
  if (is_candidate(prefix)) return prefix;
  if (context_prefix_.ns == ns && is_candidate(context_prefix_.prefix)) return context_prefix_.prefix;
  const auto after = std::upper_bound(candidates.begin(), candidates.end(), prefix);
  return after == candidates.begin() ? candidates.front() : *(after - 1);
}

bool ContentMangler::is_local(std::string_view prefix) const {
  return std::find(local_.begin(), local_.end(), prefix) != local_.end();
}

// An element in no namespace stays in none although a default namespace is in scope where it goes.
bool ContentMangler::must_undeclare(NodeId element) const {
  const bool has_default = !in_scope_.empty() && in_scope_.front().prefix.empty();
  return has_default && patch_.ns(element).empty() && patch_.prefix(element).empty() && !is_local({});
}

}  // namespace presentia::xml
