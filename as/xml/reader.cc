#include "as/xml/reader.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/sax/Locator.hpp>
#include <xercesc/sax2/Attributes.hpp>
#include <xercesc/sax2/SAX2XMLReader.hpp>
#include <xercesc/sax2/XMLReaderFactory.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/XMLUni.hpp>

#include "as/xml/xerces.h"

namespace presentia::xml {
namespace {

using xercesc::XMLUni;

// The XML declaration, which Xerces is told to ignore: the encoding is forced to UTF-8, so a document that claims
// another one, which need not be accepted [RFC3863 7], is only read where the difference cannot matter.
struct Prolog {
  bool other_version = false;
  bool other_encoding = false;
};

std::string_view pseudo_attribute(std::string_view declaration, std::string_view name) {
  const std::size_t at = declaration.find(name);
  if (at == std::string_view::npos) return {};
  const std::size_t open = declaration.find_first_of("\"'", at);
  if (open == std::string_view::npos) return {};
  const std::size_t close = declaration.find(declaration[open], open + 1);
  return close == std::string_view::npos ? std::string_view() : declaration.substr(open + 1, close - open - 1);
}

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y; });
}

Prolog read_prolog(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (!bytes.starts_with("<?xml ")) return {};
  const std::string_view declaration = bytes.substr(0, bytes.find("?>"));
  const std::string_view version = pseudo_attribute(declaration, "version");
  const std::string_view encoding = pseudo_attribute(declaration, "encoding");
  const bool utf8 = encoding.empty() || equal_ignoring_case(encoding, "utf-8") ||
                    equal_ignoring_case(encoding, "utf8") || equal_ignoring_case(encoding, "us-ascii") ||
                    equal_ignoring_case(encoding, "ascii");
  const bool ascii =
      std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return {!version.empty() && version != "1.0", !utf8 && !ascii};
}

// True if the text fails because of a DOCTYPE: one stands before the first element.
bool has_doctype(std::string_view bytes) {
  for (std::size_t at = bytes.find('<'); at != std::string_view::npos; at = bytes.find('<', at + 1)) {
    const std::string_view rest = bytes.substr(at);
    if (rest.starts_with("<!DOCTYPE")) return true;
    if (!rest.starts_with("<?") && !rest.starts_with("<!--")) return false;
    at = bytes.find(rest.starts_with("<?") ? "?>" : "-->", at);
    if (at == std::string_view::npos) return false;
  }
  return false;
}

// Names as Xerces reports them, mapped to names of the document being built without making UTF-8 of them every time.
class NameTable {
 public:
  void clear() {
    heads_.fill(-1);
    entries_.clear();
    text_.clear();
  }
  std::uint32_t find(DocumentBuilder& builder, std::u16string_view uri, std::u16string_view qname) {
    const std::size_t hash = std::hash<std::u16string_view>{}(qname) % heads_.size();
    for (int i = heads_[hash]; i >= 0; i = entries_[static_cast<std::size_t>(i)].next) {
      const Entry& entry = entries_[static_cast<std::size_t>(i)];
      const std::u16string_view all(text_);
      if (all.substr(entry.at, entry.qname) == qname && all.substr(entry.at + entry.qname, entry.uri) == uri) {
        return entry.name;
      }
    }
    to_utf8(uri, uri_);
    to_utf8(qname, qname_);
    const std::size_t colon = qname_.find(':');
    const std::string_view whole(qname_);
    const std::uint32_t name = colon == std::string::npos
                                   ? builder.intern(uri_, {}, whole)
                                   : builder.intern(uri_, whole.substr(0, colon), whole.substr(colon + 1));
    entries_.push_back({text_.size(), qname.size(), uri.size(), name, heads_[hash]});
    heads_[hash] = static_cast<int>(entries_.size()) - 1;
    text_.append(qname).append(uri);
    return name;
  }

 private:
  struct Entry {
    std::size_t at, qname, uri;  // in text_
    std::uint32_t name;
    int next;
  };
  std::array<int, 64> heads_{};
  std::vector<Entry> entries_;
  std::u16string text_;
  std::string uri_, qname_;
};

ParseError error_of(const xercesc::SAXParseException& fault, std::string reason) {
  return {fault.getLineNumber(), fault.getColumnNumber(), to_utf8(fault.getMessage()), std::move(reason)};
}

// Builds the document from SAX events and stops at the first fault or limit.
class Handler final : public xercesc::DefaultHandler {
 public:
  void begin(std::size_t text_size, const Limits& limits) {
    builder_ = DocumentBuilder(text_size);
    limits_ = limits;
    elements_ = 0;
    names_.clear();
  }
  DocumentPtr finish() { return builder_.finish(); }

