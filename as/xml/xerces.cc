#include "as/xml/xerces.h"

#include <xercesc/util/XMLString.hpp>

#include "as/xml/characters.h"

namespace presentia::xml {

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
