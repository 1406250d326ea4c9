#include "tools/presentia-hss/digest.h"

#include <openssl/evp.h>

#include <array>

namespace presentia::hss {

std::string digest_ha1(std::string_view user, std::string_view realm, std::string_view password) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::string text = std::string(user) + ":" + std::string(realm) + ":" + std::string(password);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &length, EVP_md5(), nullptr) != 1) return "";
  std::string made;
  for (unsigned int at = 0; at < length; ++at) {
    made += kDigits[bytes[at] >> 4U];
    made += kDigits[bytes[at] & 15U];
  }
  return made;
}

}  // namespace presentia::hss
