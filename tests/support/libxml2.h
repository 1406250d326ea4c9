// What another XML library than the one under test says about XML text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace presentia::test {

// Canonical XML 1.0 with comments; "not well-formed: ..." with the text itself for what is refused.
[[nodiscard]] std::string canonical(std::string_view text);

// The string values of the nodes that an XPath 1.0 expression selects, in document order.
[[nodiscard]] std::vector<std::string> xpath(std::string_view text, const std::string& expression);

// Whether XML text is valid by a schema.
[[nodiscard]] bool is_valid(std::string_view text, const std::string& schema_file);

}  // namespace presentia::test
