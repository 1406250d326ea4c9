#include "xdm-client/xcap/error_document.h"

#include <algorithm>
#include <array>

#include "as/xml/document.h"
#include "as/xml/writer.h"

namespace presentia::xcap {
namespace {

constexpr std::size_t kLongestBody = 65'536;
constexpr std::array<std::string_view, 11> kNames{"",
                                                  "not-well-formed",
                                                  "not-xml-frag",
                                                  "no-parent",
                                                  "schema-validation-error",
                                                  "not-xml-att-value",
                                                  "cannot-insert",
                                                  "cannot-delete",
                                                  "uniqueness-failure",
                                                  "constraint-failure",
                                                  "not-utf-8"};

NotUnique read_exists(xml::Element exists) {
  NotUnique found;
  found.field = exists.attribute("field").value_or("");
  for (const xml::Element child : exists.children())
    if (child.is(kErrorNamespace, "alt-value")) found.alt_values.push_back(child.text());
  return found;
}

ErrorDocument read_error(xml::Element element) {
  ErrorDocument error;
  const auto* const name = std::find(kNames.begin() + 1, kNames.end(), element.local());
  if (name == kNames.end() || element.ns() != kErrorNamespace) return error;
  error.conflict = static_cast<Conflict>(name - kNames.begin());
  error.phrase = element.attribute("phrase").value_or("");
  for (const xml::Element child : element.children()) {
    if (error.conflict == Conflict::no_parent && child.is(kErrorNamespace, "ancestor")) {
      error.ancestor = child.text_trimmed();
    } else if (error.conflict == Conflict::uniqueness_failure && child.is(kErrorNamespace, "exists")) {
      error.not_unique.push_back(read_exists(child));
    }
  }
  return error;
}

}  // namespace

std::string_view element_name(Conflict conflict) { return kNames.at(static_cast<std::size_t>(conflict)); }

ErrorDocument read_error_document(xml::Reader& reader, std::string_view body) {
  if (body.empty() || body.size() > kLongestBody) return {};
  const auto document = reader.parse(body);
  if (!document || !(*document)->root().is(kErrorNamespace, "xcap-error")) return {};
  const xml::Element element = (*document)->root().first_child();
  return element ? read_error(element) : ErrorDocument{};
}

std::string write_error_document(const ErrorDocument& error) {
  if (error.conflict == Conflict::unqualified) return {};
  constexpr std::array kUsual{xml::UsualPrefix{kErrorNamespace, ""}};
  xml::Writer writer(kUsual);
  writer.begin(kErrorNamespace, "xcap-error").begin(kErrorNamespace, element_name(error.conflict));
  if (!error.phrase.empty()) writer.attribute("phrase", error.phrase);
  if (error.conflict == Conflict::no_parent && error.ancestor)
    writer.element(kErrorNamespace, "ancestor", *error.ancestor);
  if (error.conflict == Conflict::uniqueness_failure) {
    for (const NotUnique& not_unique : error.not_unique) {
      writer.begin(kErrorNamespace, "exists").attribute("field", not_unique.field);
      for (const std::string& value : not_unique.alt_values) writer.element(kErrorNamespace, "alt-value", value);
      writer.end();
    }
  }
  return writer.end().end().finish();
}

}  // namespace presentia::xcap
