// UTF-8, references and names of XML as text, for what reads or changes XML text itself.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace presentia::xml {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD, for what is no UTF-8

void append_utf8(std::string& out, char32_t character);
// The length of the UTF-8 sequence at the start of `text` (not ASCII), 0 if it is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);

[[nodiscard]] bool is_space(char c);
[[nodiscard]] bool is_blank(std::string_view text);  // nothing but white space
// The length of the NCName at the start of `text`, 0 if there is none. Every character beyond ASCII is taken for one of
// a name.
[[nodiscard]] std::size_t ncname_length(std::string_view text);
[[nodiscard]] bool is_ncname(std::string_view text);

// What raw character data stands for: references and CDATA sections resolved; in an attribute also white space made
// blanks [XML 3.3.3]. nullopt for '&' without a reference to a character or to one of the five entities of XML.
[[nodiscard]] std::optional<std::string> unescaped(std::string_view raw, bool in_attribute);

}  // namespace presentia::xml
