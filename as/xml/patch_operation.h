// One operation of an XML patch; not for anyone but patch.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/xml/edit.h"
#include "as/xml/patch.h"
#include "as/xml/patch_content.h"
#include "as/xml/patch_path.h"

namespace presentia::xml {

struct PatchFailure {
  PatchFault fault;
  std::string phrase;
};
using MayFail = std::optional<PatchFailure>;  // nullopt: done

// The operation is the root element of `patch`. After a failure `target` may be changed in part.
class PatchOperation {
 public:
  PatchOperation(const EditableDocument& patch, EditableDocument& target)
      : patch_(patch), target_(target), operation_(patch.root()) {}
  [[nodiscard]] MayFail apply();

 private:
  MayFail locate();
  MayFail add();
  MayFail add_by_type(std::string_view type);
  MayFail add_attribute(const Path& type);
  MayFail add_declaration(const Path& type);
  MayFail add_nodes(std::string_view pos);
  MayFail check_beside_root();
  MayFail replace();
  MayFail replace_attribute();
  MayFail replace_declaration();
  MayFail replace_node();
  MayFail remove();
  MayFail remove_declaration();
  MayFail remove_node();
  MayFail remove_space(std::string_view ws);

  [[nodiscard]] std::optional<std::string> option(std::string_view name) const;
  [[nodiscard]] MayFail read_value(std::string& value) const;
  [[nodiscard]] MayFail read_content(NodeId context, std::string& content) const;
  [[nodiscard]] PrefixLookup lookup() const;

  const EditableDocument& patch_;
  EditableDocument& target_;
  NodeId operation_;
  Path path_;                 // 'sel'
  NodeId located_ = kNoNode;  // what its steps select
};

}  // namespace presentia::xml
