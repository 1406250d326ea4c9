// Bodies as XML by libxml2, a library that the server does not use: XPath 1.0, and validity against the schemas.
#pragma once

#include <memory>
#include <string>
#include <variant>

namespace presentia::conformance {

class XmlBody {
 public:
  // Reads a document without network and external entities. The text: why it cannot be read.
  static std::variant<XmlBody, std::string> read(const std::string& bytes);
  XmlBody(XmlBody&&) noexcept;
  XmlBody& operator=(XmlBody&&) noexcept;
  ~XmlBody();

  struct Value {
    std::string text;
    bool empty = false;  // an empty node-set
  };
  // An XPath expression as a text (of the first node, a number without needless decimals, true or false). The prefixes
  // are those of prefixes(). The text: why the expression is wrong.
  [[nodiscard]] std::variant<Value, std::string> evaluate(const std::string& xpath) const;

  // Empty: valid by the schema of this file. Else the first errors. Loads a schema once; any thread.
  [[nodiscard]] std::string invalid(const std::string& schema_file) const;

 private:
  struct Document;
  explicit XmlBody(std::unique_ptr<Document> document);
  std::unique_ptr<Document> document_;
};

}  // namespace presentia::conformance
