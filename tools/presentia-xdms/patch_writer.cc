#include "tools/presentia-xdms/patch_writer.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "as/xml/edit.h"
#include "as/xml/patch.h"
#include "as/xml/writer.h"
#include "tools/presentia-xdms/xcap_service.h"
#include "xdm-client/xcap/xcap_diff.h"

namespace presentia::xdms {
namespace {

using xml::EditableAttribute;
using xml::EditableDocument;
using xml::NodeId;
using xml::NodeKind;
using Nodes = std::vector<NodeId>;

constexpr std::string_view kRoot = "*";

Nodes children_of(const EditableDocument& document, NodeId parent) {
  Nodes children;
  for (NodeId child = document.first_child(parent); child != xml::kNoNode; child = document.next(child))
    children.push_back(child);
  return children;
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("=\"");
  xml::append_escaped(out, value, true);
  out += '"';
}

bool same_declaration(const EditableAttribute& a, const EditableAttribute& b) {
  return a.local == b.local && a.value == b.value;
}

// Writes operations while it walks both versions side by side. A guess may be wrong where text nodes meet: make_patch()
// tries it out.
class Differ {
 public:
  Differ(const EditableDocument& before, const EditableDocument& after) : a_(before), b_(after) {}

  std::vector<std::string> run() {
    element(a_.root(), b_.root(), std::string(kRoot));
    return std::move(operations_);
  }
  std::vector<std::string> run_coarse() {
    replace(b_.root(), std::string(kRoot));
    return std::move(operations_);
  }

 private:
  void element(NodeId a, NodeId b, const std::string& path) {
    const bool same_name = a_.prefix(a) == b_.prefix(b) && a_.local(a) == b_.local(b) && a_.ns(a) == b_.ns(b);
    if (!same_name || !attributes(a, b, path)) return replace(b, path);
    const Nodes old_nodes = children_of(a_, a), new_nodes = children_of(b_, b);
    const auto same = [this](NodeId one, NodeId other) { return a_.text(one) == b_.text(other); };
    const auto split = std::ranges::mismatch(old_nodes, new_nodes, same);
    const auto first = static_cast<std::size_t>(split.in1 - old_nodes.begin());
    std::size_t last = 0;
    while (last < std::min(old_nodes.size(), new_nodes.size()) - first &&
           same(old_nodes[old_nodes.size() - 1 - last], new_nodes[new_nodes.size() - 1 - last]))
      ++last;
    const std::span<const NodeId> gone(old_nodes.data() + first, old_nodes.size() - first - last);
    const std::span<const NodeId> come(new_nodes.data() + first, new_nodes.size() - first - last);
    if (!inside(old_nodes, first, gone, come, b, path)) replace(b, path);
  }

  // What differs are `gone` and `come`, which stand at `first`. False: no way short of replacing their parent.
  bool inside(const Nodes& all, std::size_t first, std::span<const NodeId> gone, std::span<const NodeId> come, NodeId b,
              const std::string& path) {
    if (gone.empty() && come.empty()) return true;
    if (gone.empty()) return add(all, first, come, b, path);
    if (gone.size() == 1 && come.size() == 1 && a_.is_element(gone[0]) && b_.is_element(come[0])) {
      element(gone[0], come[0], child_path(all, first, path));
      return true;
    }
    if (gone.size() == 1 && come.empty() && a_.is_element(gone[0])) return remove(child_path(all, first, path));
    // An element went, and the text around it became one.
    const bool joined = gone.size() == 3 && come.size() == 1 && a_.is_element(gone[1]) &&
                        b_.text(come[0]) == a_.text(gone[0]) + a_.text(gone[2]);
    return joined && remove(child_path(all, first + 1, path));
  }

