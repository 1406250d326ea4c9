// The trust domain: from which transport peers asserted identities count [RFC3324 2.3, RFC3325].
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "as/sip/ip.h"
#include "proto/config.pb.h"

namespace presentia::sip {

class TrustDomain {
 public:
  // From sip.trusted. An entry whose address cannot be read matches nobody.
  explicit TrustDomain(const config::Sip& sip);

  // True if an entry with an address that contains `from` (or none) and a TLS name among `tls_names` (or none) exists.
  // `tls_names`: of the peer's certificate, if it was verified; else empty.
  [[nodiscard]] bool trusts(const IpAddress& from, const std::vector<std::string>& tls_names) const;

 private:
  struct Entry {
    std::optional<Prefix> prefix;
    std::string tls_name;
  };
  std::vector<Entry> entries_;
};

}  // namespace presentia::sip
