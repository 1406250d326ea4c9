// From <actions> and <transformations> of a rule to what they grant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "as/rules/permissions.h"
#include "as/xml/tree.h"

namespace presentia::rules {

// Faults that are tolerated, by label, each once.
class Remarks {
 public:
  void add(std::string_view label);
  [[nodiscard]] std::vector<std::string> take() { return std::move(labels_); }

 private:
  std::vector<std::string> labels_;
};

// Each adds to `into`. A permission that occurs twice in one rule grants what both grant.
void read_actions(xml::Element actions, Permissions& into, Remarks& remarks);
void read_transformations(xml::Element transformations, Permissions& into, Remarks& remarks);

}  // namespace presentia::rules
