// What the sources of this folder share of Xerces; not for anyone else.
#pragma once

#include <string>
#include <string_view>
#include <vector>
#include <xercesc/framework/XMLGrammarPoolImpl.hpp>
#include <xercesc/sax/SAXParseException.hpp>
#include <xercesc/sax2/DefaultHandler.hpp>
#include <xercesc/util/PlatformUtils.hpp>

#include "as/xml/reader.h"
#include "as/xml/schema.h"

namespace presentia::xml {

struct SchemaSet::Impl {
  xercesc::XMLGrammarPoolImpl pool{xercesc::XMLPlatformUtils::fgMemoryManager};  // locked once loaded
  std::vector<std::string> namespaces;
};

// Replaces `out` by the UTF-8 of `text`.
void to_utf8(std::u16string_view text, std::string& out);
[[nodiscard]] std::string to_utf8(const XMLCh* text);

[[nodiscard]] std::u16string_view view_of(const XMLCh* text);

// Thrown through Xerces by our handlers to stop it; never leaves this folder.
struct Stop {
  ParseError error;
};

}  // namespace presentia::xml
