#include "diameter/message/octet_forms.h"

#include <cstdint>

namespace presentia::diameter {
namespace {

constexpr std::size_t kMostDigits = 15;  // [E.164]
constexpr unsigned kFiller = 0xF;
constexpr std::uint64_t kEpoch = 2'208'988'800;  // 1970 in seconds since 1900
constexpr std::uint64_t kEra = std::uint64_t{1} << 32;
constexpr std::uint32_t kFirstOfEra = 0x8000'0000;  // 1968: the top bit says which era [RFC5905 6]

unsigned digit_of(char c) { return static_cast<unsigned>(c - '0'); }

}  // namespace

std::optional<std::string> to_tbcd(std::string_view digits) {
  if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::string octets;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    const unsigned high = at + 1 < digits.size() ? digit_of(digits[at + 1]) : kFiller;
    octets += static_cast<char>(high << 4 | digit_of(digits[at]));
  }
  return octets;
}

std::optional<std::string> from_tbcd(std::string_view octets) {
  if (octets.empty() || octets.size() > (kMostDigits + 1) / 2) return std::nullopt;
  std::string digits;
  for (std::size_t at = 0; at < octets.size(); ++at) {
    const auto octet = static_cast<unsigned char>(octets[at]);
    const unsigned low = octet & 0xFU, high = octet >> 4;
    const bool is_last = at + 1 == octets.size();
    if (low > 9 || (high > 9 && !(high == kFiller && is_last))) return std::nullopt;
    digits += static_cast<char>('0' + low);
    if (high != kFiller) digits += static_cast<char>('0' + high);
  }
  return digits;
}

std::string to_time(base::Instant at) {
  const auto unix_seconds = std::chrono::floor<base::Seconds>(at).time_since_epoch().count();
  const auto seconds = static_cast<std::uint32_t>(static_cast<std::uint64_t>(unix_seconds) + kEpoch);
  std::string octets;
  for (const int shift : {24, 16, 8, 0}) octets += static_cast<char>(seconds >> shift & 0xFFU);
  return octets;
}

std::optional<base::Instant> from_time(std::string_view octets) {
  if (octets.size() != 4) return std::nullopt;
  std::uint32_t seconds = 0;
  for (const char c : octets) seconds = seconds << 8 | static_cast<unsigned char>(c);
  const std::uint64_t since_1900 = seconds >= kFirstOfEra ? seconds : seconds + kEra;
  return base::Instant(base::Seconds(static_cast<std::int64_t>(since_1900 - kEpoch)));
}

}  // namespace presentia::diameter
