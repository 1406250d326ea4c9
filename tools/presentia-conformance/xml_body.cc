#include "tools/presentia-conformance/xml_body.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include <array>
#include <map>
#include <mutex>
#include <utility>

namespace presentia::conformance {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 12> kPrefixes{
    {{"pidf", "urn:ietf:params:xml:ns:pidf"},
     {"dm", "urn:ietf:params:xml:ns:pidf:data-model"},
     {"rpid", "urn:ietf:params:xml:ns:pidf:rpid"},
     {"cipid", "urn:ietf:params:xml:ns:pidf:cipid"},
     {"caps", "urn:ietf:params:xml:ns:pidf:caps"},
     {"ts", "urn:ietf:params:xml:ns:pidf:timed-status"},
     {"gp", "urn:ietf:params:xml:ns:pidf:geopriv10"},
     {"op", "urn:oma:xml:prs:pidf:oma-pres"},
     {"pde", "urn:oma:xml:pde:pidf:ext"},
     {"wi", "urn:ietf:params:xml:ns:watcherinfo"},
     {"x", "urn:example:x"},
     {"xml", "http://www.w3.org/XML/1998/namespace"}}};

template <typename T, void (*Free)(T*)>
struct Freed {
  void operator()(T* pointer) const { Free(pointer); }
};
using Doc = std::unique_ptr<xmlDoc, Freed<xmlDoc, xmlFreeDoc>>;
using Context = std::unique_ptr<xmlXPathContext, Freed<xmlXPathContext, xmlXPathFreeContext>>;
using Object = std::unique_ptr<xmlXPathObject, Freed<xmlXPathObject, xmlXPathFreeObject>>;
using Schema = std::unique_ptr<xmlSchema, Freed<xmlSchema, xmlSchemaFree>>;
using SchemaParser = std::unique_ptr<xmlSchemaParserCtxt, Freed<xmlSchemaParserCtxt, xmlSchemaFreeParserCtxt>>;
using Validation = std::unique_ptr<xmlSchemaValidCtxt, Freed<xmlSchemaValidCtxt, xmlSchemaFreeValidCtxt>>;
using Text = std::unique_ptr<xmlChar, void (*)(void*)>;

const xmlChar* chars(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

void collect(void* into, xmlErrorPtr error) {
  auto& texts = *static_cast<std::string*>(into);
  if (error == nullptr || error->message == nullptr || texts.size() > 500) return;
  std::string line = error->message;
  while (!line.empty() && line.back() == '\n') line.pop_back();
  texts += (texts.empty() ? "" : "; ") + line;
}

// Schemas by file, compiled once; a compiled schema serves one validation at a time here, as libxml2 promises no more.
struct Schemas {
  std::mutex mutex;
  std::map<std::string, Schema> loaded;

  xmlSchema* of(const std::string& file) {
    auto& schema = loaded[file];
    if (!schema) {
      const SchemaParser parser(xmlSchemaNewParserCtxt(file.c_str()));
      schema.reset(xmlSchemaParse(parser.get()));
    }
    return schema.get();
  }
};

Schemas& schemas() {
  static Schemas all;
  return all;
}

}  // namespace

struct XmlBody::Document {
  Doc doc;
};

XmlBody::XmlBody(std::unique_ptr<Document> document) : document_(std::move(document)) {}
XmlBody::XmlBody(XmlBody&&) noexcept = default;
XmlBody& XmlBody::operator=(XmlBody&&) noexcept = default;
XmlBody::~XmlBody() = default;

std::variant<XmlBody, std::string> XmlBody::read(const std::string& bytes) {
  std::string errors;
  xmlSetStructuredErrorFunc(&errors, collect);
  Doc doc(xmlReadMemory(bytes.data(), static_cast<int>(bytes.size()), "body.xml", nullptr, XML_PARSE_NONET));
  xmlSetStructuredErrorFunc(nullptr, nullptr);
  if (!doc) return "the body is not well-formed XML: " + errors;
  auto document = std::make_unique<Document>();
  document->doc = std::move(doc);
  return XmlBody(std::move(document));
}

std::variant<XmlBody::Value, std::string> XmlBody::evaluate(const std::string& xpath) const {
  const Context context(xmlXPathNewContext(document_->doc.get()));
  for (const auto& [prefix, uri] : kPrefixes) xmlXPathRegisterNs(context.get(), chars(prefix), chars(uri));
  std::string errors;
  context->error = collect;
  context->userData = &errors;
  const Object object(xmlXPathEvalExpression(chars(xpath.c_str()), context.get()));
  if (!object) return "the expression cannot be evaluated: " + xpath + ": " + errors;
  Value value;
  value.empty = object->type == XPATH_NODESET && xmlXPathNodeSetIsEmpty(object->nodesetval);
  const Text text(xmlXPathCastToString(object.get()), xmlFree);
  value.text = reinterpret_cast<const char*>(text.get());
  return value;
}

std::string XmlBody::invalid(const std::string& schema_file) const {
  const std::lock_guard lock(schemas().mutex);
  xmlSchema* const schema = schemas().of(schema_file);
  if (schema == nullptr) return "the schema " + schema_file + " cannot be loaded";
  std::string errors;
  const Validation validation(xmlSchemaNewValidCtxt(schema));
  xmlSchemaSetValidStructuredErrors(validation.get(), collect, &errors);
  if (xmlSchemaValidateDoc(validation.get(), document_->doc.get()) == 0) return "";
  return errors.empty() ? "the document is not valid" : errors;
}

}  // namespace presentia::conformance
