// The application usages that the server knows [RFC4825 5]: what their documents are and what must hold in them beyond
// the schemas. Pure.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "as/xml/document.h"
#include "xdm-client/xcap/error_document.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::xdms {

enum class Constraints { none, lists, services };

struct Usage {
  std::string_view auid;
  std::string_view type;           // of its documents
  std::string_view ns;             // default document namespace of selectors
  std::string_view root_ns, root;  // of its documents
  Constraints constraints = Constraints::none;
};

[[nodiscard]] std::span<const Usage> usages();
// nullptr: not understood, 404 [RFC4825 8].
[[nodiscard]] const Usage* find_usage(std::string_view auid);

// Whether a document other than the one that is checked has a service of that URI [RFC4826 4.4.5].
using ServiceTaken = std::function<bool(std::string_view uri)>;

// What is wrong with a document that is valid by its schema: another root element (a schema has no rule for that),
// values that are not unique, URIs of the wrong form [RFC4826 3.4.5, 4.4.5]. nullopt: nothing.
[[nodiscard]] std::optional<xcap::ErrorDocument> broken_constraint(const Usage& usage,
                                                                   const xcap::DocumentSelector& where,
                                                                   const xml::Document& document,
                                                                   const ServiceTaken& taken);

}  // namespace presentia::xdms
