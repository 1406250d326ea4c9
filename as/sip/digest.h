// The arithmetic of SIP digest authentication [RFC3261 22.4, RFC7616 3.4, RFC8760]: hashes and responses. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presentia::sip {

enum class DigestAlgorithm : std::uint8_t { md5, sha256 };

// As it stands in headers: MD5, SHA-256.
[[nodiscard]] std::string_view word(DigestAlgorithm algorithm);
// In any case; nullopt for what is not served here (the -sess variants, SHA-512-256).
[[nodiscard]] std::optional<DigestAlgorithm> digest_algorithm(std::string_view text);

// H(text) in lower-case hexadecimal digits. Throws std::runtime_error if OpenSSL lacks the hash.
[[nodiscard]] std::string digest_hash(DigestAlgorithm algorithm, std::string_view text);

struct DigestInput {
  DigestAlgorithm algorithm = DigestAlgorithm::md5;
  std::string_view ha1;  // H(name:realm:password), lower case
  std::string_view method, uri, nonce;
  std::string_view qop;         // lower case: auth, auth-int; empty: as in RFC 2069
  std::string_view nc, cnonce;  // with qop only
  std::string_view body;        // counts for auth-int only
};
// What `response` must be [RFC7616 3.4.1].
[[nodiscard]] std::string digest_response(const DigestInput& input);

// Takes as long whatever differs.
[[nodiscard]] bool same_secret(std::string_view one, std::string_view other);

}  // namespace presentia::sip
