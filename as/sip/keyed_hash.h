// SipHash-2-4 under a key of this process: values that others can neither guess nor make, yet the same each time for
// the same input. For To tags of stateless answers and branches of stateless forwarding [RFC3261 16.11].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace presentia::sip {

class KeyedHash {
 public:
  KeyedHash();  // a random key
  KeyedHash(std::uint64_t k0, std::uint64_t k1) : k0_(k0), k1_(k1) {}

  [[nodiscard]] std::uint64_t number(std::string_view text) const;
  // The same as 16 hexadecimal digits.
  [[nodiscard]] std::string hex(std::string_view text) const;

 private:
  std::uint64_t k0_ = 0, k1_ = 0;
};

}  // namespace presentia::sip
