// What a patch adds, written with the prefixes of the place where it goes [RFC5261 4.2.3].
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "as/xml/edit.h"

namespace presentia::xml {

enum class MangleFault { no_declaration, no_prefix };  // in the target; that is not hidden by the added content

// Prefixes that the patch declares inside the content stay; the others are chosen among those in scope at `context`,
// the element that the content will be put into.
class ContentMangler {
 public:
  ContentMangler(const EditableDocument& patch, const EditableDocument& target, NodeId context)
      : patch_(patch), context_prefix_(prefix_at(target, context)), in_scope_(target.namespaces(context)) {}

  // The text of what is inside `operation`, a node of the patch; nullopt: see fault().
  [[nodiscard]] std::optional<std::string> content(NodeId operation);
  // The prefix for an attribute that the patch calls `prefix`, in a namespace.
  [[nodiscard]] std::optional<std::string> attribute_prefix(std::string_view prefix, std::string_view ns);
  [[nodiscard]] MangleFault fault() const { return fault_; }

 private:
  static NamespaceBinding prefix_at(const EditableDocument& target, NodeId context);
  bool append(std::string& out, NodeId node);
  bool append_element(std::string& out, NodeId element);
  bool append_name(std::string& out, std::string_view prefix, std::string_view local, std::string_view ns,
                   bool is_attribute);
  [[nodiscard]] std::optional<std::string_view> choose(std::string_view prefix, std::string_view ns, bool is_attribute);
  [[nodiscard]] bool is_local(std::string_view prefix) const;
  [[nodiscard]] bool must_undeclare(NodeId element) const;

  const EditableDocument& patch_;
  NamespaceBinding context_prefix_;  // of the context node's own name
  std::vector<NamespaceBinding> in_scope_;
  std::vector<std::string_view> local_;  // prefixes declared inside the content, around the node being written
  MangleFault fault_ = MangleFault::no_declaration;
};

}  // namespace presentia::xml
