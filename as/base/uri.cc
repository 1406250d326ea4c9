#include "as/base/uri.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "as/base/find_any.h"
#include "as/base/mutants.h"

namespace presentia::base {
namespace {

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
  return result;
}

bool contains(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

int hex_value(char c) { return is_digit(c) ? c - '0' : lower(c) - 'a' + 10; }

// Nothing that would end or break a header line or leave its angle brackets, and no half escape.
bool is_clean(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c <= ' ' || c == 0x7f || contains("<>\"", text[i])) return false;
    if (c == '%' && (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))) return false;
  }
  return true;
}

bool is_host(std::string_view host) {
  if (host.empty()) return false;
  if (host.front() == '[') {
    const std::string_view inside = host.substr(1, host.size() - 2);
    return host.size() > 3 && host.back() == ']' && contains(inside, ':') &&
           std::all_of(inside.begin(), inside.end(), [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  }
  // '_' is in no RFC but in many host names.
  return host.front() != '.' &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_alpha(c) || is_digit(c) || contains(".-_", c); });
}

bool is_port(std::string_view port) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return !port.empty() && error == std::errc{} && end == port.data() + port.size() && number <= 65535;
}

// Takes what stands before the first of `ends` off the front of `text`.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  const std::size_t length = std::min(find_any(text, ends), text.size());
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

void read_params(std::string_view text, Uri& uri) {
  while (!text.empty()) {
    text.remove_prefix(1);  // ';'
    const std::string_view one = take_until(text, ";");
    const std::size_t equals = std::min(one.find('='), one.size());
    if (one.empty()) continue;
    const std::string_view value = equals < one.size() ? one.substr(equals + 1) : std::string_view();
    uri.params.emplace_back(lower(one.substr(0, equals)), std::string(value));
  }
}

// Without brackets an IPv6 address ends at its first ':', and what follows is no port [RFC5118 4.2].
bool read_host_port(std::string_view text, Uri& uri) {
  std::size_t host_end = text.find(':');
  if (!text.empty() && text.front() == '[') {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return false;
    host_end = bracket + 1 < text.size() ? bracket + 1 : std::string_view::npos;
    if (host_end != std::string_view::npos && text[host_end] != ':') return false;
  }
  uri.host = text.substr(0, host_end);
  if (!is_host(uri.host)) return false;
  if (host_end == std::string_view::npos) return true;
  uri.port = text.substr(host_end + 1);
  return is_port(uri.port);
}

// What follows "sip:", "sips:" or "pres:". An '@' stands nowhere but behind the user [RFC3261 25.1], which may itself
// contain ';', '?' and '/' [RFC4475 3.1.1.9].
bool read_sip(std::string_view text, Uri& uri) {
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    std::string_view user = text.substr(0, at);
    if (const std::size_t colon = user.find(':'); colon != std::string_view::npos) {
      uri.password = user.substr(colon + 1);
      user = user.substr(0, colon);
    }
    if (user.empty()) return false;
    uri.user = user;
    text.remove_prefix(at + 1);
  }
  if (!read_host_port(take_until(text, ";?"), uri)) return false;
  read_params(take_until(text, "?"), uri);
  if (!text.empty()) uri.headers = text.substr(1);
  return true;
}

std::string decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

// A telephone number without visual separators, letters in lower case; empty if it is none [RFC3966 3].
std::string bare_number(std::string_view text) {
  std::string number;
  for (const char c : decoded(text)) {
    if (contains("-.()", c)) continue;
    const bool digit = is_digit(c) || (c == '+' && number.empty()) || is_hex(c) || c == '*' || c == '#';
    if (!digit) return {};
    number += lower(c);
  }
  const bool global = !number.empty() && number.front() == '+';
  if (global && !std::all_of(number.begin() + 1, number.end(), is_digit)) return {};
  return number == "+" ? std::string() : number;
}

bool read_tel(std::string_view text, Uri& uri) {
  uri.user = take_until(text, ";");
  read_params(text, uri);
  return !bare_number(uri.user).empty();
}

void append_escaped(std::string& out, unsigned char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += '%';
  out += kDigits[c >> 4];
  out += kDigits[c & 15];
}

// The user with each character in the one form that all its spellings share: a reserved character and its escape are
// different, any other and its escape are the same [RFC3261 19.1.4, RFC2396 2.2].
std::string normal_user(std::string_view user) {
  constexpr std::string_view kReserved = ";/?:@&=+$,";
  constexpr std::string_view kMark = "-_.!~*'()";
  std::string result;
  result.reserve(user.size());
  for (std::size_t i = 0; i < user.size(); ++i) {
    const bool escape = user[i] == '%';
    const char c = escape ? static_cast<char>(hex_value(user[i + 1]) * 16 + hex_value(user[i + 2])) : user[i];
    if (escape) i += 2;
    const bool plain = is_alpha(c) || is_digit(c) || contains(kMark, c) || (!escape && contains(kReserved, c));
    if (plain) {
      result += c;
    } else {
      append_escaped(result, static_cast<unsigned char>(c));
    }
  }
  return result;
}

std::string normal_tel(const Uri& uri) {
  std::string normal = "tel:" + bare_number(uri.user);
  if (normal[4] == '+') return normal;
  // A local number means something only in its context: a domain or the prefix of a global number [RFC3966 5.1.5].
  const std::string_view context = uri.param("phone-context").value_or(std::string_view());
  if (context.empty()) return normal;
  const std::string prefix = context.front() == '+' ? bare_number(context) : std::string();
  return normal + ";phone-context=" + (prefix.empty() ? lower(context) : prefix);
}

}  // namespace

std::optional<std::string_view> Uri::param(std::string_view name) const {
  for (const auto& [key, value] : params) {
    if (key == name) return std::string_view(value);
  }
  return std::nullopt;
}

std::string uri_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alpha(text.front())) return {};
  const std::string_view scheme = text.substr(0, colon);
  const auto allowed = [](char c) { return is_alpha(c) || is_digit(c) || contains("+-.", c); };
  return std::all_of(scheme.begin(), scheme.end(), allowed) ? lower(scheme) : std::string();
}

std::optional<Uri> parse_uri(std::string_view text) {
  Uri uri;
  uri.scheme = uri_scheme(text);
  if (uri.scheme.empty() || !is_clean(text)) return std::nullopt;
  text.remove_prefix(uri.scheme.size() + 1);
  const bool sip = uri.scheme == "sip" || uri.scheme == "sips" || uri.scheme == "pres";
  const bool good = sip ? read_sip(text, uri) : uri.scheme == "tel" && read_tel(text, uri);
  return good ? std::optional(std::move(uri)) : std::nullopt;
}

// pres:user@host is the resource sip:user@host [RFC3856 5].
std::optional<std::string> normal_form(std::string_view uri) {
  const std::optional<Uri> parsed = parse_uri(uri);
  if (!parsed) return std::nullopt;
  if (parsed->scheme == "tel") return normal_tel(*parsed);
  std::string host = PS_MUTANT("host-case-kept") ? parsed->host : lower(parsed->host);
  if (host.back() == '.') host.pop_back();  // the root label changes no name
  return parsed->user.empty() ? "sip:" + host : "sip:" + normal_user(parsed->user) + '@' + host;
}

std::string_view domain_of(std::string_view normal) {
  if (!normal.starts_with("sip:")) return {};
  normal.remove_prefix(4);
  const std::size_t at = normal.rfind('@');  // the normal user may contain none, its '@' is an escape
  return at == std::string_view::npos ? normal : normal.substr(at + 1);
}

}  // namespace presentia::base
