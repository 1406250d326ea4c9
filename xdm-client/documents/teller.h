// Tells what is known of a document to who follows keys of it, and only what is new for each key.
#pragma once

#include <functional>
#include <string>

#include "as/ports/documents.h"
#include "as/xml/reader.h"
#include "xdm-client/documents/document.h"

namespace presentia::xdm {

class Teller {
 public:
  using Tell = std::function<void(ports::DocumentReading)>;

  explicit Teller(Tell tell) : tell_(std::move(tell)) {}

  // The document is there, with this text; its tag, type and time are those of `document`. Differences in tag or text
  // are told, of an element in its text. False if elements were wanted and the text is not well-formed: then these keys
  // are unavailable.
  bool present(Document& document, const ports::SharedText& text, const xml::Limits& limits);
  void absent(Document& document);
  void unavailable(Document& document, const std::string& why);
  // Only to those who were told nothing since they followed.
  void waiting(Document& document, const std::string& why);

 private:
  void say(Document& document, const std::string& node, ports::DocumentReading reading);
  void tell_present(Document& document, const std::string& node, std::string type, ports::SharedText text,
                    const Digest& digest);
  void tell_without(Document& document, const std::string& node, ports::DocumentStatus status, const std::string& why);

  const Tell tell_;
  xml::Reader reader_;
};

}  // namespace presentia::xdm
