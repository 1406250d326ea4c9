// XML text in canonical form with comments, made by a library that is not the one under test.
#pragma once

#include <string>
#include <string_view>

namespace presentia::test {

// Canonical XML 1.0 with comments, by libxml2; "not well-formed: ..." with the text itself for what that refuses.
[[nodiscard]] std::string canonical(std::string_view text);

}  // namespace presentia::test
