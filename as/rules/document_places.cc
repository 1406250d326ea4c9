#include "as/rules/document_places.h"

#include <algorithm>
#include <cctype>

#include "as/rules/names.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::rules {
namespace {

constexpr std::string_view kNodeMark = "/~~/";

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// Scheme and host, where case says nothing [RFC3986 6.2.2.1].
std::size_t authority_size(std::string_view uri) {
  const std::size_t host = uri.find("://");
  if (host == std::string_view::npos) return 0;
  return std::min(uri.find('/', host + 3), uri.size());
}

// What follows the root; nullopt if the URI is not below it.
std::optional<std::string_view> below(std::string_view uri, std::string_view root) {
  while (root.ends_with('/')) root.remove_suffix(1);
  const std::size_t authority = authority_size(root);
  if (uri.size() <= root.size() || uri[root.size()] != '/') return std::nullopt;
  if (!same_ignoring_case(uri.substr(0, authority), root.substr(0, authority))) return std::nullopt;
  if (uri.substr(authority, root.size() - authority) != root.substr(authority)) return std::nullopt;
  return uri.substr(root.size() + 1);
}

std::optional<std::string_view> relative(std::string_view anchor, std::span<const std::string> roots) {
  if (authority_size(anchor) == 0) return anchor;
  for (const std::string& root : roots)
    if (const auto path = below(anchor, root)) return path;
  return std::nullopt;
}

}  // namespace

ports::DocumentKey document_of(std::string_view auid_and_name, std::string_view user) {
  xcap::DocumentSelector selector;
  const std::size_t slash = auid_and_name.find('/');
  selector.auid = auid_and_name.substr(0, slash);
  selector.xui = user;
  std::string_view rest = slash == std::string_view::npos ? std::string_view() : auid_and_name.substr(slash + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    selector.path.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {xcap::to_uri(selector)};
}

std::optional<std::string> user_of(std::string_view document) {
  const auto selector = xcap::parse_selector(document, {});
  return selector ? selector->document.xui : std::nullopt;
}

std::optional<ports::DocumentKey> list_at(std::string_view anchor, std::span<const std::string> roots) {
  const auto path = relative(anchor, roots);
  if (!path) return std::nullopt;
  const auto selector = xcap::parse_selector(*path, kResourceLists);
  if (!selector) return std::nullopt;
  ports::DocumentKey key{xcap::to_uri(selector->document)};
  if (!selector->node) return key;
  const std::string whole = xcap::to_uri(*selector);
  const std::size_t mark = whole.find(kNodeMark, key.document.size());
  if (mark != std::string::npos) key.node = whole.substr(mark + kNodeMark.size());
  return key;
}

}  // namespace presentia::rules
