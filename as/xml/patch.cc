#include "as/xml/patch.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "as/xml/patch_operation.h"
#include "as/xml/writer.h"

namespace presentia::xml {
namespace {

constexpr std::array<std::string_view, 14> kNames{"invalid-attribute-value",
                                                  "invalid-character-set",
                                                  "invalid-diff-format",
                                                  "invalid-entity-declaration",
                                                  "invalid-namespace-prefix",
                                                  "invalid-namespace-uri",
                                                  "invalid-node-types",
                                                  "invalid-patch-directive",
                                                  "invalid-root-element-operation",
                                                  "invalid-xml-prolog-operation",
                                                  "invalid-whitespace-directive",
                                                  "unlocated-node",
                                                  "unsupported-id-function",
                                                  "unsupported-xml-id"};

base::Unexpected<PatchError> refuse(PatchFault fault, std::size_t operation, std::string phrase) {
  return base::Unexpected{PatchError{fault, operation, std::move(phrase)}};
}

PatchFault fault_of(const ParseError& error) {
  return error.reason == "xml.encoding" ? PatchFault::invalid_character_set : PatchFault::invalid_diff_format;
}

bool is_operation(std::string_view local) { return local == "add" || local == "replace" || local == "remove"; }

}  // namespace

std::string_view error_name(PatchFault fault) { return kNames.at(static_cast<std::size_t>(fault)); }

std::string patch_error_document(const PatchError& error) {
  constexpr std::array kUsual{UsualPrefix{kPatchErrorNamespace, ""}};
  Writer writer(kUsual);
  writer.begin(kPatchErrorNamespace, "patch-ops-error").begin(kPatchErrorNamespace, error_name(error.fault));
  if (!error.phrase.empty()) writer.attribute("phrase", error.phrase);
  return writer.end().end().finish();
}

std::optional<std::vector<std::string>> patch_operations(const EditableDocument& patch, NodeId parent,
                                                         std::size_t max_bytes) {
  std::vector<std::string> operations;
  for (const NodeId child : patch.child_elements(parent)) {
    if (patch.ns(child) != patch.ns(parent) || !is_operation(patch.local(child))) continue;
    operations.push_back(patch.standalone(child));
    if (operations.back().size() > max_bytes) return std::nullopt;
    max_bytes -= operations.back().size();
  }
  return operations;
}

base::Result<std::string, PatchError> apply_patch(Reader& reader, std::string_view document,
                                                  std::span<const std::string> operations, const PatchLimits& limits) {
  if (document.size() > limits.max_bytes)
    return refuse(PatchFault::invalid_diff_format, 0, "the document is too large");
  if (operations.size() > limits.max_operations)
    return refuse(PatchFault::invalid_diff_format, limits.max_operations, "too many operations");
  auto target = EditableDocument::read(reader, document, limits.xml);
  if (!target) return refuse(fault_of(target.error()), 0, "the document cannot be read: " + target.error().text);

  std::size_t size = document.size();
  for (std::size_t i = 0; i < operations.size(); ++i) {
    size += operations[i].size();
    if (size > limits.max_bytes) return refuse(PatchFault::invalid_diff_format, i, "the result is too large");
    const auto patch = EditableDocument::read(reader, operations[i], limits.xml);
    if (!patch) return refuse(fault_of(patch.error()), i, patch.error().text);
    if (auto failure = PatchOperation(*patch, *target).apply()) return refuse(failure->fault, i, failure->phrase);
  }
  std::string result = target->text();
  const auto checked = reader.parse(result, limits.xml);
  if (!checked)
    return refuse(PatchFault::invalid_diff_format, operations.size(), "the result: " + checked.error().text);
  return result;
}

}  // namespace presentia::xml
