#include "as/sip/trust.h"

#include <algorithm>

#include "as/sip/tls_names.h"

namespace presentia::sip {

TrustDomain::TrustDomain(const config::Sip& sip) {
  for (const config::Peer& peer : sip.trusted()) {
    Entry entry{parse_prefix(peer.address()), peer.tls_name()};
    const bool unreadable = !peer.address().empty() && !entry.prefix;
    const bool says_nothing = peer.address().empty() && peer.tls_name().empty();
    if (!unreadable && !says_nothing) entries_.push_back(std::move(entry));
  }
}

bool TrustDomain::trusts(const IpAddress& from, const std::vector<std::string>& tls_names) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    if (entry.prefix && !entry.prefix->contains(from)) return false;
    return entry.tls_name.empty() || name_host(tls_names, entry.tls_name);
  });
}

}  // namespace presentia::sip