  void setDocumentLocator(const xercesc::Locator* const locator) override { locator_ = locator; }
  void startPrefixMapping(const XMLCh* const prefix, const XMLCh* const uri) override {
    to_utf8(view_of(prefix), prefix_);
    to_utf8(view_of(uri), text_);
    builder_.declare(prefix_, text_);
  }
  void startElement(const XMLCh* const uri, const XMLCh* const, const XMLCh* const qname,
                    const xercesc::Attributes& attributes) override {
    const std::size_t count = attributes.getLength();
    if (builder_.depth() >= limits_.max_depth) stop("xml.too-deep", "elements are nested too deeply");
    if (++elements_ > limits_.max_elements) stop("xml.too-many-elements", "too many elements");
    if (count > limits_.max_attributes) stop("xml.too-many-attributes", "too many attributes in one element");
    builder_.start(names_.find(builder_, view_of(uri), view_of(qname)),
                   static_cast<std::uint32_t>(locator_ == nullptr ? 0 : locator_->getLineNumber()));
    for (std::size_t i = 0; i < count; ++i) {
      to_utf8(view_of(attributes.getValue(i)), text_);
      builder_.attribute(names_.find(builder_, view_of(attributes.getURI(i)), view_of(attributes.getQName(i))), text_);
    }
  }
  void endElement(const XMLCh* const, const XMLCh* const, const XMLCh* const) override { builder_.end(); }
  void characters(const XMLCh* const chars, const XMLSize_t length) override {
    to_utf8({chars, length}, text_);
    builder_.text(text_);
  }
  void warning(const xercesc::SAXParseException&) override {}
  void error(const xercesc::SAXParseException& fault) override { throw Stop{error_of(fault, "xml.invalid")}; }
  void fatalError(const xercesc::SAXParseException& fault) override { throw Stop{error_of(fault, "xml.malformed")}; }

 private:
  [[noreturn]] void stop(const char* reason, const char* text) const {
    const bool placed = locator_ != nullptr;
    throw Stop{{placed ? locator_->getLineNumber() : 0, placed ? locator_->getColumnNumber() : 0, text, reason}};
  }

  DocumentBuilder builder_;
  Limits limits_;
  std::size_t elements_ = 0;
  NameTable names_;
  const xercesc::Locator* locator_ = nullptr;
  std::string text_, prefix_;
};

}  // namespace

bool initialize() {
  static const bool done = [] {
    // Every scanner of Xerces takes a DOCTYPE for a syntax error where this is set.
    if (setenv("XERCES_DISABLE_DTD", "1", 1) != 0) return false;
    try {
      xercesc::XMLPlatformUtils::Initialize();
    } catch (const xercesc::XMLException&) {
      return false;
    }
    return true;
  }();
  return done;
}

struct Reader::Impl {
  SchemaSetPtr schemas;
  Handler handler;
  std::unique_ptr<xercesc::SAX2XMLReader> parser;
};

Reader::Reader(SchemaSetPtr schemas) {
  static_cast<void>(initialize());  // for tests without a main() of ours
  impl_ = std::make_unique<Impl>();
  impl_->schemas = std::move(schemas);
  const bool validate = impl_->schemas != nullptr;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): a locked pool is not changed by its readers
  auto* pool = validate ? const_cast<xercesc::XMLGrammarPoolImpl*>(&impl_->schemas->impl().pool) : nullptr;
  impl_->parser.reset(xercesc::XMLReaderFactory::createXMLReader(xercesc::XMLPlatformUtils::fgMemoryManager, pool));
  xercesc::SAX2XMLReader& parser = *impl_->parser;
  // The scanner first: to change it resets the features. SG is the only one with linear cost in attributes.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): Xerces takes every property as void*
  parser.setProperty(XMLUni::fgXercesScannerName, const_cast<XMLCh*>(XMLUni::fgSGXMLScanner));
  parser.setFeature(XMLUni::fgSAX2CoreNameSpaces, true);
  parser.setFeature(XMLUni::fgSAX2CoreNameSpacePrefixes, false);
  parser.setFeature(XMLUni::fgSAX2CoreValidation, validate);
  parser.setFeature(XMLUni::fgXercesDynamic, false);
  parser.setFeature(XMLUni::fgXercesSchema, validate);
  parser.setFeature(XMLUni::fgXercesLoadSchema, false);
  parser.setFeature(XMLUni::fgXercesUseCachedGrammarInParse, validate);
  parser.setFeature(XMLUni::fgXercesIdentityConstraintChecking, false);
  parser.setFeature(XMLUni::fgXercesLoadExternalDTD, false);
  parser.setFeature(XMLUni::fgXercesDisableDefaultEntityResolution, true);
  parser.setContentHandler(&impl_->handler);
  parser.setErrorHandler(&impl_->handler);
}

Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

base::Result<DocumentPtr, ParseError> Reader::parse(std::string_view bytes, const Limits& limits) {
  const auto refuse = [](ParseError error) { return base::Unexpected{std::move(error)}; };
  const Prolog prolog = read_prolog(bytes);
  if (prolog.other_version) return refuse({1, 1, "only XML 1.0 is read", "xml.version"});
  if (prolog.other_encoding) return refuse({1, 1, "only UTF-8 is read", "xml.encoding"});
  impl_->handler.begin(bytes.size(), limits);
  try {
    xercesc::MemBufInputSource source(reinterpret_cast<const XMLByte*>(bytes.data()), bytes.size(), u"document", false);
    source.setCopyBufToStream(false);
    source.setEncoding(XMLUni::fgUTF8EncodingString);
    impl_->parser->parse(source);
    return impl_->handler.finish();
  } catch (Stop& stop) {
    if (has_doctype(bytes))
      stop.error = {stop.error.line, stop.error.column, "a DOCTYPE is not allowed", "xml.doctype"};
    return refuse(std::move(stop.error));
  } catch (const xercesc::XMLException& fault) {
    return refuse({fault.getSrcLine(), 0, to_utf8(fault.getMessage()), "xml.malformed"});
  } catch (const xercesc::SAXException& fault) {
    return refuse({0, 0, to_utf8(fault.getMessage()), "xml.malformed"});
  } catch (const xercesc::OutOfMemoryException&) {
    return refuse({0, 0, "out of memory", "xml.malformed"});
  }
}

}  // namespace presentia::xml
