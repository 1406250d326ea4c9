// application/xcap-diff+xml [RFC5874]: which documents, elements and attributes below an XCAP root exist or changed.
// Read from NOTIFYs and written by servers. Values only: no part looks at the text that it was read from.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "as/base/result.h"
#include "as/xml/reader.h"

namespace presentia::xcap {

inline constexpr std::string_view kDiffType = "application/xcap-diff+xml";
inline constexpr std::string_view kDiffNamespace = "urn:ietf:params:xml:ns:xcap-diff";

// <document>: what happened depends on which tags there are [RFC5874 3, figure 1].
struct DocumentChange {
  enum class Kind { created_or_exists, patched, changed, only_etag, removed };
  std::string sel;                                     // relative to the XCAP root, as received
  std::optional<std::string> previous_etag, new_etag;  // as received, usually without quotes
  bool body_not_changed = false;
  std::vector<std::string> operations;  // XML patches, each <add>, <replace> or <remove> on its own (as/xml/patch.h)

  // patched: with operations; changed: the document has to be fetched.
  [[nodiscard]] Kind kind() const;
  bool operator==(const DocumentChange&) const = default;
};

struct ElementState {  // <element>
  std::string sel;
  bool exists = true;
  std::optional<std::string> content;  // the element on its own; none although it exists: too large to be shown

  bool operator==(const ElementState&) const = default;
};

struct AttributeState {  // <attribute>
  std::string sel;
  bool exists = true;
  std::string value;

  bool operator==(const AttributeState&) const = default;
};

struct XcapDiff {
  std::string xcap_root;
  std::vector<std::variant<DocumentChange, ElementState, AttributeState>> entries;  // in order, which matters

  bool operator==(const XcapDiff&) const = default;
};

struct DiffLimits {
  std::size_t max_bytes = 1 << 20;
  std::size_t max_entries = 10'000;
  std::size_t max_operations = 256;  // of one document
  xml::Limits xml{.max_depth = 64, .max_elements = 50'000, .max_attributes = 64};
};

// What is not known, and entries without 'sel' or without any tag, which say nothing, are left out. Refused with the
// reason xcap-diff.root (another root element, or no xcap-root), xcap-diff.too-large (any limit) or one of xml::Reader.
[[nodiscard]] base::Result<XcapDiff, xml::ParseError> read_xcap_diff(xml::Reader& reader, std::string_view body,
                                                                     const DiffLimits& limits = {});
// `operations` and `content` must be well-formed on their own, the operations in the namespace of xcap-diff.
[[nodiscard]] std::string write_xcap_diff(const XcapDiff& diff);

}  // namespace presentia::xcap
