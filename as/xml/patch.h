// XML patches [RFC5261]: add, replace and remove, applied to the text of a document.
//
// What comes out: everything that no operation touched is byte for byte what it was (ends of lines apart), so the
// result has the canonical form that the maker of the patch meant if, and only if, the text patched had the canonical
// form that the patch was made for. Nothing in a patch proves that: whoever keeps a patched copy has to know that its
// base was the right one (an entity-tag says so) and to read the whole document again where it has doubts.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/xml/edit.h"
#include "as/xml/reader.h"

namespace presentia::xml {

inline constexpr std::string_view kPatchErrorNamespace = "urn:ietf:params:xml:ns:patch-ops-error";

enum class PatchFault {  // [RFC5261 5.1]
  invalid_attribute_value,
  invalid_character_set,
  invalid_diff_format,
  invalid_entity_declaration,
  invalid_namespace_prefix,
  invalid_namespace_uri,
  invalid_node_types,
  invalid_patch_directive,
  invalid_root_element_operation,
  invalid_xml_prolog_operation,
  invalid_whitespace_directive,
  unlocated_node,
  unsupported_id_function,
  unsupported_xml_id,
};

struct PatchError {
  PatchFault fault = PatchFault::invalid_diff_format;
  std::size_t operation = 0;  // the one that failed, from 0
  std::string phrase;         // for people
};

struct PatchLimits {
  std::size_t max_operations = 256;
  std::size_t max_bytes = 1 << 20;  // of the document, before and after every operation
  Limits xml;                       // of the document and of each operation
};

// The name of its error element, as "unlocated-node".
[[nodiscard]] std::string_view error_name(PatchFault fault);
// A <patch-ops-error> document [RFC5261 5.1].
[[nodiscard]] std::string patch_error_document(const PatchError& error);

// The operations inside `parent`: its child elements <add>, <replace> and <remove> of its own namespace, in order, each
// as text on its own, with the namespaces in scope. Other elements are not operations and are left out. nullopt if that
// is more than `max_bytes`: a small patch with many declarations can make much text.
[[nodiscard]] std::optional<std::vector<std::string>> patch_operations(const EditableDocument& patch, NodeId parent,
                                                                       std::size_t max_bytes = 4 << 20);

// Applies `operations`, in order, to `document`, and gives the new text, well-formed and within the limits; all of them
// or none. id() is not supported: without schemas no attribute is known to be an ID.
[[nodiscard]] base::Result<std::string, PatchError> apply_patch(Reader& reader, std::string_view document,
                                                                std::span<const std::string> operations,
                                                                const PatchLimits& limits = {});

}  // namespace presentia::xml
