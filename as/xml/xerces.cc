#include "as/xml/xerces.h"

#include <xercesc/util/XMLString.hpp>

namespace presentia::xml {
namespace {

void append_utf8(std::string& out, char32_t c) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80U | ((c >> shift) & 0x3FU)); };
  if (c < 0x800) {
    out += static_cast<char>(0xC0U | (c >> 6));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0U | (c >> 12));
    tail(6);
  } else {
    out += static_cast<char>(0xF0U | (c >> 18));
    tail(12);
    tail(6);
  }
  tail(0);
}

}  // namespace

void to_utf8(std::u16string_view text, std::string& out) {
  out.resize(text.size());
  std::size_t ascii = 0;
  while (ascii < text.size() && text[ascii] < 0x80) {
    out[ascii] = static_cast<char>(text[ascii]);
    ++ascii;
  }
  out.resize(ascii);
  for (std::size_t i = ascii; i < text.size(); ++i) {
    char32_t c = text[i];
    if (c < 0x80) {
      out += static_cast<char>(c);
      continue;
    }
    const bool pair = (c & 0xFC00U) == 0xD800U && i + 1 < text.size();  // Xerces has checked that they are pairs
    if (pair) c = 0x10000U + ((c & 0x3FFU) << 10) + (text[++i] & 0x3FFU);
    append_utf8(out, c);
  }
}

std::string to_utf8(const XMLCh* text) {
  std::string out;
  if (text != nullptr) to_utf8(view_of(text), out);
  return out;
}

std::u16string_view view_of(const XMLCh* text) {
  return text == nullptr ? std::u16string_view() : std::u16string_view(text, xercesc::XMLString::stringLen(text));
}

}  // namespace presentia::xml
