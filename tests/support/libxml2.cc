#include "tests/support/libxml2.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include <memory>

namespace presentia::test {
namespace {

using OwnedDocument = std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)>;
using OwnedContext = std::unique_ptr<xmlXPathContext, decltype(&xmlXPathFreeContext)>;
using OwnedResult = std::unique_ptr<xmlXPathObject, decltype(&xmlXPathFreeObject)>;

OwnedDocument read(std::string_view text) {
  // CDATA sections are text in the data model of XPath and in canonical form
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
  return {xmlReadMemory(text.data(), static_cast<int>(text.size()), "", "UTF-8", kOptions), &xmlFreeDoc};
}

std::string taken(xmlChar* bytes) {
  std::string text(bytes == nullptr ? "" : reinterpret_cast<const char*>(bytes));
  xmlFree(bytes);
  return text;
}

}  // namespace

std::string canonical(std::string_view text) {
  const OwnedDocument document = read(text);
  if (document == nullptr) return "not well-formed: " + std::string(text);
  xmlChar* bytes = nullptr;
  const int length = xmlC14NDocDumpMemory(document.get(), nullptr, XML_C14N_1_0, nullptr, 1, &bytes);
  return length < 0 ? "not canonical: " + std::string(text) : taken(bytes);
}

std::vector<std::string> xpath(std::string_view text, const std::string& expression) {
  const OwnedDocument document = read(text);
  const OwnedContext context(xmlXPathNewContext(document.get()), &xmlXPathFreeContext);
  const OwnedResult result(xmlXPathEvalExpression(reinterpret_cast<const xmlChar*>(expression.c_str()), context.get()),
                           &xmlXPathFreeObject);
  std::vector<std::string> values;
  if (result == nullptr || result->nodesetval == nullptr) return values;
  xmlXPathNodeSetSort(result->nodesetval);
  for (int i = 0; i < result->nodesetval->nodeNr; ++i)
    values.push_back(taken(xmlXPathCastNodeToString(result->nodesetval->nodeTab[i])));
  return values;
}

bool is_valid(std::string_view text, const std::string& schema_file) {
  const std::unique_ptr<xmlSchemaParserCtxt, decltype(&xmlSchemaFreeParserCtxt)> parser(
      xmlSchemaNewParserCtxt(schema_file.c_str()), &xmlSchemaFreeParserCtxt);
  const std::unique_ptr<xmlSchema, decltype(&xmlSchemaFree)> schema(xmlSchemaParse(parser.get()), &xmlSchemaFree);
  const std::unique_ptr<xmlSchemaValidCtxt, decltype(&xmlSchemaFreeValidCtxt)> validator(
      xmlSchemaNewValidCtxt(schema.get()), &xmlSchemaFreeValidCtxt);
  const OwnedDocument document = read(text);
  return document != nullptr && schema != nullptr && xmlSchemaValidateDoc(validator.get(), document.get()) == 0;
}

}  // namespace presentia::test
