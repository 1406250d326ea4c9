// XML patches from one version of a document to the next [RFC5261; RFC5874 3]. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/xml/reader.h"

namespace presentia::xdms {

// Operations in the namespace of xcap-diff, each well-formed on its own, that make `after` of `before`, byte for byte;
// nullopt where there are none, because the versions differ outside the root element (a patch cannot change the
// prolog). What changed inside one element is not sent with all around it.
[[nodiscard]] std::optional<std::vector<std::string>> make_patch(xml::Reader& reader, std::string_view before,
                                                                 std::string_view after);

}  // namespace presentia::xdms
