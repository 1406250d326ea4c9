// What an XCAP URI selects [RFC4825 6]: a document below the XCAP root, and in it an element, an attribute or the
// namespace bindings of an element. Read from the path and query of a request or of an xcap-diff 'sel', and written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"

namespace presentia::xcap {

// ROOT/AUID/users/XUI/NAME or ROOT/AUID/global/NAME. Everything decoded.
struct DocumentSelector {
  std::string auid;
  std::optional<std::string> xui;  // none: the global tree
  std::vector<std::string> path;   // folders, if any, and the name of the document; never empty

  bool operator==(const DocumentSelector&) const = default;
};

struct Binding {  // xmlns(prefix=ns)
  std::string prefix, ns;

  bool operator==(const Binding&) const = default;
};

struct QName {
  std::string prefix;  // as written
  std::string local;
  std::string ns;  // what the prefix stands for; of an element without one the default document namespace

  bool operator==(const QName&) const = default;
};

struct AttributeTest {
  QName name;
  std::string value;

  bool operator==(const AttributeTest&) const = default;
};

struct Step {
  std::optional<QName> name;  // none: "*"
  std::optional<std::uint32_t> position;
  std::optional<AttributeTest> test;

  bool operator==(const Step&) const = default;
};

struct NodeSelector {
  enum class Terminal : std::uint8_t { element, attribute, namespaces };
  std::vector<Step> steps;  // to an element; never empty
  Terminal terminal = Terminal::element;
  QName attribute;                // if that is what is selected
  std::vector<Binding> bindings;  // of the query, so that the selector can be written again

  bool operator==(const NodeSelector&) const = default;
};

struct Selector {
  DocumentSelector document;
  std::optional<NodeSelector> node;

  bool operator==(const Selector&) const = default;
};

enum class SelectorFault {
  malformed_escape,    // percent-coding that is none, that hides control characters or is no UTF-8: 400
  not_a_document,      // no AUID, tree, XUI or name, or a path that climbs ("..") : 404
  unknown_extension,   // a step that this grammar does not know [RFC4825 8]: 404
  unbound_prefix,      // [RFC4825 8]: 400
  malformed_bindings,  // the query is no list of XPointer expressions [RFC4825 6.4]: 400
  too_long,            // 414
};
[[nodiscard]] int status_of(SelectorFault fault);

inline constexpr std::size_t kLongestSelector = 8192;  // bytes of the URI
inline constexpr std::size_t kMostSteps = 32;

// What `uri`, relative to the XCAP root (a '/' in front does not matter), selects. `default_namespace` is the default
// document namespace of its AUID, empty if it has none.
[[nodiscard]] base::Result<Selector, SelectorFault> parse_selector(std::string_view uri,
                                                                   std::string_view default_namespace);
// A node selector without percent-coding, with the bindings for its prefixes.
[[nodiscard]] base::Result<NodeSelector, SelectorFault> parse_node_selector(std::string_view text,
                                                                            std::vector<Binding> bindings,
                                                                            std::string_view default_namespace);
// The AUID of a relative URI, to look up its default document namespace with; empty if there is none.
[[nodiscard]] std::string auid_of(std::string_view uri);

// Relative to the XCAP root, percent-coded, without '/' in front; the query with the bindings at the end.
[[nodiscard]] std::string to_uri(const DocumentSelector& document);
[[nodiscard]] std::string to_uri(const Selector& selector);
// Of a node selector alone, as in error documents; `steps` only the first so many.
[[nodiscard]] std::string to_uri(const NodeSelector& node);
[[nodiscard]] std::string to_uri(const NodeSelector& node, std::size_t steps);

}  // namespace presentia::xcap
