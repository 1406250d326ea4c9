#include "as/xml/characters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace presentia::xml {
namespace {

constexpr std::string_view kCdata = "<![CDATA[", kCdataEnd = "]]>";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool starts_name(char c) { return is_letter(c) || c == '_' || is_beyond_ascii(c); }
bool goes_on_name(char c) { return starts_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

bool is_character(std::uint32_t c) {  // [XML 2.2]
  return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) ||
         (c >= 0x10000 && c < 0x110000);
}

// `name`: what stands between '&' and ';'.
bool append_reference(std::string& out, std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
      {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [entity, character] : kEntities) {
    if (entity == name) {
      out += character;
      return true;
    }
  }
  if (!name.starts_with('#')) return false;
  const bool hexadecimal = name.starts_with("#x");
  name.remove_prefix(hexadecimal ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
  if (name.empty() || error != std::errc{} || end != name.data() + name.size() || !is_character(code)) return false;
  append_utf8(out, code);
  return true;
}

}  // namespace

void append_utf8(std::string& out, char32_t character) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80U | ((character >> shift) & 0x3FU)); };
  if (character < 0x80) {
    out += static_cast<char>(character);
    return;
  }
  if (character < 0x800) {
    out += static_cast<char>(0xC0U | (character >> 6));
  } else if (character < 0x10000) {
    out += static_cast<char>(0xE0U | (character >> 12));
    tail(6);
  } else {
    out += static_cast<char>(0xF0U | (character >> 18));
    tail(12);
    tail(6);
  }
  tail(0);
}

std::size_t utf8_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length), is_continuation)) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool outside = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || outside ? 0 : length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = is_beyond_ascii(text.front()) ? utf8_length(text) : 1;
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_blank(std::string_view text) { return std::all_of(text.begin(), text.end(), is_space); }

std::size_t ncname_length(std::string_view text) {
  if (text.empty() || !starts_name(text.front())) return 0;
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), goes_on_name) - text.begin());
}

bool is_ncname(std::string_view text) { return !text.empty() && ncname_length(text) == text.size(); }

std::optional<std::string> unescaped(std::string_view raw, bool in_attribute) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '&') {
      const std::size_t end = raw.find(';', i);
      if (end == std::string_view::npos || !append_reference(out, raw.substr(i + 1, end - i - 1))) return std::nullopt;
      i = end;
    } else if (!in_attribute && raw.substr(i).starts_with(kCdata)) {
      const std::size_t from = i + kCdata.size(), end = std::min(raw.find(kCdataEnd, from), raw.size());
      out += raw.substr(from, end - from);
      i = end + kCdataEnd.size() - 1;
    } else {
      out += in_attribute && is_space(raw[i]) ? ' ' : raw[i];
    }
  }
  return out;
}

}  // namespace presentia::xml
