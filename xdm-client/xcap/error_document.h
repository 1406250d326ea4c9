// Detailed conflict reports: application/xcap-error+xml, the body of a 409 [RFC4825 11].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/xml/reader.h"

namespace presentia::xcap {

inline constexpr std::string_view kErrorType = "application/xcap-error+xml";
inline constexpr std::string_view kErrorNamespace = "urn:ietf:params:xml:ns:xcap-error";

enum class Conflict : std::uint8_t {
  unqualified,  // a 409 without a report, with an <extension>, or with one that is not understood [RFC4825 11.1]
  not_well_formed,
  not_xml_frag,
  no_parent,
  schema_validation_error,
  not_xml_att_value,
  cannot_insert,
  cannot_delete,
  uniqueness_failure,
  constraint_failure,
  not_utf_8,
};

struct NotUnique {
  std::string field;                    // a node selector, percent-coded
  std::vector<std::string> alt_values;  // what the server proposes instead

  bool operator==(const NotUnique&) const = default;
};

struct ErrorDocument {
  Conflict conflict = Conflict::unqualified;
  std::string phrase;                   // for people
  std::optional<std::string> ancestor;  // of no_parent: the closest parent that exists, a URI
  std::vector<NotUnique> not_unique;    // of uniqueness_failure

  bool operator==(const ErrorDocument&) const = default;
};

// The name of its element; empty for unqualified.
[[nodiscard]] std::string_view element_name(Conflict conflict);
// The body of a 409, whatever it is.
[[nodiscard]] ErrorDocument read_error_document(xml::Reader& reader, std::string_view body);
// Empty for unqualified: such a 409 has no body.
[[nodiscard]] std::string write_error_document(const ErrorDocument& error);

}  // namespace presentia::xcap
