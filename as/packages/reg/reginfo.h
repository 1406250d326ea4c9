// Registration information (application/reginfo+xml, RFC 3680) of one subscription: documents in, who is registered
// out. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "as/base/result.h"

namespace presentia::reg {

// The tables of RFC 3680 5.2, as far as presence needs them: the state of each registration. One thread at a time.
class Reginfo {
 public:
  enum class Taken {
    all,   // and it is all there is to know
    gap,   // documents before it are missing: the subscription should be refreshed [RFC3680 5.2]
    stale  // it is older than what is known, and changed nothing
  };
  static constexpr std::size_t kMostRegistrations = 256;

  // Takes a document: full state replaces what was known, partial state adds to it. Elements and attributes that are
  // not known are ignored, those of RFC 5628 among them. The error changes nothing and is a counter's label: of
  // xml::ParseError::reason, or reginfo.root, reginfo.version, reginfo.state, reginfo.registration, reginfo.too-many.
  [[nodiscard]] base::Result<Taken, std::string> take(std::string_view body);

  // Whether the address of record (normal form) is registered; nullopt: nothing is known of it.
  [[nodiscard]] std::optional<bool> registered(const std::string& aor) const;

  // A new subscription begins: versions are its own [RFC3680 5.1].
  void reset();

 private:
  struct Registration {
    std::string aor;  // normal form
    bool active = false;
  };
  using Table = std::map<std::string, Registration>;  // by id

  std::optional<std::uint32_t> version_;  // of the last document
  Table registrations_;
};

}  // namespace presentia::reg
