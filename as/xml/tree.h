// A parsed XML document as a flat, immutable tree: one vector of nodes, one arena of text. Cheap to keep (about the
// size of its text), to walk and to write. Knows no schema; the reader (reader.h) makes it, the writer (writer.h)
// writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace presentia::xml {

class Document;

inline constexpr std::string_view kXmlNamespace = "http://www.w3.org/XML/1998/namespace";  // prefix xml, always bound
inline constexpr std::string_view kXsiNamespace = "http://www.w3.org/2001/XMLSchema-instance";

struct AttributeView {
  std::string_view ns;  // empty for none
  std::string_view local;
  std::string_view value;
};

// A handle on one element; valid as long as its document lives. Copies are cheap. Of an empty handle only operator
// bool, document(), comparison and assignment may be used. Any thread.
class Element {
 public:
  Element() = default;
  [[nodiscard]] explicit operator bool() const { return document_ != nullptr; }
  [[nodiscard]] std::string_view ns() const;  // empty for none
  [[nodiscard]] std::string_view local() const;
  [[nodiscard]] std::string_view prefix() const;  // as written in the source
  [[nodiscard]] bool is(std::string_view ns_uri, std::string_view local_name) const;
  // Character data directly inside, concatenated; text_trimmed() without white space around it.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string text_trimmed() const;
  [[nodiscard]] std::optional<std::string_view> attribute(std::string_view local_name,
                                                          std::string_view ns_uri = {}) const;
  [[nodiscard]] std::size_t attribute_count() const;
  [[nodiscard]] AttributeView attribute_at(std::size_t index) const;  // in the order of the source
  // Elements only; an empty Element after the last.
  [[nodiscard]] Element first_child() const;
  [[nodiscard]] Element next_sibling() const;
  [[nodiscard]] Element parent() const;                                                     // empty for the root
  [[nodiscard]] Element child(std::string_view ns_uri, std::string_view local_name) const;  // the first such
  // The line of the source on which its start tag ends, from 1.
  [[nodiscard]] std::uint32_t line() const;
  // The namespace that `prefix` ("" = default) stands for here in the source; nullopt if it is not bound.
  [[nodiscard]] std::optional<std::string_view> namespace_of(std::string_view prefix) const;

  // for (Element child : element.children())
  class Children;
  [[nodiscard]] Children children() const;

  // For the writer and for code that compares whole subtrees.
  [[nodiscard]] const Document* document() const { return document_; }
  [[nodiscard]] std::uint32_t index() const { return index_; }
  bool operator==(const Element&) const = default;  // the same element, not an equal one (see compare.h)

 private:
  friend class Document;
  Element(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
  const Document* document_ = nullptr;
  std::uint32_t index_ = 0;
};

class Element::Children {
 public:
  class Iterator {
   public:
    using value_type = Element;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(Element at) : at_(at) {}
    Element operator*() const { return at_; }
    Iterator& operator++() {
      at_ = at_.next_sibling();
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    Element at_;
  };
  explicit Children(Element first) : first_(first) {}
  [[nodiscard]] Iterator begin() const { return Iterator(first_); }
  [[nodiscard]] static Iterator end() { return {}; }

 private:
  Element first_;
};

inline Element::Children Element::children() const { return Children(first_child()); }

}  // namespace presentia::xml
