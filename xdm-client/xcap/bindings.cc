#include "xdm-client/xcap/bindings.h"

#include <algorithm>
#include <utility>

#include "as/xml/characters.h"
#include "as/xml/compare.h"
#include "xdm-client/xcap/percent.h"

namespace presentia::xcap {
namespace {

// The data of a part, from behind its '(' to its ')', with '^' as escape and parentheses in pairs; taken off `rest`.
std::optional<std::string> take_data(std::string_view& rest) {
  std::string data;
  std::size_t open = 1;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '^') {
      if (++i == rest.size() || std::string_view("^()").find(rest[i]) == std::string_view::npos) return std::nullopt;
    } else if (rest[i] == '(') {
      ++open;
    } else if (rest[i] == ')' && --open == 0) {
      rest.remove_prefix(i + 1);
      return data;
    }
    data += rest[i];
  }
  return std::nullopt;
}

// "prefix = namespace"
std::optional<Binding> parse_binding(std::string_view data) {
  const std::size_t equals = data.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view prefix = xml::trimmed(data.substr(0, equals)), ns = xml::trimmed(data.substr(equals + 1));
  if (!xml::is_ncname(prefix)) return std::nullopt;
  return Binding{std::string(prefix), std::string(ns)};
}

void bind(std::vector<Binding>& bindings, Binding binding) {
  if (binding.prefix == "xml" || binding.prefix == "xmlns") return;  // [XPointer xmlns() 3] not to be bound
  std::erase_if(bindings, [&](const Binding& other) { return other.prefix == binding.prefix; });
  bindings.push_back(std::move(binding));
}

}  // namespace

std::optional<std::vector<Binding>> parse_bindings(std::string_view query) {
  std::vector<Binding> bindings;
  for (std::string_view rest = xml::trimmed(query); !rest.empty(); rest = xml::trimmed(rest)) {
    const std::size_t open = rest.find('(');
    if (open == std::string_view::npos) return std::nullopt;
    const std::string_view scheme = rest.substr(0, open);
    const std::size_t prefix = xml::ncname_length(scheme);
    const bool is_qualified = prefix > 0 && prefix < scheme.size() && scheme[prefix] == ':';
    if (!xml::is_ncname(is_qualified ? scheme.substr(prefix + 1) : scheme)) return std::nullopt;
    rest.remove_prefix(open + 1);
    const std::optional<std::string> data = take_data(rest);
    if (!data) return std::nullopt;
    if (scheme != "xmlns") continue;
    std::optional<Binding> binding = parse_binding(*data);
    if (!binding) return std::nullopt;
    bind(bindings, std::move(*binding));
  }
  return bindings;
}

std::string bindings_query(const std::vector<Binding>& bindings) {
  std::string query;
  for (const Binding& binding : bindings) {
    query.append("xmlns(").append(binding.prefix).append("=");
    for (const char c : binding.ns) {
      if (c == '^' || c == '(' || c == ')') query += '^';
      query += c;
    }
    query += ')';
  }
  return percent_encoded(query, "/?");
}

}  // namespace presentia::xcap
