#include "xdm-client/xcap/percent.h"

#include <algorithm>
#include <charconv>

#include "as/xml/characters.h"

namespace presentia::xcap {
namespace {

bool is_pchar(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || std::string_view("-._~!$&'()*+,;=:@").find(c) != std::string_view::npos;
}

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (code < 0x20 && !xml::is_space(c)) || code == 0x7f;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned code = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) return std::nullopt;
    out += static_cast<char>(code);
    i += 2;
  }
  if (!xml::is_utf8(out) || std::any_of(out.begin(), out.end(), is_control)) return std::nullopt;
  return out;
}

std::string percent_encoded(std::string_view text, std::string_view more) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_pchar(c) || more.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto code = static_cast<unsigned char>(c);
    out.append(1, '%').append(1, kDigits[code >> 4U]).append(1, kDigits[code & 0xFU]);
  }
  return out;
}

}  // namespace presentia::xcap
