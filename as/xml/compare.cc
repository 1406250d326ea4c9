#include "as/xml/compare.h"

#include "as/xml/document.h"

namespace presentia::xml {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool same_attributes(Element a, Element b) {
  if (a.attribute_count() != b.attribute_count()) return false;
  for (std::size_t i = 0; i < a.attribute_count(); ++i) {
    const AttributeView attribute = a.attribute_at(i);
    if (b.attribute(attribute.local, attribute.ns) != attribute.value) return false;
  }
  return true;
}

// Walks what is inside an element, passing over runs of white space.
class Content {
 public:
  explicit Content(Element element)
      : document_(element.document()), at_(element.index() + 1), end_(document_->nodes()[element.index()].end) {
    pass_space();
  }
  [[nodiscard]] bool done() const { return at_ >= end_; }
  [[nodiscard]] bool is_text() const { return node().is_text(); }
  [[nodiscard]] std::string_view text() const { return trimmed(document_->text(node())); }
  [[nodiscard]] Element element() const { return document_->element(at_); }
  void next() {
    at_ = node().end;
    pass_space();
  }

 private:
  [[nodiscard]] const Node& node() const { return document_->nodes()[at_]; }
  void pass_space() {
    while (!done() && is_text() && text().empty()) at_ = node().end;
  }
  const Document* document_;
  std::uint32_t at_, end_;
};

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool equal_ignoring_space(Element a, Element b) {
  if (a.local() != b.local() || a.ns() != b.ns() || !same_attributes(a, b)) return false;
  Content left(a), right(b);
  for (; !left.done() && !right.done(); left.next(), right.next()) {
    if (left.is_text() != right.is_text()) return false;
    const bool same =
        left.is_text() ? left.text() == right.text() : equal_ignoring_space(left.element(), right.element());
    if (!same) return false;
  }
  return left.done() && right.done();
}

}  // namespace presentia::xml