  bool attributes(NodeId a, NodeId b, const std::string& path) {
    const auto is_plain = [](const EditableAttribute& one) { return !one.is_declaration && one.prefix.empty(); };
    std::vector<EditableAttribute> fixed_a, fixed_b;
    std::ranges::remove_copy_if(a_.attributes(a), std::back_inserter(fixed_a), is_plain);
    std::ranges::remove_copy_if(b_.attributes(b), std::back_inserter(fixed_b), is_plain);
    if (!std::ranges::equal(fixed_a, fixed_b, same_declaration)) return false;
    for (const EditableAttribute& old : a_.attributes(a)) {
      if (!is_plain(old)) continue;
      const std::string at = path + "/@" + std::string(old.local);
      const EditableAttribute* now = b_.attribute(b, {}, old.local);
      if (now == nullptr) remove(at);
      if (now != nullptr && now->value != old.value) write("replace", b_.parent(b), {{"sel", at}}, escaped(now->value));
    }
    for (const EditableAttribute& now : b_.attributes(b))
      if (is_plain(now) && a_.attribute(a, {}, now.local) == nullptr)
        write("add", b_.parent(b), {{"sel", path}, {"type", "@" + std::string(now.local)}}, escaped(now.value));
    return true;
  }

  static std::string escaped(std::string_view value) {
    std::string text;
    xml::append_escaped(text, value, false);
    return text;
  }

  [[nodiscard]] std::string child_path(const Nodes& all, std::size_t index, const std::string& parent) const {
    const auto is_element = [this](NodeId node) { return a_.is_element(node); };
    const auto position = std::count_if(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(index), is_element) + 1;
    return parent + "/*[" + std::to_string(position) + "]";
  }

  bool add(const Nodes& all, std::size_t at, std::span<const NodeId> come, NodeId parent, const std::string& path) {
    std::string content;
    for (const NodeId node : come) content += b_.text(node);
    if (at == all.size()) return write("add", parent, {{"sel", path}}, content);
    if (at == 0) return write("add", parent, {{"sel", path}, {"pos", "prepend"}}, content);
    if (a_.is_element(all[at - 1]))
      return write("add", parent, {{"sel", child_path(all, at - 1, path)}, {"pos", "after"}}, content);
    if (a_.is_element(all[at]))
      return write("add", parent, {{"sel", child_path(all, at, path)}, {"pos", "before"}}, content);
    return false;  // between text and comments
  }

  void replace(NodeId b, const std::string& path) { write("replace", b_.parent(b), {{"sel", path}}, b_.text(b)); }
  bool remove(const std::string& path) { return write("remove", xml::kDocumentNode, {{"sel", path}}, {}); }

  using Options = std::vector<std::pair<std::string_view, std::string>>;
  // With the namespaces in scope at `scope`, because the content may use them.
  bool write(std::string_view name, NodeId scope, const Options& options, std::string_view content) {
    const auto bindings = scope == xml::kDocumentNode ? std::vector<xml::NamespaceBinding>() : b_.namespaces(scope);
    std::string prefix = "d";
    while (std::ranges::find(bindings, prefix, &xml::NamespaceBinding::prefix) != bindings.end()) prefix += 'd';
    std::string out = "<" + prefix + ":" + std::string(name);
    append_attribute(out, "xmlns:" + prefix, xcap::kDiffNamespace);
    for (const xml::NamespaceBinding& binding : bindings)
      append_attribute(out, binding.prefix.empty() ? "xmlns" : "xmlns:" + std::string(binding.prefix), binding.ns);
    for (const auto& [option, value] : options) append_attribute(out, option, value);
    operations_.push_back(out.append(">").append(content).append("</").append(prefix).append(":").append(name) + ">");
    return true;
  }

  const EditableDocument& a_;
  const EditableDocument& b_;
  std::vector<std::string> operations_;
};

}  // namespace

std::optional<std::vector<std::string>> make_patch(xml::Reader& reader, std::string_view before,
                                                   std::string_view after) {
  const auto a = EditableDocument::read(reader, before, kDocumentLimits);
  const auto b = EditableDocument::read(reader, after, kDocumentLimits);
  if (!a || !b) return std::nullopt;
  const xml::PatchLimits limits{.max_operations = 256, .max_bytes = std::size_t{2} << 20, .xml = kDocumentLimits};
  const std::string wanted = b->text();
  for (const bool coarse : {false, true}) {
    auto operations = coarse ? Differ(*a, *b).run_coarse() : Differ(*a, *b).run();
    const auto patched = xml::apply_patch(reader, before, operations, limits);
    if (patched && *patched == wanted) return operations;
  }
  return std::nullopt;
}

}  // namespace presentia::xdms
