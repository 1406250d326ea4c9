// What a scenario says about a value: equal text, a pattern, a bound, a list's members, presence.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace presentia::conformance {

// Empty: `values` (the lines of a header field, or one value; none: absent) fit `matcher`. Else what is wrong, as
// "is \"a\", should be \"b\"". Forms of a matcher: see tests/conformance/format.md.
std::string mismatch(const std::string& matcher, const std::vector<std::string>& values);

// Whether a matcher can be read at all (a pattern compiles, a bound has a number); else why not.
std::string unreadable_matcher(const std::string& matcher);

// The first group of /pattern/ in `text`, or the whole match; nothing where it does not match.
std::optional<std::string> extract(const std::string& pattern, const std::string& text);

// The elements of "[200, 202]" or "200".
std::vector<std::string> list_of(std::string text);

// Whether a status is 200, one of [200, 202], of the class 4xx, or any, as `wanted` says.
bool status_fits(const std::string& wanted, int status);

}  // namespace presentia::conformance
