// What is fixed for each XCAP application usage that we ask for [RFC4825 5]: its media type and its default namespace.
#pragma once

#include <string>
#include <string_view>

namespace presentia::xdm {

// Lower case, without parameters and blanks.
[[nodiscard]] std::string media_type(std::string_view content_type);
// Whether `type`, as media_type() gives it, may be that of a document of the usage: the one that its specification
// names; of a usage that we do not know any XML. Never an empty one: RFC 4825 wants a type in every answer, and what
// has none may be the page of some proxy [RFC4825 13].
[[nodiscard]] bool is_type_of(std::string_view auid, std::string_view type);
// For node selectors [RFC4825 5.3]; empty for none.
[[nodiscard]] std::string_view default_namespace(std::string_view auid);

}  // namespace presentia::xdm
