// One line of freeDiameter's log as text. Pure.
#pragma once

#include <cstdarg>
#include <string>

namespace presentia::diameter {

// The first line of what is formatted, cut to a length that a log takes; the library prints whole messages. `format`
// and `arguments` as for vprintf().
[[nodiscard]] std::string log_line(const char* format, va_list arguments);

}  // namespace presentia::diameter
