// Cuts XML text into the nodes of an editable document; not for anyone but edit.cc.
#pragma once

#include <string_view>

#include "as/xml/edit.h"

namespace presentia::xml {

// Text that a parser has accepted, or a piece of such text; never reads outside it, whatever it holds.
class EditableDocument::Loader {
 public:
  Loader(EditableDocument& document, std::string_view text) : document_(document), rest_(text) {}
  // Hangs the nodes below `holder`. False if tags do not balance or something is no XML.
  bool load(NodeId holder);

 private:
  bool markup();
  bool start_tag();
  bool end_tag();
  bool attribute(EditableAttribute& into);
  bool attribute_value(EditableAttribute& into);
  bool qualified_name(std::string_view& prefix, std::string_view& local);
  bool enclosed(NodeKind kind, std::string_view end);
  bool character_data();
  std::string_view take(std::size_t length);
  std::string_view take_space();

  EditableDocument& document_;
  std::string_view rest_;
  NodeId holder_ = kNoNode, open_ = kNoNode;
};

}  // namespace presentia::xml
