#include "as/xml/patch_operation.h"

#include <algorithm>
#include <utility>

#include "as/xml/characters.h"

namespace presentia::xml {
namespace {

using Fault = PatchFault;

MayFail fail(Fault fault, std::string phrase) { return PatchFailure{fault, std::move(phrase)}; }

MayFail fail(MangleFault fault) {
  if (fault == MangleFault::no_prefix) return fail(Fault::invalid_namespace_prefix, "no prefix can be used there");
  return fail(Fault::invalid_namespace_uri, "the document does not declare a namespace of the content there");
}

MayFail fail(PathFault fault, const std::string& text) {
  switch (fault) {
    case PathFault::unbound_prefix:
      return fail(Fault::invalid_namespace_prefix, "a prefix is not declared: " + text);
    case PathFault::id_function:
      return fail(Fault::unsupported_id_function, text);
    case PathFault::malformed:
      break;
  }
  return fail(Fault::invalid_attribute_value, "not understood: " + text);
}

}  // namespace

MayFail PatchOperation::apply() {
  if (auto failure = locate()) return failure;
  const std::string_view name = patch_.local(operation_);
  if (name == "add") return add();
  if (name == "replace") return replace();
  if (name == "remove") return remove();
  return fail(Fault::invalid_patch_directive, "no operation: " + std::string(name));
}

// [RFC5261 4.1] 'sel' selects exactly one node.
MayFail PatchOperation::locate() {
  const auto sel = option("sel");
  if (!sel) return fail(Fault::invalid_diff_format, "no 'sel'");
  auto path = parse_path(*sel, lookup());
  if (!path) return fail(path.error(), *sel);
  path_ = std::move(*path);
  const std::vector<NodeId> nodes = select(target_, path_);
  if (nodes.size() != 1) return fail(Fault::unlocated_node, std::to_string(nodes.size()) + " nodes: " + *sel);
  located_ = nodes.front();
  if (path_.end == Path::End::node) return std::nullopt;
  const bool is_there = target_.is_element(located_) &&
                        (path_.end == Path::End::declaration
                             ? target_.declaration(located_, path_.declared) != nullptr
                             : target_.attribute(located_, path_.attribute.ns, path_.attribute.local) != nullptr);
  if (!is_there) return fail(Fault::unlocated_node, "0 nodes: " + *sel);
  return std::nullopt;
}

MayFail PatchOperation::add() {
  if (path_.end != Path::End::node) return fail(Fault::invalid_attribute_value, "'sel' of <add> must select a node");
  if (const auto type = option("type")) return add_by_type(*type);
  const auto pos = option("pos");
  if (pos && *pos != "before" && *pos != "after" && *pos != "prepend")
    return fail(Fault::invalid_attribute_value, "pos: " + *pos);
  return add_nodes(pos.value_or(""));
}

MayFail PatchOperation::add_by_type(std::string_view type) {
  const auto path = parse_type(type, lookup());
  if (!path) return fail(path.error(), std::string(type));
  if (!target_.is_element(located_)) return fail(Fault::invalid_patch_directive, "attributes are added to elements");
  return path->end == Path::End::attribute ? add_attribute(*path) : add_declaration(*path);
}

MayFail PatchOperation::add_attribute(const Path& type) {
  const PathName& name = type.attribute;
  const bool is_declaration = name.ns.empty() && name.local == "xmlns";
  if (is_declaration) return fail(Fault::invalid_attribute_value, "a declaration is no attribute");
  if (target_.attribute(located_, name.ns, name.local) != nullptr)
    return fail(Fault::invalid_patch_directive, "the attribute exists");
  std::string value, prefix;
  if (auto failure = read_value(value)) return failure;
  if (!name.ns.empty()) {
    ContentMangler mangler(patch_, target_, located_);
    auto chosen = mangler.attribute_prefix(type.attribute_prefix, name.ns);
    if (!chosen) return fail(mangler.fault());
    prefix = std::move(*chosen);
  }
  target_.set_attribute(located_, prefix, name.local, value);
  return std::nullopt;
}

MayFail PatchOperation::add_declaration(const Path& type) {
  std::string uri;
  if (auto failure = read_value(uri)) return failure;
  if (uri.empty()) return fail(Fault::invalid_namespace_uri, "a prefix needs a namespace");
  if (target_.declaration(located_, type.declared) != nullptr)
    return fail(Fault::invalid_patch_directive, "the prefix is declared there");
  target_.declare(located_, type.declared, uri);
  return std::nullopt;
}

MayFail PatchOperation::add_nodes(std::string_view pos) {
  const bool is_beside = pos == "before" || pos == "after";
  if (!is_beside && !target_.is_element(located_))
    return fail(Fault::invalid_patch_directive, "only elements have children");
  const NodeId parent = is_beside ? target_.parent(located_) : located_;
  if (parent == kDocumentNode) {
    if (auto failure = check_beside_root()) return failure;
  }
  std::string content;
  if (auto failure = read_content(parent, content)) return failure;
  NodeId before = kNoNode;
  if (pos == "prepend") before = target_.first_child(located_);
  if (pos == "before") before = located_;
  if (pos == "after") before = target_.next(located_);
  if (!target_.insert(parent, before, content)) return fail(Fault::invalid_diff_format, "the content is no XML");
  return std::nullopt;
}

// Beside the root element there are only comments and instructions.
MayFail PatchOperation::check_beside_root() {
  for (NodeId node = patch_.first_child(operation_); node != kNoNode; node = patch_.next(node)) {
    if (patch_.is_element(node)) return fail(Fault::invalid_root_element_operation, "a second root element");
    if (patch_.kind(node) == NodeKind::text && !is_blank(patch_.raw(node)))
      return fail(Fault::invalid_xml_prolog_operation, "text beside the root element");
  }
  return std::nullopt;
}

MayFail PatchOperation::replace() {
  if (path_.end == Path::End::attribute) return replace_attribute();
  if (path_.end == Path::End::declaration) return replace_declaration();
  return replace_node();
}

MayFail PatchOperation::replace_attribute() {
  std::string value;
  if (auto failure = read_value(value)) return failure;
  const std::string prefix(target_.attribute(located_, path_.attribute.ns, path_.attribute.local)->prefix);
  target_.set_attribute(located_, prefix, path_.attribute.local, value);
  return std::nullopt;
}

MayFail PatchOperation::replace_declaration() {
  std::string uri;
  if (auto failure = read_value(uri)) return failure;
  if (uri.empty()) return fail(Fault::invalid_namespace_uri, "a prefix needs a namespace");
  target_.declare(located_, path_.declared, uri);
  return std::nullopt;
}

// [RFC5261 4.4] By exactly one node of its kind; a text also by nothing.
MayFail PatchOperation::replace_node() {
  const NodeId first = patch_.first_child(operation_);
  const NodeKind kind = target_.kind(located_);
  const bool is_removed_text = kind == NodeKind::text && first == kNoNode;
  const bool is_one = first != kNoNode && first == patch_.last_child(operation_) && patch_.kind(first) == kind;
  if (!is_removed_text && !is_one) return fail(Fault::invalid_node_types, "the content is not one node of that kind");
  std::string content;
  if (auto failure = read_content(target_.parent(located_), content)) return failure;
  if (!target_.replace(located_, content)) return fail(Fault::invalid_diff_format, "the content is no XML");
  return std::nullopt;
}

MayFail PatchOperation::remove() {
  const NodeId inside = patch_.first_child(operation_);
  if (inside != kNoNode && (patch_.next(inside) != kNoNode || !is_blank(patch_.value(inside))))
    return fail(Fault::invalid_diff_format, "<remove> with content");
  if (path_.end == Path::End::node) return remove_node();
  if (option("ws")) return fail(Fault::invalid_patch_directive, "'ws' without a node beside it");
  if (path_.end == Path::End::declaration) return remove_declaration();
  target_.remove_attribute(located_, path_.attribute.ns, path_.attribute.local);
  return std::nullopt;
}

// [RFC5261 4.5.3] No name may depend on it.
MayFail PatchOperation::remove_declaration() {
  const std::string prefix = path_.declared;
  std::vector<NodeId> open{located_};
  while (!open.empty()) {
    const NodeId element = open.back();
    open.pop_back();
    if (element != located_ && target_.declaration(element, prefix) != nullptr) continue;
    const auto& attributes = target_.attributes(element);
    const bool is_used = target_.prefix(element) == prefix ||
                         std::any_of(attributes.begin(), attributes.end(), [&](const EditableAttribute& attribute) {
                           return !attribute.is_declaration && attribute.prefix == prefix;
                         });
    if (is_used) return fail(Fault::invalid_namespace_prefix, "the prefix is in use: " + prefix);
    const std::vector<NodeId> children = target_.child_elements(element);
    open.insert(open.end(), children.begin(), children.end());
  }
  target_.remove_declaration(located_, prefix);
  return std::nullopt;
}

MayFail PatchOperation::remove_node() {
  if (located_ == target_.root()) return fail(Fault::invalid_root_element_operation, "the root element stays");
  if (const auto ws = option("ws")) {
    if (auto failure = remove_space(*ws)) return failure;
  }
  target_.remove(located_);
  return std::nullopt;
}

// [RFC5261 4.5] What stands beside the node must be white space, all of it.
MayFail PatchOperation::remove_space(std::string_view ws) {
  if (ws != "before" && ws != "after" && ws != "both") return fail(Fault::invalid_attribute_value, "ws");
  if (target_.kind(located_) == NodeKind::text) return fail(Fault::invalid_patch_directive, "'ws' beside text");
  const NodeId before = ws == "after" ? kNoNode : target_.previous(located_);
  const NodeId after = ws == "before" ? kNoNode : target_.next(located_);
  const auto is_space_node = [&](NodeId node) {
    return node != kNoNode && target_.parent(node) != kDocumentNode && target_.kind(node) == NodeKind::text &&
           is_blank(target_.value(node));
  };
  if ((ws != "after" && !is_space_node(before)) || (ws != "before" && !is_space_node(after)))
    return fail(Fault::invalid_whitespace_directive, "no white space there");
  if (before != kNoNode) target_.remove(before);
  if (after != kNoNode) target_.remove(after);
  return std::nullopt;
}

// An attribute of the operation in no namespace; others are extensions.
std::optional<std::string> PatchOperation::option(std::string_view name) const {
  const EditableAttribute* found = patch_.attribute(operation_, {}, name);
  if (found == nullptr) return std::nullopt;
  return std::string(found->value);
}

// The value of an attribute or the URI of a declaration: one text without CDATA sections, or nothing.
MayFail PatchOperation::read_value(std::string& value) const {
  const NodeId text = patch_.first_child(operation_);
  if (text == kNoNode) return std::nullopt;
  if (text != patch_.last_child(operation_) || patch_.kind(text) != NodeKind::text)
    return fail(Fault::invalid_node_types, "the content is not one text");
  if (patch_.raw(text).find("<![CDATA[") != std::string_view::npos)
    return fail(Fault::invalid_attribute_value, "a CDATA section in an attribute");
  value = patch_.value(text);
  return std::nullopt;
}

MayFail PatchOperation::read_content(NodeId context, std::string& content) const {
  ContentMangler mangler(patch_, target_, context);
  auto mangled = mangler.content(operation_);
  if (!mangled) return fail(mangler.fault());
  content = std::move(*mangled);
  return std::nullopt;
}

PrefixLookup PatchOperation::lookup() const {
  return [this](std::string_view prefix) { return patch_.namespace_of(operation_, prefix); };
}

}  // namespace presentia::xml
