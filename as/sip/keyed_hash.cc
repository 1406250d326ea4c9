#include "as/sip/keyed_hash.h"

#include <openssl/rand.h>

#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace presentia::sip {
namespace {

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void take(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

std::uint64_t word_at(const char* bytes, std::size_t count) {
  std::uint64_t word = 0;  // little-endian, whatever the machine
  for (std::size_t i = 0; i < count; ++i) {
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return word;
}

}  // namespace

KeyedHash::KeyedHash() {
  std::array<unsigned char, 16> key{};
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) throw std::runtime_error("no random numbers");
  std::memcpy(&k0_, key.data(), 8);
  std::memcpy(&k1_, key.data() + 8, 8);
}

std::uint64_t KeyedHash::number(std::string_view text) const {
  State state{k0_ ^ 0x736f6d6570736575ULL, k1_ ^ 0x646f72616e646f6dULL, k0_ ^ 0x6c7967656e657261ULL,
              k1_ ^ 0x7465646279746573ULL};
  const std::size_t whole = text.size() / 8 * 8;
  for (std::size_t at = 0; at < whole; at += 8) state.take(word_at(text.data() + at, 8));
  state.take(word_at(text.data() + whole, text.size() - whole) | static_cast<std::uint64_t>(text.size()) << 56);
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

std::string KeyedHash::hex(std::string_view text) const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::uint64_t value = number(text);
  std::string digits(16, '0');
  for (std::size_t i = 0; i < 16; ++i) digits[i] = kDigits[(value >> (60 - 4 * i)) & 15];
  return digits;
}

}  // namespace presentia::sip
