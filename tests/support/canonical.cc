#include "tests/support/canonical.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>

#include <memory>

namespace presentia::test {

std::string canonical(std::string_view text) {
  using Owned = std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)>;
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  const Owned document(xmlReadMemory(text.data(), static_cast<int>(text.size()), "", "UTF-8", kOptions), &xmlFreeDoc);
  if (document == nullptr) return "not well-formed: " + std::string(text);
  xmlChar* bytes = nullptr;
  const int length = xmlC14NDocDumpMemory(document.get(), nullptr, XML_C14N_1_0, nullptr, 1, &bytes);
  if (length < 0) return "not canonical: " + std::string(text);
  std::string result(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  xmlFree(bytes);
  return result;
}

}  // namespace presentia::test
