// Writes XML text from elements of any documents and from new ones. Every namespace gets one prefix in the whole
// document, declared at the root: the usual one the caller named, else that of its source if free, else nsN.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "as/xml/tree.h"

namespace presentia::xml {

struct UsualPrefix {
  std::string_view ns;
  std::string_view prefix;  // empty: the default namespace
};

enum class Layout { compact, indented };  // indented: for files that people read; text stays as it is

// One document. Calls must nest; the output is UTF-8 XML 1.0 with a declaration [RFC3863 4.1]. Characters that XML 1.0
// cannot hold are left out. `usual` must outlive the writer. One thread at a time.
class Writer {
 public:
  explicit Writer(std::span<const UsualPrefix> usual = {}, Layout layout = Layout::compact);

  Writer& begin(std::string_view ns, std::string_view local);
  // Directly after begin() or another attribute().
  Writer& attribute(std::string_view local, std::string_view value, std::string_view ns = {});
  Writer& text(std::string_view value);
  Writer& end();
  Writer& element(std::string_view ns, std::string_view local, std::string_view value);  // begin, text, end

  // The element with all that is in it, and its parts. Prefixes are chosen anew; so is the one in an xsi:type.
  Writer& copy(Element element);
  Writer& begin_like(Element element);                                     // the start tag without attributes
  Writer& copy_attributes(Element element, std::string_view except = {});  // `except`: a local name in no namespace
  Writer& copy_content(Element element);                                   // what is inside, text too

  // The text. After the root has ended; the writer is spent.
  [[nodiscard]] std::string finish();

 private:
  struct Binding {  // of a non-empty prefix
    std::string ns;
    std::string prefix;
  };
  struct Open {
    std::string name;             // as written
    std::string_view default_ns;  // in force inside
    bool has_elements = false;
    bool has_text = false;
  };

  Writer& start(std::string_view ns, std::string_view local, std::string_view wanted_prefix);
  void add_attribute(std::string_view ns, std::string_view wanted_prefix, std::string_view local,
                     std::string_view value);
  void copy_nodes(Element element);
  void close_start_tag();
  void line_break(std::size_t depth);
  [[nodiscard]] bool is_default(std::string_view ns) const;
  const std::string& prefix_of(std::string_view ns, std::string_view wanted);
  [[nodiscard]] bool is_free(std::string_view prefix, std::string_view ns) const;
  std::string type_name(Element source, std::string_view qualified);

  std::span<const UsualPrefix> usual_;
  Layout layout_;
  std::string out_;
  std::size_t declarations_at_ = 0;  // where the root's namespace declarations go
  bool in_start_tag_ = false;
  std::vector<Binding> bindings_;
  std::vector<Open> open_;
};

// Appends `value` to `out`, escaped for character data or for an attribute in double quotes.
void append_escaped(std::string& out, std::string_view value, bool in_attribute);

}  // namespace presentia::xml
