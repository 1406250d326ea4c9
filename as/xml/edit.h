// A document that can be changed and otherwise stays as it is: comments, processing instructions, white space, CDATA
// sections, prefixes and the order of attributes are kept, because XCAP gives them back as they came [RFC4825 6.3] and
// XML patches count them [RFC5261 3]. The flat tree (document.h) drops most of that on purpose; this form is larger and
// only for documents that are about to change. Its nodes are pieces of the source text; what a change adds is text too.
// Of the source's bytes only the ends of lines and the space around '=' and in end tags are written anew.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/xml/reader.h"

namespace presentia::xml {

using NodeId = std::uint32_t;  // of one document; valid until the node is removed
inline constexpr NodeId kNoNode = 0xffffffff;
inline constexpr NodeId kDocumentNode = 0;  // the root node of XPath, the parent of the root element

enum class NodeKind : std::uint8_t { document, element, text, comment, instruction };

struct EditableAttribute {      // a namespace declaration, too
  bool is_declaration = false;  // then `local` is the prefix that it declares (empty: the default) and `value` the URI
  std::string_view prefix, local, ns;
  std::string_view value;   // normalized
  std::string_view space;   // before it
  std::string_view quoted;  // as written, with its quotes
};

struct NamespaceBinding {
  std::string_view prefix, ns;
};

// One thread at a time. What is viewed lives until the document changes. Adjacent text is one node, as in XPath.
class EditableDocument {
 public:
  // As Reader::parse accepts it. Ends of lines become line feeds [XML 2.11].
  [[nodiscard]] static base::Result<EditableDocument, ParseError> read(Reader& reader, std::string_view bytes,
                                                                       const Limits& limits = {});

  [[nodiscard]] NodeKind kind(NodeId node) const { return nodes_[node].kind; }
  [[nodiscard]] bool is_element(NodeId node) const { return kind(node) == NodeKind::element; }
  [[nodiscard]] NodeId root() const;  // the root element
  [[nodiscard]] NodeId parent(NodeId node) const { return nodes_[node].parent; }
  [[nodiscard]] NodeId first_child(NodeId node) const { return nodes_[node].first; }
  [[nodiscard]] NodeId last_child(NodeId node) const { return nodes_[node].last; }
  [[nodiscard]] NodeId next(NodeId node) const { return nodes_[node].next; }
  [[nodiscard]] NodeId previous(NodeId node) const { return nodes_[node].previous; }
  [[nodiscard]] std::vector<NodeId> child_elements(NodeId node) const;

  // Of elements.
  [[nodiscard]] std::string_view ns(NodeId element) const { return nodes_[element].ns; }
  [[nodiscard]] std::string_view prefix(NodeId element) const { return nodes_[element].prefix; }
  [[nodiscard]] std::string_view local(NodeId element) const { return nodes_[element].local; }
  [[nodiscard]] const std::vector<EditableAttribute>& attributes(NodeId element) const {
    return nodes_[element].attributes;
  }
  // nullptr if there is none; never a declaration.
  [[nodiscard]] const EditableAttribute* attribute(NodeId element, std::string_view ns, std::string_view local) const;
  // The declaration of `prefix` (empty: the default namespace) in this very element; nullptr if there is none.
  [[nodiscard]] const EditableAttribute* declaration(NodeId element, std::string_view prefix) const;
  // What `prefix` stands for here; empty for no default namespace, nullopt for an unbound prefix.
  [[nodiscard]] std::optional<std::string_view> namespace_of(NodeId element, std::string_view prefix) const;
  // In scope, by prefix; without xml and without an undeclared default.
  [[nodiscard]] std::vector<NamespaceBinding> namespaces(NodeId element) const;

  // XPath's string value: of an element all text inside.
  [[nodiscard]] std::string value(NodeId node) const;
  // Of what is no element, as written.
  [[nodiscard]] std::string_view raw(NodeId node) const {
    return nodes_[node].joined.empty() ? nodes_[node].raw : std::string_view(nodes_[node].joined);
  }
  [[nodiscard]] std::string_view target(NodeId instruction) const { return nodes_[instruction].local; }

  [[nodiscard]] std::string text() const;             // the whole document
  [[nodiscard]] std::string text(NodeId node) const;  // one node with all that is in it
  // An element with the declarations in scope added to its start tag, so that it means the same on its own.
  [[nodiscard]] std::string standalone(NodeId element) const;

  // Changes. None of them checks that the document stays namespace-well-formed: read text() again for that.

  // Puts what `fragment` holds before `before`, a child of `parent`, or last for kNoNode. The elements, comments and
  // instructions at its top; nullopt and no change if tags do not balance.
  std::optional<std::vector<NodeId>> insert(NodeId parent, NodeId before, std::string_view fragment);
  std::optional<std::vector<NodeId>> replace(NodeId node, std::string_view fragment);
  void remove(NodeId node);  // text before and after it becomes one
  // Replaces the attribute of that name, or adds it last. `prefix` must be bound here, or empty.
  void set_attribute(NodeId element, std::string_view prefix, std::string_view local, std::string_view value);
  void remove_attribute(NodeId element, std::string_view ns, std::string_view local);
  void declare(NodeId element, std::string_view prefix, std::string_view uri);
  void remove_declaration(NodeId element, std::string_view prefix);

 private:
  struct Node {
    NodeKind kind = NodeKind::document;
    NodeId parent = kNoNode, first = kNoNode, last = kNoNode, previous = kNoNode, next = kNoNode;
    std::string_view raw;                // of text, comments and instructions
    std::string joined;                  // of text that came together, instead
    std::string_view prefix, local, ns;  // of elements; of instructions the target
    std::string_view tail;               // white space at the end of a start tag
    bool has_end_tag = false;            // even if nothing is inside
    std::vector<EditableAttribute> attributes;
  };
  class Loader;

  EditableDocument() : nodes_(1) {}
  // Calls `enter` and `leave` for `top` and every node inside, in document order; however deep, without recursion.
  template <class Enter, class Leave>
  void walk(NodeId top, Enter enter, Leave leave) const;
  NodeId add(NodeKind kind, NodeId parent);
  void link(NodeId node, NodeId parent, NodeId before);
  void unlink(NodeId node);
  std::vector<NodeId> adopt(NodeId holder, NodeId parent, NodeId before);
  std::optional<NodeId> load(std::string_view fragment);
  void join_texts(NodeId parent);
  void put_attribute(NodeId element, EditableAttribute attribute);
  void resolve(NodeId element);
  [[nodiscard]] bool has_end_tag(NodeId element) const {
    return nodes_[element].has_end_tag || nodes_[element].first != kNoNode;
  }
  void append_start_tag(std::string& out, NodeId element, std::string_view more) const;
  void append(std::string& out, NodeId top, std::string_view more) const;
  std::string_view keep(std::string text);

  std::string_view prolog_;  // byte order mark and XML declaration
  std::vector<Node> nodes_;
  std::deque<std::string> texts_;  // what the views look at
};

}  // namespace presentia::xml
