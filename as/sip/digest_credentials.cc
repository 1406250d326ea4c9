#include "as/sip/digest_credentials.h"

#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

constexpr std::string_view kScheme = "Digest";
constexpr std::string_view kBlanks = " \t\r\n";

// The value of an auth-param: a quoted-string, or a token where the quotes were forgotten or are not needed.
std::optional<std::string> value_of(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (quoted) return unquote(text);
  if (text.empty() || text.find_first_of(" \t\r\n\"") != std::string_view::npos) return std::nullopt;
  return std::string(text);
}

struct Wanted {
  std::string_view name;
  std::string DigestCredentials::*where;
};
constexpr std::array<Wanted, 9> kWanted{{{"username", &DigestCredentials::username},
                                         {"realm", &DigestCredentials::realm},
                                         {"nonce", &DigestCredentials::nonce},
                                         {"uri", &DigestCredentials::uri},
                                         {"response", &DigestCredentials::response},
                                         {"algorithm", &DigestCredentials::algorithm},
                                         {"qop", &DigestCredentials::qop},
                                         {"nc", &DigestCredentials::nc},
                                         {"cnonce", &DigestCredentials::cnonce}}};

// False: malformed, or there already.
bool take(std::string_view param, DigestCredentials& credentials) {
  const std::size_t equals = param.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = trim(param.substr(0, equals));
  auto value = value_of(trim(param.substr(equals + 1)));
  if (!is_token(name) || !value) return false;
  for (const Wanted& wanted : kWanted) {
    if (!equal_ignoring_case(name, wanted.name)) continue;
    std::string& member = credentials.*wanted.where;
    if (!member.empty() || value->empty()) return false;  // none of them may be empty, so that this tells what is twice
    member = std::move(*value);
  }
  return true;
}

bool is_complete(const DigestCredentials& credentials) {
  for (const Wanted& wanted : std::span(kWanted).first(5)) {
    if ((credentials.*wanted.where).empty()) return false;
  }
  return true;
}

// [RFC7616 3.4] With qop there are a cnonce and a count of eight digits.
bool read_count(DigestCredentials& credentials) {
  if (credentials.qop.empty()) return true;
  const std::string& digits = credentials.nc;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), credentials.count, 16);
  return digits.size() == 8 && error == std::errc() && end == digits.data() + digits.size() &&
         !credentials.cnonce.empty();
}

}  // namespace

bool is_other_scheme(std::string_view value) {
  value = trim(value);
  return !equal_ignoring_case(value.substr(0, value.find_first_of(kBlanks)), kScheme);
}

std::optional<DigestCredentials> parse_digest(std::string_view value) {
  value = trim(value);
  if (is_other_scheme(value)) return std::nullopt;
  DigestCredentials credentials;
  for (const std::string_view param : split_list(value.substr(kScheme.size()))) {
    if (!take(param, credentials)) return std::nullopt;
  }
  if (!is_complete(credentials) || !read_count(credentials)) return std::nullopt;
  credentials.response = lower(credentials.response);
  credentials.qop = lower(credentials.qop);
  return credentials;
}

}  // namespace presentia::sip
