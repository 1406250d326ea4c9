#include "mgmt/attributes/patterns.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "as/base/uri.h"

namespace presentia::mgmt {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kLongestSocketPath =
    90;  // sockaddr_un holds 107; the service binds a longer name beside it first

bool alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

bool is_ipv4(std::string_view text) {
  in_addr address{};
  return inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

bool is_ipv6(std::string_view text) {
  in6_addr address{};
  return inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

bool is_bracketed_ipv6(std::string_view text) {
  return text.size() > 2 && text.front() == '[' && text.back() == ']' && is_ipv6(text.substr(1, text.size() - 2));
}

template <class Number>
std::optional<Number> parse_number(std::string_view text, Number max) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number > max) return std::nullopt;
  return number;
}

bool is_port(std::string_view text) { return parse_number<std::uint32_t>(text, 65535).has_value(); }

// [RFC3261 25.1] labels of letters, digits and hyphens, neither first nor last.
bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const std::string_view label = text.substr(0, text.find('.'));
    if (!all(label, [](char c) { return alphanumeric(c) || c == '-' || c == '_'; })) return false;
    if (label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (label.size() == text.size()) return true;
    text.remove_prefix(label.size() + 1);
  }
}

bool is_host(std::string_view text) { return is_bracketed_ipv6(text) || is_ipv4(text) || is_host_name(text); }
bool is_domain(std::string_view text) { return text == "*" || is_host(text); }

bool is_host_or_host_port(std::string_view text) {
  if (is_host(text)) return true;
  const std::size_t colon = text.rfind(':');
  return colon != std::string_view::npos && is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

bool is_ip_address(std::string_view text) { return is_ipv4(text) || is_ipv6(text); }

bool is_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const bool v4 = is_ipv4(address);
  if (!v4 && !is_ipv6(address)) return false;
  return slash == std::string_view::npos || parse_number<std::uint32_t>(text.substr(slash + 1), v4 ? 32 : 128);
}

bool is_simple_name(std::string_view text) {
  return all(text, [](char c) { return alphanumeric(c) || c == '-' || c == '_'; });
}

bool is_token(std::string_view text) {  // [RFC3261 25.1]
  return all(text,
             [](char c) { return alphanumeric(c) || std::string_view("-.!%*_+`'~").find(c) != std::string::npos; });
}

bool is_unix_socket(std::string_view text) {
  return text.starts_with(kUnix) && text.size() > kUnix.size() + 1 && text[kUnix.size()] == '/' && text.back() != '/' &&
         text.size() <= kUnix.size() + kLongestSocketPath;
}

bool is_address_port(std::string_view text) { return parse_address_port(text).has_value(); }
bool is_management_listen(std::string_view text) { return is_unix_socket(text) || is_address_port(text); }
bool is_bind(std::string_view text) { return parse_bind(text).has_value(); }
bool is_path(std::string_view text) { return !text.empty(); }

bool is_resource(std::string_view text) { return base::normal_form(text).has_value(); }

// Of a document below the users tree: two segments or more, none of them empty or a way up.
bool is_document_name(std::string_view text) {
  std::size_t segments = 0;
  while (true) {
    const std::string_view segment = text.substr(0, text.find('/'));
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (!all(segment, [](char c) { return alphanumeric(c) || std::string_view("-._~").find(c) != std::string::npos; }))
      return false;
    ++segments;
    if (segment.size() == text.size()) return segments >= 2;
    text.remove_prefix(segment.size() + 1);
  }
}

// Of documents of users, or of one user [RFC4825 6.2]; the end is a slash [RFC5875 4.1].
bool is_users_collection(std::string_view text) {
  const std::size_t auid = text.find('/');
  if (auid == 0 || auid == std::string_view::npos) return false;
  const auto plain = [](char c) {
    return alphanumeric(c) || std::string_view("-._~:@!$&'()*+,;=%/").find(c) != std::string::npos;
  };
  std::string_view rest = text.substr(auid);
  if (!all(text, plain) || !rest.starts_with("/users/") || rest.find("//") != std::string_view::npos) return false;
  rest.remove_prefix(std::string_view("/users/").size());
  return rest.empty() || rest.find('/') == rest.size() - 1;
}

bool is_http_uri(std::string_view text) {
  const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  const std::string_view rest = text.substr(scheme);
  return scheme > 0 && is_host_or_host_port(rest.substr(0, rest.find('/'))) &&
         rest.find_first_of(" \t\r\n?#\"<>") == std::string_view::npos;
}

bool is_registration_source(std::string_view text) {
  return text == "third-party-register" || text == "reg-event" || text == "sh-user-state";
}

bool is_digest_algorithm(std::string_view text) { return text == "SHA-256" || text == "MD5"; }

struct Check {
  std::string_view pattern;
  bool (*holds)(std::string_view);
};
constexpr std::array kChecks{
    Check{"host name, IP address or *", is_domain},
    Check{"host name", is_host_name},
    Check{"IP address", is_ip_address},
    Check{"letters, digits, - and _", is_simple_name},
    Check{"udp:ADDRESS:PORT, tcp:ADDRESS:PORT or tls:ADDRESS:PORT; IPv6 in brackets", is_bind},
    Check{"HOST or HOST:PORT", is_host_or_host_port},
    Check{"ADDRESS or ADDRESS/BITS", is_prefix},
    Check{"an RFC 3261 token", is_token},
    Check{"SIP or tel URIs", is_resource},
    Check{"unix:PATH or ADDRESS:PORT", is_management_listen},
    Check{"ADDRESS:PORT", is_address_port},
    Check{"AUID/NAME", is_document_name},
    Check{"AUID/users/ or AUID/users/XUI/", is_users_collection},
    Check{"http or https URI", is_http_uri},
    Check{"third-party-register, reg-event or sh-user-state", is_registration_source},
    Check{"SHA-256 or MD5", is_digest_algorithm},
    Check{"path of a file", is_path},
    Check{"path of a folder", is_path},
};

const Check* find(std::string_view pattern) {
  const auto* const found =
      std::find_if(kChecks.begin(), kChecks.end(), [&](const Check& check) { return check.pattern == pattern; });
  return found == kChecks.end() ? nullptr : found;
}

}  // namespace

bool has_check(std::string_view pattern) { return find(pattern) != nullptr; }

bool matches(std::string_view pattern, std::string_view text) {
  const Check* check = find(pattern);
  return check == nullptr || check->holds(text);
}

bool AddressPort::loopback() const { return address == "::1" || (is_ipv4(address) && address.starts_with("127.")); }

bool AddressPort::any() const {
  in6_addr parsed{};
  return address == "0.0.0.0" ||
         (inet_pton(AF_INET6, address.c_str(), &parsed) == 1 && IN6_IS_ADDR_UNSPECIFIED(&parsed) != 0);
}

std::optional<AddressPort> parse_address_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(0, colon);
  const auto port = parse_number<std::uint32_t>(text.substr(colon + 1), 65535);
  if (!port) return std::nullopt;
  if (is_bracketed_ipv6(host)) {
    return AddressPort{std::string(host.substr(1, host.size() - 2)), static_cast<std::uint16_t>(*port)};
  }
  if (is_ipv4(host)) return AddressPort{std::string(host), static_cast<std::uint16_t>(*port)};
  return std::nullopt;
}

std::optional<Bind> parse_bind(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view transport = text.substr(0, colon);
  if (transport != "udp" && transport != "tcp" && transport != "tls") return std::nullopt;
  auto address = parse_address_port(text.substr(colon + 1));
  if (!address) return std::nullopt;
  return Bind{std::string(transport), *std::move(address)};
}

}  // namespace presentia::mgmt
