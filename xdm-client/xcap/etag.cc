#include "xdm-client/xcap/etag.h"

#include <algorithm>

#include "as/xml/compare.h"

namespace presentia::xcap {
namespace {

// etagc, and blanks, which are in no RFC but in tags that are times
bool is_tag(std::string_view opaque) {
  return std::all_of(opaque.begin(), opaque.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code >= 0x20 && code != '"' && code != 0x7f;
  });
}

// The first element of a list of tags, taken off it with the comma. A comma inside quotes ends no tag.
std::string_view take_element(std::string_view& list) {
  std::size_t end = 0;
  for (bool quoted = false; end < list.size() && (quoted || list[end] != ','); ++end)
    if (list[end] == '"') quoted = !quoted;
  const std::string_view element = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return element;
}

template <class Equal>
bool names(std::string_view list, const EntityTag& tag, Equal equal) {
  while (!list.empty()) {
    const auto element = parse_etag(take_element(list));
    if (element && equal(*element, tag)) return true;
  }
  return false;
}

}  // namespace

std::optional<EntityTag> parse_etag(std::string_view header) {
  std::string_view text = xml::trimmed(header);
  EntityTag tag;
  tag.weak = text.starts_with("W/\"");
  if (tag.weak) text.remove_prefix(2);
  const bool is_quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (is_quoted) text = text.substr(1, text.size() - 2);
  if ((text.empty() && !is_quoted) || !is_tag(text)) return std::nullopt;
  tag.opaque = text;
  return tag;
}

std::string to_header(const EntityTag& tag) { return (tag.weak ? "W/\"" : "\"") + tag.opaque + '"'; }

bool strongly_equal(const EntityTag& a, const EntityTag& b) { return !a.weak && !b.weak && a.opaque == b.opaque; }

bool weakly_equal(const EntityTag& a, const EntityTag& b) { return a.opaque == b.opaque; }

bool if_match_holds(std::string_view header, const std::optional<EntityTag>& current) {
  if (!current) return false;
  return xml::trimmed(header) == "*" || names(header, *current, strongly_equal);
}

bool if_none_match_holds(std::string_view header, const std::optional<EntityTag>& current) {
  if (!current) return true;
  return xml::trimmed(header) != "*" && !names(header, *current, weakly_equal);
}

}  // namespace presentia::xcap
