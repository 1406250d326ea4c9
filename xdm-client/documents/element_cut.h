// Elements of a document as texts of their own. Whole documents are fetched and cut here, because servers fail at node
// selectors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "as/base/result.h"
#include "as/xml/edit.h"
#include "as/xml/reader.h"

namespace presentia::xdm {

struct Piece {
  std::string type, text;
};

// One document, read when the first piece is cut. `reader`, `document` and `text` outlive it.
class ElementCut {
 public:
  ElementCut(xml::Reader& reader, const std::string& document, const std::string& text, const xml::Limits& limits)
      : reader_(reader), document_(document), text_(text), limits_(limits) {}

  // What `node` selects, an element with the namespaces that it needs; nullopt if there is no such node. The error is
  // of the document, which cannot be read, or of the selector, which is none.
  [[nodiscard]] base::Result<std::optional<Piece>> cut(const std::string& node);
  [[nodiscard]] bool is_unreadable() const { return source_ && !*source_; }

 private:
  xml::Reader& reader_;
  const std::string& document_;
  const std::string& text_;
  const xml::Limits limits_;
  std::optional<base::Result<xml::EditableDocument, xml::ParseError>> source_;
};

}  // namespace presentia::xdm
