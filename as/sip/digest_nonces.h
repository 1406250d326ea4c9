// Nonces of digest challenges: made without state, known again by a seal, and counted once they are used, so that
// nothing can be replayed [RFC7616 3.3, 5.5]. Bounded: what had to be forgotten is stale. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "as/base/time.h"

namespace presentia::sip {

enum class NonceUse : std::uint8_t {
  good,
  stale,    // not ours (any more), too old, or forgotten
  replayed  // this count was used before, or is too far behind those that were
};

struct NonceLimits {
  base::Seconds lifetime{300};
  std::size_t remembered = 100'000;
};

class DigestNonces {
 public:
  using Key = std::array<unsigned char, 32>;
  DigestNonces();  // a random key; throws std::runtime_error if there are no random numbers
  explicit DigestNonces(const Key& key) : key_(key) {}

  // Hexadecimal digits. `now` must not go back from call to call, here and below.
  [[nodiscard]] std::string issue(base::Instant now);
  // Uses it once, with that count; without one (no qop, RFC 2069) it is used up. Only for who has shown to know the
  // secret: others must not fill the memory.
  [[nodiscard]] NonceUse use(std::string_view nonce, std::optional<std::uint32_t> count, base::Instant now,
                             const NonceLimits& limits);
  [[nodiscard]] std::size_t remembered() const { return uses_.size(); }

 private:
  struct Use {
    base::Instant issued;
    std::uint32_t highest = 0;  // count
    std::uint64_t seen = 0;     // bit n: highest - n
  };
  struct Read {
    base::Instant issued;
    std::uint64_t serial;
  };
  [[nodiscard]] std::string sealed(std::string_view text) const;
  [[nodiscard]] std::optional<Read> read(std::string_view nonce) const;
  void forget(base::Instant now, const NonceLimits& limits);
  static bool take(Use& entry, std::uint32_t count);

  Key key_;
  std::uint64_t issued_ = 0;           // serial of the last one
  std::map<std::uint64_t, Use> uses_;  // by serial, the oldest first
  std::uint64_t forgotten_ = 0;        // serials up to this that are not in uses_ are stale
};

}  // namespace presentia::sip
