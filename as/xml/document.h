// The owner of a flat tree: nodes in document order, names interned per document, all text in one arena. Immutable once
// built, so it may be shared between threads. Most code uses Element (tree.h) and never looks in here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "as/xml/tree.h"

namespace presentia::xml {

struct Span {  // a piece of the arena
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

struct Name {
  std::uint32_t ns = 0;  // index of the namespace
  Span prefix;
  Span local;
};

// An element, or a run of character data. The nodes of a subtree stand together: [index, end).
struct Node {
  static constexpr std::uint32_t kText = 0xffffffff;
  std::uint32_t name = kText;  // index of the name; kText for character data
  std::uint32_t end = 0;
  std::uint32_t parent = 0;  // the root is its own parent
  std::uint32_t first = 0;   // element: index of its first attribute; text: offset in the arena
  std::uint32_t count = 0;   // element: number of attributes; text: length in bytes
  std::uint32_t line = 0;
  [[nodiscard]] bool is_text() const { return name == kText; }
};

class Document {
 public:
  struct Attribute {
    std::uint32_t name = 0;
    Span value;
  };
  struct Declaration {  // xmlns or xmlns:prefix, as written in the source
    std::uint32_t element = 0;
    Span prefix;
    Span uri;
  };

  [[nodiscard]] Element root() const { return {this, 0}; }
  // The element at `index`, which must be one of this document's.
  [[nodiscard]] Element element(std::uint32_t index) const { return {this, index}; }
  // Bytes held on the heap.
  [[nodiscard]] std::size_t memory() const;

  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<Declaration>& declarations() const { return declarations_; }
  [[nodiscard]] const Attribute& attribute(std::uint32_t index) const { return attributes_[index]; }
  [[nodiscard]] const Name& name(std::uint32_t index) const { return names_[index]; }
  [[nodiscard]] std::string_view ns(const Name& name) const { return view(namespaces_[name.ns]); }
  [[nodiscard]] std::string_view view(Span span) const { return {arena_.data() + span.offset, span.length}; }
  [[nodiscard]] std::string_view text(const Node& node) const { return view({node.first, node.count}); }

 private:
  friend class DocumentBuilder;
  std::vector<Node> nodes_;
  std::vector<Attribute> attributes_;
  std::vector<Declaration> declarations_;
  std::vector<Name> names_;
  std::vector<Span> namespaces_;
  std::string arena_;
};
using DocumentPtr = std::shared_ptr<const Document>;

// Makes a document by events in document order. All text is UTF-8. Checks nothing: calls must nest, and there must be
// exactly one root. White space that only sets elements apart is not kept: it is half of the nodes of an indented
// document.
class DocumentBuilder {
 public:
  // `text_hint`: the size of the source in bytes, if known.
  explicit DocumentBuilder(std::size_t text_hint = 0);

  // The index of a name for start() and attribute(); the same for the same three.
  std::uint32_t intern(std::string_view ns, std::string_view prefix, std::string_view local);
  // A namespace declaration of the element that is started next.
  void declare(std::string_view prefix, std::string_view uri);
  void start(std::uint32_t name, std::uint32_t line = 0);
  void attribute(std::uint32_t name, std::string_view value);  // directly after start()
  void text(std::string_view more);
  void end();

  [[nodiscard]] std::size_t depth() const { return open_.size(); }
  [[nodiscard]] DocumentPtr finish();  // the builder is empty afterwards

 private:
  struct Open {
    std::uint32_t element = 0;
    bool has_text = false;  // other than white space: then all of it counts
  };
  Span keep(std::string_view text);
  void drop_blank();

  std::shared_ptr<Document> document_;
  std::vector<Open> open_;
};

}  // namespace presentia::xml
