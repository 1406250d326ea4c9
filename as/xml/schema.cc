#include "as/xml/schema.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <utility>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/parsers/SAX2XMLReaderImpl.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/XMLEntityResolver.hpp>
#include <xercesc/util/XMLResourceIdentifier.hpp>
#include <xercesc/util/XMLUni.hpp>
#include <xercesc/validators/common/Grammar.hpp>
#include <xercesc/validators/schema/ComplexTypeInfo.hpp>
#include <xercesc/validators/schema/SchemaGrammar.hpp>

#include "as/xml/xerces.h"

namespace presentia::xml {
namespace {

using xercesc::XMLUni;

constexpr std::string_view kXsd = "http://www.w3.org/2001/XMLSchema";
constexpr Limits kSchemaLimits{.max_depth = 64, .max_elements = 100'000, .max_attributes = 64};

struct SchemaFile {
  std::string name;  // file name without folder
  std::string text;
  std::string target;                 // namespace, may be empty
  std::vector<std::string> imports;   // namespaces
  std::vector<std::string> includes;  // file names without folder
};
using SchemaFiles = std::vector<SchemaFile>;

std::string base_name(std::string_view location) {
  return std::string(location.substr(location.find_last_of('/') + 1));  // npos + 1 is 0
}

base::Unexpected<SchemaError> failure(std::string file, std::uint64_t line, std::string text) {
  return base::Unexpected{SchemaError{std::move(file), line, std::move(text)}};
}

base::Result<SchemaFile, SchemaError> describe(std::string name, std::string text) {
  Reader reader;
  const auto parsed = reader.parse(text, kSchemaLimits);
  if (!parsed) return failure(name, parsed.error().line, parsed.error().text);
  const Element root = (*parsed)->root();
  if (!root.is(kXsd, "schema")) return failure(name, root.line(), "is no XML schema");
  SchemaFile file{
      std::move(name), std::move(text), std::string(root.attribute("targetNamespace").value_or("")), {}, {}};
  for (const Element child : root.children()) {
    if (child.is(kXsd, "import")) file.imports.emplace_back(child.attribute("namespace").value_or(""));
    if (child.is(kXsd, "include") || child.is(kXsd, "redefine")) {
      file.includes.push_back(base_name(child.attribute("schemaLocation").value_or("")));
    }
  }
  return file;
}

base::Result<SchemaFiles, SchemaError> read_folder(const std::string& folder) {
  std::set<std::filesystem::path> paths;  // in a fixed order
  std::error_code trouble;
  for (const auto& entry : std::filesystem::directory_iterator(folder, trouble)) {
    if (entry.path().extension() == ".xsd") paths.insert(entry.path());
  }
  if (trouble) return failure(folder, 0, "cannot be read: " + trouble.message());
  if (paths.empty()) return failure(folder, 0, "has no .xsd file");
  SchemaFiles files;
  for (const auto& path : paths) {
    std::ostringstream text;
    std::ifstream in(path, std::ios::binary);
    if (!in || !(text << in.rdbuf())) return failure(path.string(), 0, "cannot be read");
    auto file = describe(path.filename().string(), text.str());
    if (!file) return base::Unexpected{std::move(file).error()};
    files.push_back(*std::move(file));
  }
  return files;
}

// The files to load, each namespace once, after what it imports where that is possible.
class Order {
 public:
  explicit Order(const SchemaFiles& files) : files_(files) {}

  base::Result<std::vector<const SchemaFile*>, SchemaError> make() {
    std::set<std::string> included;
    for (const SchemaFile& file : files_) included.insert(file.includes.begin(), file.includes.end());
    for (const SchemaFile& file : files_) {
      if (file.target.empty() || included.contains(file.name)) continue;
      const auto [it, fresh] = by_namespace_.emplace(file.target, &file);
      if (!fresh) return failure(file.name, 0, "has the same target namespace as " + it->second->name);
    }
    for (const auto& [ns, file] : by_namespace_) visit(*file);
    if (!missing_.text.empty()) return base::Unexpected{missing_};
    return ordered_;
  }

 private:
  void visit(const SchemaFile& file) {
    if (!visited_.insert(&file).second) return;
    for (const std::string& ns : file.imports) {
      const auto it = by_namespace_.find(ns);
      if (it == by_namespace_.end()) {
        missing_ = {file.name, 0, "imports the namespace " + ns + ", for which there is no file"};
      } else {
        visit(*it->second);
      }
    }
    ordered_.push_back(&file);
  }

  const SchemaFiles& files_;
  std::map<std::string, const SchemaFile*> by_namespace_;
  std::set<const SchemaFile*> visited_;
  std::vector<const SchemaFile*> ordered_;
  SchemaError missing_;
};

std::unique_ptr<xercesc::InputSource> source_of(const SchemaFile& file) {
  const std::u16string id(file.name.begin(), file.name.end());
  auto source = std::make_unique<xercesc::MemBufInputSource>(reinterpret_cast<const XMLByte*>(file.text.data()),
                                                             file.text.size(), id.c_str(), false);
  source->setCopyBufToStream(false);
  return source;
}

// Answers every import and include from the folder, so that nothing is looked for elsewhere.
class Resolver final : public xercesc::XMLEntityResolver {
 public:
  explicit Resolver(const SchemaFiles& files) : files_(files) {}
  xercesc::InputSource* resolveEntity(xercesc::XMLResourceIdentifier* wanted) override {
    const std::string ns = to_utf8(wanted->getNameSpace());
    const std::string name = base_name(to_utf8(wanted->getSystemId()));
    for (const SchemaFile& file : files_) {
      if (file.name == name) return source_of(file).release();
    }
    for (const SchemaFile& file : files_) {
      if (!ns.empty() && file.target == ns) return source_of(file).release();
    }
    return nullptr;
  }

 private:
  const SchemaFiles& files_;
};

class ErrorHandler final : public xercesc::DefaultHandler {
 public:
  void warning(const xercesc::SAXParseException&) override {}
  void error(const xercesc::SAXParseException& fault) override { fatalError(fault); }
  void fatalError(const xercesc::SAXParseException& fault) override {
    throw Stop{{fault.getLineNumber(), fault.getColumnNumber(), to_utf8(fault.getMessage()),
                base_name(to_utf8(fault.getSystemId()))}};
  }
};

// Xerces makes a type's content model when it is first needed, also in a locked pool, where several threads then do so
// at once: they are all made here.
void build_content_models(xercesc::XMLGrammarPool& pool) {
  auto grammars = pool.getGrammarEnumerator();
  while (grammars.hasMoreElements()) {
    xercesc::Grammar& grammar = grammars.nextElement();
    if (grammar.getGrammarType() != xercesc::Grammar::SchemaGrammarType) continue;
    auto* types = static_cast<xercesc::SchemaGrammar&>(grammar).getComplexTypeRegistry();
    if (types == nullptr) continue;
    xercesc::RefHashTableOfEnumerator<xercesc::ComplexTypeInfo> all(types);
    while (all.hasMoreElements()) static_cast<void>(all.nextElement().getContentModel());
  }
}

void compile(const SchemaFiles& files, const std::vector<const SchemaFile*>& ordered, SchemaSet::Impl& into) {
  const auto parser =
      std::make_unique<xercesc::SAX2XMLReaderImpl>(xercesc::XMLPlatformUtils::fgMemoryManager, &into.pool);
  Resolver resolver(files);
  ErrorHandler handler;
  parser->setFeature(XMLUni::fgSAX2CoreNameSpaces, true);
  parser->setFeature(XMLUni::fgSAX2CoreValidation, true);
  parser->setFeature(XMLUni::fgXercesSchema, true);
  parser->setFeature(XMLUni::fgXercesUseCachedGrammarInParse, true);
  parser->setFeature(XMLUni::fgXercesDisableDefaultEntityResolution, true);
  parser->setXMLEntityResolver(&resolver);
  parser->setErrorHandler(&handler);
  for (const SchemaFile* file : ordered) {
    if (parser->loadGrammar(*source_of(*file), xercesc::Grammar::SchemaGrammarType, true) == nullptr) {
      throw Stop{{0, 0, "is no usable schema", file->name}};
    }
    into.namespaces.push_back(file->target);
  }
  build_content_models(into.pool);
  into.pool.lockPool();
}

}  // namespace

SchemaSet::SchemaSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SchemaSet::~SchemaSet() = default;

const std::vector<std::string>& SchemaSet::namespaces() const { return impl_->namespaces; }

base::Result<std::shared_ptr<const SchemaSet>, SchemaError> SchemaSet::load(const std::string& folder) {
  if (!initialize()) return failure(folder, 0, "the XML library does not start");
  auto files = read_folder(folder);
  if (!files) return base::Unexpected{std::move(files).error()};
  auto ordered = Order(*files).make();
  if (!ordered) return base::Unexpected{std::move(ordered).error()};
  auto impl = std::make_unique<Impl>();
  try {
    compile(*files, *ordered, *impl);
  } catch (Stop& stop) {
    return failure(std::move(stop.error.reason), stop.error.line, std::move(stop.error.text));
  } catch (const xercesc::XMLException& fault) {
    return failure(folder, fault.getSrcLine(), to_utf8(fault.getMessage()));
  } catch (const xercesc::SAXException& fault) {
    return failure(folder, 0, to_utf8(fault.getMessage()));
  } catch (const xercesc::OutOfMemoryException&) {
    return failure(folder, 0, "out of memory");
  }
  return std::shared_ptr<const SchemaSet>(new SchemaSet(std::move(impl)));
}

}  // namespace presentia::xml
