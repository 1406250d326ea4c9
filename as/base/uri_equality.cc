#include "as/base/uri_equality.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "as/base/uri.h"

namespace presentia::base {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

Pairs sorted_lower(Pairs pairs) {
  for (auto& [name, value] : pairs) value = lower(value);
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

// Parameters that say where a request goes or what it is: also one that only one of the two has makes them differ.
bool must_be_in_both(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames{"user", "ttl", "method", "maddr", "transport"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool params_agree(const Uri& one, const Uri& other) {
  return std::all_of(one.params.begin(), one.params.end(), [&](const auto& param) {
    const auto there = other.param(param.first);
    return there ? lower(*there) == lower(param.second) : !must_be_in_both(param.first);
  });
}

// Headers count, in any order.
Pairs headers_of(const Uri& uri) {
  Pairs headers;
  std::string_view rest = uri.headers;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    headers.emplace_back(lower(one.substr(0, one.find('='))), one.substr(std::min(one.find('='), one.size())));
  }
  return sorted_lower(std::move(headers));
}

bool same_sip(const Uri& a, const Uri& b) {
  return a.password == b.password && a.port == b.port && params_agree(a, b) && params_agree(b, a) &&
         headers_of(a) == headers_of(b);
}

bool same_tel(const Uri& a, const Uri& b) { return sorted_lower(a.params) == sorted_lower(b.params); }

// With what may be in any case in lower case.
std::string comparable(std::string_view uri) {
  std::size_t fixed = uri.find(':');
  if (fixed == std::string_view::npos) return std::string(uri);
  if (lower(uri.substr(0, fixed)) == "urn") fixed = std::min(uri.find(':', fixed + 1), uri.size());
  const std::string head = lower(uri.substr(0, fixed));
  const std::string_view rest = uri.substr(fixed);
  return head + (head == "urn:uuid" || head == "uuid" ? lower(rest) : std::string(rest));
}

}  // namespace

bool same_uri(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const std::optional<Uri> one = parse_uri(a), other = parse_uri(b);
  if (!one || !other) return !one && !other && comparable(a) == comparable(b);
  // the normal forms compare user, host and number
  if (one->scheme != other->scheme || normal_form(a) != normal_form(b)) return false;
  return one->scheme == "tel" ? same_tel(*one, *other) : same_sip(*one, *other);
}

}  // namespace presentia::base
