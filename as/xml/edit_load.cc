#include "as/xml/edit_load.h"

#include <algorithm>

#include "as/xml/characters.h"

namespace presentia::xml {
namespace {

constexpr std::string_view kCdata = "<![CDATA[", kCdataEnd = "]]>";

}  // namespace

bool EditableDocument::Loader::load(NodeId holder) {
  holder_ = open_ = holder;
  while (!rest_.empty()) {
    const bool is_markup = rest_.front() == '<' && !rest_.starts_with(kCdata);
    if (is_markup ? !markup() : !character_data()) return false;
  }
  return open_ == holder_;
}

bool EditableDocument::Loader::markup() {
  if (rest_.starts_with("</")) return end_tag();
  if (rest_.starts_with("<!--")) return enclosed(NodeKind::comment, "-->");
  if (rest_.starts_with("<?")) return enclosed(NodeKind::instruction, "?>");
  return start_tag();
}

bool EditableDocument::Loader::start_tag() {
  take(1);
  const NodeId element = document_.add(NodeKind::element, open_);
  std::string_view prefix, local;
  if (!qualified_name(prefix, local)) return false;
  std::vector<EditableAttribute> attributes;
  std::string_view space = take_space();
  while (!rest_.empty() && rest_.front() != '>' && rest_.front() != '/') {
    EditableAttribute& next = attributes.emplace_back();
    next.space = space;
    if (space.empty() || !attribute(next)) return false;
    space = take_space();
  }
  Node& node = document_.nodes_[element];
  node.prefix = prefix;
  node.local = local;
  node.tail = space;
  node.attributes = std::move(attributes);
  const bool is_empty = rest_.starts_with("/>");
  if (!is_empty && !rest_.starts_with('>')) return false;
  take(is_empty ? 2 : 1);
  if (!is_empty) open_ = element;
  return true;
}

bool EditableDocument::Loader::end_tag() {
  take(2);
  std::string_view prefix, local;
  if (open_ == holder_ || !qualified_name(prefix, local)) return false;
  Node& node = document_.nodes_[open_];
  node.has_end_tag = true;
  take_space();
  if (node.prefix != prefix || node.local != local || !rest_.starts_with('>')) return false;
  take(1);
  open_ = node.parent;
  return true;
}

bool EditableDocument::Loader::attribute(EditableAttribute& into) {
  if (!qualified_name(into.prefix, into.local)) return false;
  into.is_declaration = into.prefix == "xmlns" || (into.prefix.empty() && into.local == "xmlns");
  if (into.is_declaration && into.prefix.empty()) into.local = {};
  take_space();
  if (!rest_.starts_with('=')) return false;
  take(1);
  take_space();
  return attribute_value(into);
}

bool EditableDocument::Loader::attribute_value(EditableAttribute& into) {
  if (!rest_.starts_with('"') && !rest_.starts_with('\'')) return false;
  const std::size_t close = rest_.find(rest_.front(), 1);
  if (close == std::string_view::npos) return false;
  into.quoted = take(close + 1);
  into.value = into.quoted.substr(1, close - 1);
  if (into.value.find('<') != std::string_view::npos) return false;
  if (into.value.find_first_of("&\t\n\r") == std::string_view::npos) return true;
  std::optional<std::string> value = unescaped(into.value, true);
  if (!value) return false;
  into.value = document_.keep(std::move(*value));
  return true;
}

bool EditableDocument::Loader::qualified_name(std::string_view& prefix, std::string_view& local) {
  local = take(ncname_length(rest_));
  if (!rest_.starts_with(':')) return !local.empty();
  take(1);
  prefix = local;
  local = take(ncname_length(rest_));
  return !prefix.empty() && !local.empty();
}

bool EditableDocument::Loader::enclosed(NodeKind kind, std::string_view end) {
  const std::size_t opening = kind == NodeKind::comment ? 4 : 2;
  const std::size_t close = rest_.find(end, opening);
  if (close == std::string_view::npos) return false;
  const NodeId node = document_.add(kind, open_);
  const std::string_view raw = take(close + end.size());
  document_.nodes_[node].raw = raw;
  if (kind == NodeKind::comment) return true;
  document_.nodes_[node].local = raw.substr(opening, ncname_length(raw.substr(opening)));
  return !document_.nodes_[node].local.empty();
}

bool EditableDocument::Loader::character_data() {
  std::size_t end = 0;
  while (end < rest_.size() && (rest_[end] != '<' || rest_.substr(end).starts_with(kCdata))) {
    end = rest_[end] == '<' ? rest_.find(kCdataEnd, end) : end + 1;
    if (end == std::string_view::npos) return false;
    if (rest_.substr(end).starts_with(kCdataEnd)) end += kCdataEnd.size();
  }
  const NodeId node = document_.add(NodeKind::text, open_);
  document_.nodes_[node].raw = take(end);
  return true;
}

std::string_view EditableDocument::Loader::take(std::size_t length) {
  const std::string_view taken = rest_.substr(0, length);
  rest_.remove_prefix(taken.size());
  return taken;
}

std::string_view EditableDocument::Loader::take_space() {
  const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), is_space);
  return take(static_cast<std::size_t>(end - rest_.begin()));
}

}  // namespace presentia::xml
