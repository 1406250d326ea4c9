#include "mgmt/attributes/path.h"

#include "as/base/wildcard.h"
#include "proto/config.pb.h"

namespace presentia::mgmt {
namespace {

using google::protobuf::Descriptor;

std::string join(const Path& path, bool placeholders) {
  std::string text;
  for (const Step& step : path.objects) {
    if (!text.empty()) text += ".";
    text += step.field->name();
    if (!is_keyed(*step.field)) continue;
    if (placeholders) {
      text += "[NAME]";
    } else if (!step.key.empty()) {
      text += "[" + step.key + "]";
    }
  }
  if (path.attribute != nullptr) text += (text.empty() ? "" : ".") + path.attribute->name();
  return text;
}

Violation unknown(std::string_view path, const Descriptor& in, const std::string& name) {
  std::vector<std::string> known;
  known.reserve(static_cast<std::size_t>(in.field_count()));
  for (int i = 0; i < in.field_count(); ++i) known.push_back(in.field(i)->name());
  Violation violation;
  violation.attribute = path;
  violation.unknown = true;
  violation.text = "no such attribute";
  const std::string near = nearest(name, known);
  if (!near.empty()) {
    std::string suggestion(path);
    const std::size_t at = suggestion.rfind(name);
    if (at != std::string::npos) suggestion.replace(at, name.size(), near);
    violation.text += "; did you mean " + suggestion + "?";
  }
  return violation;
}

Violation malformed(std::string_view path, const std::string& why) {
  Violation violation;
  violation.attribute = path;
  violation.text = why;
  violation.unknown = true;
  return violation;
}

// One element of a path: a name and, in brackets, a key. The key may hold dots, colons and, for IPv6, brackets.
struct Piece {
  std::string name;
  std::string key;
  bool has_key = false;
};

// Takes the next piece off `rest`; false if brackets do not match.
bool take(std::string_view& rest, Piece& piece) {
  const std::size_t end = rest.find_first_of(".[");
  piece.name = rest.substr(0, end);
  if (end == std::string_view::npos) {
    rest = {};
    return true;
  }
  if (rest[end] == '.') {
    rest.remove_prefix(end + 1);
    return !rest.empty();
  }
  // No attribute name holds a bracket, so the last one closes the key: keys do not nest.
  const std::size_t close = rest.rfind(']');
  if (close == std::string_view::npos || close < end) return false;
  piece.key = rest.substr(end + 1, close - end - 1);
  piece.has_key = true;
  rest.remove_prefix(close + 1);
  if (rest.empty()) return true;
  if (rest.front() != '.') return false;
  rest.remove_prefix(1);
  return !rest.empty();
}

}  // namespace

std::string Path::text() const { return join(*this, false); }
std::string Path::declaration() const { return join(*this, true); }

base::Result<Path, Violation> resolve(std::string_view text) {
  Path path;
  const Descriptor* in = config::Config::descriptor();
  std::string_view rest = text;
  do {
    Piece piece;
    if (!take(rest, piece)) return base::Unexpected{malformed(text, "not a path: object.attribute or list[NAME]")};
    const FieldDescriptor* field = in->FindFieldByName(piece.name);
    if (field == nullptr) return base::Unexpected{unknown(text, *in, piece.name)};
    if (!is_object(*field)) {
      if (!rest.empty()) return base::Unexpected{malformed(text, field->name() + " is an attribute, not an object")};
      if (piece.has_key) return base::Unexpected{malformed(text, field->name() + " has no entries")};
      path.attribute = field;
      return path;
    }
    if (piece.has_key && (!is_keyed(*field) || piece.key.empty())) {
      return base::Unexpected{
          malformed(text, is_keyed(*field) ? "the name of the entry is empty" : field->name() + " has no entries")};
    }
    if (is_keyed(*field) && !piece.has_key && !rest.empty()) {
      return base::Unexpected{malformed(
          text, "an entry of " + field->name() + " needs its name: " + field->name() + "[NAME]." + std::string(rest))};
    }
    path.objects.push_back({field, piece.key});
    in = field->message_type();
  } while (!rest.empty());
  return path;
}

bool matches_pattern(std::string_view pattern, std::string_view name) {
  if (pattern.find('*') == std::string_view::npos) {
    if (!name.starts_with(pattern)) return false;
    const std::string_view rest = name.substr(pattern.size());
    return rest.empty() || rest.front() == '.' || rest.front() == '[';
  }
  return base::matches_wildcard(pattern, name);
}

}  // namespace presentia::mgmt
