// Bytes to Document. Hostile input is refused with a place and a reason: DTDs are off, nothing is ever fetched, depth
// and size are bounded. The XML library behind it is not visible here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "as/base/result.h"
#include "as/xml/document.h"

namespace presentia::xml {

class SchemaSet;  // schema.h
using SchemaSetPtr = std::shared_ptr<const SchemaSet>;

// What is more than this is refused. The size of the text is the caller's to bound.
struct Limits {
  std::size_t max_depth = 32;
  std::size_t max_elements = 2000;
  std::size_t max_attributes = 64;  // of one element, namespace declarations not counted
};

struct ParseError {
  std::uint64_t line = 0;  // from 1; 0 where there is no place
  std::uint64_t column = 0;
  std::string text;    // for people
  std::string reason;  // for counters: xml.malformed, xml.doctype, xml.encoding, xml.version, xml.too-deep,
                       // xml.too-many-elements, xml.too-many-attributes, xml.invalid (against the schemas)
};

// Prepares the XML library: to be called once by main() before any thread starts, because it sets the environment
// variable that switches DTDs off in the library. Further calls do nothing. False if the library does not start.
[[nodiscard]] bool initialize();

// A reusable parser. Making one is dear (100 us), so every thread keeps its own; one thread at a time.
class Reader {
 public:
  // With schemas, parse() also validates strictly against them.
  explicit Reader(SchemaSetPtr schemas = nullptr);
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // `bytes` must be UTF-8, whatever the XML declaration says [RFC3863 4.1]; XML 1.0; any DOCTYPE is an error.
  [[nodiscard]] base::Result<DocumentPtr, ParseError> parse(std::string_view bytes, const Limits& limits = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace presentia::xml
