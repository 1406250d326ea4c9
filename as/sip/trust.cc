#include "as/sip/trust.h"

#include <algorithm>

#include "as/sip/grammar.h"

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
    return entry.tls_name.empty() || std::any_of(tls_names.begin(), tls_names.end(), [&](const std::string& name) {
             // A certificate's URI entry names a domain too [RFC5922 7.1].
             const std::string_view host = name.starts_with("sip:") ? std::string_view(name).substr(4) : name;
             return equal_ignoring_case(host, entry.tls_name);
           });
  });
}

}  // namespace presentia::sip
