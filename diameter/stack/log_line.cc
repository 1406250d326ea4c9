#include "diameter/stack/log_line.h"

#include <array>
#include <cstdio>

namespace presentia::diameter {

std::string log_line(const char* format, va_list arguments) {
  std::array<char, 256> text{};
  const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
  std::string line = length < 0 ? "" : text.data();
  if (const std::size_t end = line.find_first_of("\r\n"); end != std::string::npos) line.resize(end);
  return line;
}

}  // namespace presentia::diameter
