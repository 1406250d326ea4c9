// The selectors of XML patches: the subset of XPath 1.0 that RFC 5261 allows, and what they select in a document.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/xml/edit.h"

namespace presentia::xml {

enum class PathFault { malformed, unbound_prefix, id_function };

// A name in a selector: an element's, or an attribute's (without prefix in no namespace).
struct PathName {
  bool any = false;  // "*"
  std::string ns, local;
};

struct PathPredicate {
  enum class On { position, attribute, self, child } on = On::position;
  std::size_t position = 0;
  PathName name;  // of the attribute or child
  std::string value;
};

struct PathStep {
  enum class Test { element, text, comment, instruction } test = Test::element;
  PathName name;
  std::string target;  // of an instruction; empty: any
  std::vector<PathPredicate> predicates;
};

struct Path {
  enum class End { node, attribute, declaration } end = End::node;
  std::vector<PathStep> steps;
  PathName attribute;
  std::string attribute_prefix;  // as written
  std::string declared;          // the prefix after namespace::
};

// What a prefix stands for where the selector stands (empty prefix: the default namespace, which goes for elements
// [RFC5261 4.2.1]); nullopt if it is unbound.
using PrefixLookup = std::function<std::optional<std::string_view>(std::string_view)>;

// A 'sel' [RFC5261 8]. Space between its tokens is allowed as in XPath. At most 64 steps of 8 predicates.
[[nodiscard]] base::Result<Path, PathFault> parse_path(std::string_view text, const PrefixLookup& lookup);
// A 'type': "@name" or "namespace::prefix", as a path without steps.
[[nodiscard]] base::Result<Path, PathFault> parse_type(std::string_view text, const PrefixLookup& lookup);

// The nodes that the steps select, in document order; without steps the document node.
[[nodiscard]] std::vector<NodeId> select(const EditableDocument& document, const Path& path);

}  // namespace presentia::xml
