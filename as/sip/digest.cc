#include "as/sip/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <initializer_list>
#include <span>
#include <stdexcept>

#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(text.empty() ? "" : ":").append(part);
  return text;
}

}  // namespace

std::string_view word(DigestAlgorithm algorithm) { return algorithm == DigestAlgorithm::md5 ? "MD5" : "SHA-256"; }

std::optional<DigestAlgorithm> digest_algorithm(std::string_view text) {
  for (const DigestAlgorithm algorithm : {DigestAlgorithm::md5, DigestAlgorithm::sha256}) {
    if (equal_ignoring_case(text, word(algorithm))) return algorithm;
  }
  return std::nullopt;
}

std::string digest_hash(DigestAlgorithm algorithm, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned int size = 0;
  const EVP_MD* hash = algorithm == DigestAlgorithm::md5 ? EVP_md5() : EVP_sha256();
  if (EVP_Digest(text.data(), text.size(), sum.data(), &size, hash, nullptr) != 1) {
    throw std::runtime_error("no " + std::string(word(algorithm)));
  }
  std::string digits;
  for (const unsigned char byte : std::span(sum).first(size)) {
    digits += kDigits[byte >> 4];
    digits += kDigits[byte & 15];
  }
  return digits;
}

std::string digest_response(const DigestInput& input) {
  const bool with_body = input.qop == "auth-int";
  const std::string what =
      with_body ? joined({input.method, input.uri, digest_hash(input.algorithm, input.body)})  // [RFC3261 22.4] item 7
                : joined({input.method, input.uri});
  const std::string ha2 = digest_hash(input.algorithm, what);
  if (input.qop.empty()) return digest_hash(input.algorithm, joined({input.ha1, input.nonce, ha2}));
  return digest_hash(input.algorithm, joined({input.ha1, input.nonce, input.nc, input.cnonce, input.qop, ha2}));
}

bool same_secret(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace presentia::sip
