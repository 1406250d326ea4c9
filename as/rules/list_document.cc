#include "as/rules/list_document.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "as/rules/identity.h"

namespace presentia::rules {
namespace {

std::string without_blanks(std::string_view text) {
  std::string result;
  std::copy_if(text.begin(), text.end(), std::back_inserter(result),
               [](char c) { return std::string_view(" \t\r\n").find(c) == std::string_view::npos; });
  return result;
}

class ListReader {
 public:
  ListReader(ListDocument& into, const ListLimits& limits) : into_(into), limits_(limits) {}

  std::optional<ReadError> read(xml::Element root) {
    if (is(root, "entry")) {
      read_child(root);
    } else if (is(root, "list") || is(root, "resource-lists")) {
      for (const xml::Element child : root.children()) read_child(child);
    } else {
      return ReadError{"list.no-list", root.line(), "the root is no resource list"};
    }
    return error_;
  }

 private:
  static bool is(xml::Element element, std::string_view local) {
    return element.local() == local && (element.ns() == kResourceLists || element.ns().empty());
  }

  // Depth is bounded by the limits of the XML reader.
  void read_child(xml::Element element) {
    if (is(element, "list")) {
      for (const xml::Element child : element.children()) read_child(child);
    } else if (is(element, "entry")) {
      keep(element, "uri", into_.members);
    } else if (is(element, "external")) {
      keep(element, "anchor", into_.externals);
    } else if (is(element, "entry-ref")) {
      keep(element, "ref", into_.entry_refs);
    }
  }

  void keep(xml::Element element, std::string_view attribute, std::vector<std::string>& to) {
    std::string uri = without_blanks(element.attribute(attribute).value_or(""));
    if (uri.empty() || error_) return;
    if (++count_ > limits_.max_entries) {
      error_ = {"list.too-many-entries", element.line(), "more than " + std::to_string(limits_.max_entries)};
      return;
    }
    to.push_back(std::move(uri));
  }

  ListDocument& into_;
  const ListLimits& limits_;
  std::size_t count_ = 0;
  std::optional<ReadError> error_;
};

}  // namespace

base::Result<ListDocument, ReadError> read_list(xml::Element root, const ListLimits& limits) {
  ListDocument list;
  if (auto error = ListReader(list, limits).read(root)) return base::Unexpected{*std::move(error)};
  return list;
}

base::Result<ListDocument, ReadError> read_list(std::string_view bytes, xml::Reader& reader, const ListLimits& limits) {
  auto tree = reader.parse(bytes, limits.xml);
  if (!tree) {
    xml::ParseError error = std::move(tree).error();
    return base::Unexpected{ReadError{std::move(error.reason), error.line, std::move(error.text)}};
  }
  return read_list((*tree)->root(), limits);
}

void Members::add(const std::vector<std::string>& uris) {
  for (const std::string& uri : uris) {
    std::string identity = comparable_identity(uri);
    if (!identity.empty()) identities_.push_back(std::move(identity));
  }
  std::sort(identities_.begin(), identities_.end());
  identities_.erase(std::unique(identities_.begin(), identities_.end()), identities_.end());
}

bool Members::contains_any(std::span<const std::string> comparable) const {
  return std::any_of(comparable.begin(), comparable.end(), [this](const std::string& one) { return contains(one); });
}

bool Members::contains(std::string_view comparable) const {
  return std::binary_search(identities_.begin(), identities_.end(), comparable, std::less<>());
}

}  // namespace presentia::rules
