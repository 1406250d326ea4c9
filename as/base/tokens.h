// Where unguessable, never repeated identifiers come from: entity-tags, dialog tags, branches, watcher ids.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "as/base/partition.h"

struct evp_cipher_ctx_st;  // OpenSSL's

namespace presentia::base {

// One per thread that needs it; injected, so that tests know what comes.
class Tokens {
 public:
  virtual ~Tokens() = default;
  // Home partition (3 characters) and a value that no call ever gives again, also not after a restart, made of
  // characters of an RFC 3261 token (letters and digits) [RFC3903 6 step 6].
  virtual std::string tag(Partition home) = 0;
  // A number that no call ever gives again.
  virtual std::uint64_t number() = 0;
};

struct CipherDeleter {
  void operator()(evp_cipher_ctx_st* context) const;
};

// A counter sealed with AES under a key of this boot; `lane` (below 1,024) tells several sources of one process apart.
// Throws std::runtime_error at construction if OpenSSL has no random numbers.
class BootTokens final : public Tokens {
 public:
  explicit BootTokens(std::uint32_t lane);
  std::string tag(Partition home) override;
  std::uint64_t number() override;

 private:
  std::array<std::uint8_t, 16> key_{};
  std::uint32_t lane_;
  std::uint64_t boot_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t numbers_ = 0;
  std::unique_ptr<evp_cipher_ctx_st, CipherDeleter> cipher_;
};

}  // namespace presentia::base
