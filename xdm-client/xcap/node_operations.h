// GET, PUT and DELETE of a node in the text of a document [RFC4825 8.2-8.4]: what an XCAP server does, and what a
// client does to its copy after a conditional request [RFC4825 7.11]. Pure: text in, text out, the text given is never
// changed. What a node operation does not touch stays as it is, comments and white space too. A document that cannot be
// read, or that would be more than `limits` afterwards, is 500 and constraint-failure. Not here: the application
// usage's schema and constraints [RFC4825 8.2.5], conditions (etag.h), documents that do not exist.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "as/base/result.h"
#include "as/xml/reader.h"
#include "xdm-client/xcap/error_document.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::xcap {

inline constexpr std::string_view kElementType = "application/xcap-el+xml";
inline constexpr std::string_view kAttributeType = "application/xcap-att+xml";
inline constexpr std::string_view kNamespacesType = "application/xcap-ns+xml";

struct Content {
  std::string type;  // without parameters
  std::string body;
};

struct Refusal {
  int status = 409;
  ErrorDocument report;  // of a 409
};

struct Put {
  bool created = false;  // 201, else 200
  std::string document;  // with it
};

// 404 if the node selector selects nothing or more than one element.
[[nodiscard]] base::Result<Content, Refusal> get_node(xml::Reader& reader, std::string_view document,
                                                      const NodeSelector& node, const xml::Limits& limits = {});
// Creates or replaces. 405 for namespaces, 415 for another type than the node's, 409 where a GET would not give the
// content afterwards (cannot-insert), where there is no parent, or where the content is none.
[[nodiscard]] base::Result<Put, Refusal> put_node(xml::Reader& reader, std::string_view document,
                                                  const NodeSelector& node, const Content& content,
                                                  const xml::Limits& limits = {});
// The document without the node. 409 where the selector would select another one afterwards (cannot-delete); the root
// element stays (schema-validation-error: without it there is no document).
[[nodiscard]] base::Result<std::string, Refusal> delete_node(xml::Reader& reader, std::string_view document,
                                                             const NodeSelector& node, const xml::Limits& limits = {});

// [RFC4825 8.2.2] Whether the content of a PUT of a document is one: well-formed XML in UTF-8.
[[nodiscard]] base::Result<base::Done, Refusal> check_document(xml::Reader& reader, std::string_view body,
                                                               const xml::Limits& limits = {});

// The value in an application/xcap-att+xml body, which stands in quotes; nullopt if it is no AttValue of XML.
[[nodiscard]] std::optional<std::string> attribute_value(std::string_view body);

}  // namespace presentia::xcap
