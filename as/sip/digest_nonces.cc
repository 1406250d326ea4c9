#include "as/sip/digest_nonces.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>
#include <stdexcept>

#include "as/base/mutants.h"
#include "as/sip/digest.h"

namespace presentia::sip {
namespace {

constexpr std::size_t kNumber = 16;  // digits of a number
constexpr std::size_t kSeal = 32;    // digits of the seal
constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex(std::uint64_t number) {
  std::string digits(kNumber, '0');
  for (std::size_t i = 0; i < kNumber; ++i) digits[i] = kDigits[(number >> (60 - 4 * i)) & 15];
  return digits;
}

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

}  // namespace

DigestNonces::DigestNonces() : key_{} {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1) throw std::runtime_error("no random numbers");
}

std::string DigestNonces::sealed(std::string_view text) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes, text.size(), sum.data(), &size) ==
      nullptr) {
    throw std::runtime_error("no HMAC");
  }
  std::string digits;
  for (const unsigned char byte : std::span(sum).first(kSeal / 2)) {
    digits += kDigits[byte >> 4];
    digits += kDigits[byte & 15];
  }
  return digits;
}

std::string DigestNonces::issue(base::Instant now) {
  const std::string text = hex(static_cast<std::uint64_t>(now.time_since_epoch().count())) + hex(++issued_);
  return text + sealed(text);
}

std::optional<DigestNonces::Read> DigestNonces::read(std::string_view nonce) const {
  if (nonce.size() != 2 * kNumber + kSeal) return std::nullopt;
  const std::string_view text = nonce.substr(0, 2 * kNumber);
  if (!same_secret(nonce.substr(2 * kNumber), sealed(text))) return std::nullopt;
  const base::Millis since_epoch(static_cast<base::Millis::rep>(number_of(text.substr(0, kNumber))));
  return Read{base::Instant(since_epoch), number_of(text.substr(kNumber))};
}

void DigestNonces::forget(base::Instant now, const NonceLimits& limits) {
  while (!uses_.empty()) {
    const auto& [serial, oldest] = *uses_.begin();
    if (uses_.size() <= limits.remembered && now - oldest.issued <= limits.lifetime) return;
    forgotten_ = std::max(forgotten_, serial);
    uses_.erase(uses_.begin());
  }
}

NonceUse DigestNonces::use(std::string_view nonce, std::optional<std::uint32_t> count, base::Instant now,
                           const NonceLimits& limits) {
  forget(now, limits);
  const auto known = read(nonce);
  if (!known) return NonceUse::stale;
  const bool expired = now - known->issued > limits.lifetime && !PS_MUTANT("nonce-never-expires");
  const auto found = uses_.find(known->serial);
  if (expired || (found == uses_.end() && known->serial <= forgotten_)) return NonceUse::stale;
  const bool first = found == uses_.end();
  Use& entry = first ? uses_[known->serial] : found->second;
  entry.issued = known->issued;
  if (count) return take(entry, *count) ? NonceUse::good : NonceUse::replayed;
  entry.highest = std::numeric_limits<std::uint32_t>::max();
  entry.seen = std::numeric_limits<std::uint64_t>::max();
  return first ? NonceUse::good : NonceUse::replayed;
}

// Each count once, in any order within 64 of the highest: datagrams overtake each other.
bool DigestNonces::take(Use& entry, std::uint32_t count) {
  if (count == 0) return false;
  if (count > entry.highest) {
    const std::uint32_t ahead = count - entry.highest;
    entry.seen = (ahead < 64 ? entry.seen << ahead : 0) | 1;
    entry.highest = count;
    return true;
  }
  const std::uint32_t behind = entry.highest - count;
  const std::uint64_t bit = behind < 64 ? std::uint64_t{1} << behind : 0;
  if (bit == 0 || (entry.seen & bit) != 0) return PS_MUTANT("nonce-count-unchecked");
  entry.seen |= bit;
  return true;
}

}  // namespace presentia::sip
