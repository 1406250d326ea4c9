// An Authorization value of the scheme Digest, read [RFC3261 25.1, RFC7616 3.4]. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presentia::sip {

struct DigestCredentials {
  std::string username, realm, nonce, uri;
  std::string response;   // lower case
  std::string algorithm;  // as received; empty: none, which is MD5
  std::string qop;        // lower case; empty: none, as in RFC 2069; then the next three say nothing
  std::string nc;         // as received: 8 hexadecimal digits
  std::uint32_t count = 0;
  std::string cnonce;
};

// True if the value is of another scheme, such as Basic, which must not be accepted [RFC3261 22].
[[nodiscard]] bool is_other_scheme(std::string_view value);

// nullopt: another scheme, a parameter that is missing, twice or malformed. Unknown parameters are ignored, and quotes
// where they do not belong, as some clients have them.
[[nodiscard]] std::optional<DigestCredentials> parse_digest(std::string_view value);

}  // namespace presentia::sip
