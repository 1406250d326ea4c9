#include "as/base/tokens.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <chrono>
#include <cstring>
#include <stdexcept>

namespace presentia::base {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kHalfDigits = 11;  // 62^11 > 2^64
using Block = std::array<std::uint8_t, 16>;

void append_digits(std::string& out, std::uint64_t value) {
  for (std::size_t i = 0; i < kHalfDigits; ++i, value /= kDigits.size()) out += kDigits[value % kDigits.size()];
}

std::uint64_t microseconds_of_start() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

}  // namespace

void CipherDeleter::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

BootTokens::BootTokens(std::uint32_t lane)
    : lane_(lane), boot_(microseconds_of_start()), cipher_(EVP_CIPHER_CTX_new()) {
  const bool ready = cipher_ && RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1 &&
                     EVP_EncryptInit_ex(cipher_.get(), EVP_aes_128_ecb(), nullptr, key_.data(), nullptr) == 1 &&
                     EVP_CIPHER_CTX_set_padding(cipher_.get(), 0) == 1;
  if (!ready) throw std::runtime_error("no random numbers or no AES from OpenSSL");
}

// One block of AES under a random key. It maps blocks one to one, so within a source none repeats; between sources and
// boots two of 128 bits do not meet; and nobody without the key can tell the next from the last.
std::string BootTokens::tag(Partition home) {
  Block block{};
  ++count_;
  std::memcpy(block.data(), &count_, sizeof count_);
  std::memcpy(block.data() + 8, &lane_, sizeof lane_);
  std::memcpy(block.data() + 12, &boot_, 4);
  Block sealed{};
  int length = 0;
  if (EVP_EncryptUpdate(cipher_.get(), sealed.data(), &length, block.data(), static_cast<int>(block.size())) != 1 ||
      length != static_cast<int>(sealed.size())) {
    throw std::runtime_error("AES failed");
  }
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), sealed.data(), sealed.size());
  std::string result = partition_prefix(home);
  result.reserve(3 + 2 * kHalfDigits);
  append_digits(result, halves[0]);
  append_digits(result, halves[1]);
  return result;
}

// Counts on from the microsecond of the start: below a million numbers a second, the next boot begins behind them.
std::uint64_t BootTokens::number() {
  constexpr int kTimeBits = 53;  // microseconds since 1970 until the year 2255
  constexpr std::uint32_t kLanes = 1U << 10;
  return (static_cast<std::uint64_t>(lane_ % kLanes) << kTimeBits) + boot_ + numbers_++;
}

}  // namespace presentia::base
