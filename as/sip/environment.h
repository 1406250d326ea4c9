// What the parts of the SIP thread share: the time of this turn, the attributes in force, the sockets. SIP thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "as/base/mutants.h"
#include "as/base/time.h"
#include "as/base/timer_wheel.h"
#include "as/base/tokens.h"
#include "as/sip/counters.h"
#include "as/sip/ip.h"
#include "as/sip/keyed_hash.h"
#include "as/sip/listener.h"
#include "as/sip/message_text.h"
#include "as/sip/network.h"
#include "as/sip/trust.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::sip {

struct Environment {
  Environment(const mgmt::Live& live, Counters& metrics, base::Instant start, std::uint32_t io_thread)
      : reader(live), counters(metrics), tokens(io_thread), wheel(start), now(start), io(io_thread) {}

  mgmt::Reader reader;
  Counters& counters;
  base::BootTokens tokens;
  KeyedHash hash;
  base::TimerWheel wheel;
  base::Instant now;  // of this turn of the loop
  std::uint32_t io;   // this SIP thread
  Network* network = nullptr;
  OwnNames own;

  [[nodiscard]] const config::Sip& sip() { return reader.snapshot()->config().sip(); }

  // The trust domain of the attributes in force.
  const TrustDomain& trust() {
    const std::uint64_t version = reader.snapshot()->version();
    if (!trust_ || trust_version_ != version) trust_.emplace(sip());
    trust_version_ = version;
    return *trust_;
  }

  // Where `to` is that is reached from `over` and called `canon`. Over TLS that name counts where certificates are
  // checked.
  NextHop next_hop(const IpAddress& to, const Listener& over, const std::string& canon) {
    if (PS_MUTANT("outside-told-all")) return NextHop::inside;
    std::vector<std::string> names;
    for (const config::Transport& transport : sip().transport()) {
      if (over.transport == Transport::tls && transport.name() == over.name && !transport.ca().empty())
        names.push_back(canon);
    }
    return trust().trusts(to, names) ? NextHop::inside : NextHop::outside;
  }

 private:
  std::optional<TrustDomain> trust_;
  std::uint64_t trust_version_ = 0;
};

}  // namespace presentia::sip
