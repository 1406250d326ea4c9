// Where a URI is to be contacted: numeric addresses at once, names by DNS (NAPTR, SRV, A, AAAA [RFC3263]), through
// Sofia's asynchronous resolver. SIP thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "as/sip/listener.h"
#include "as/sip/sofia.h"
#include "as/sip/via.h"

namespace presentia::sip {

struct Target {
  Transport transport = Transport::udp;
  HostPort address;   // numeric
  std::string canon;  // the name that a certificate must carry: as in the URI
};

class Resolver {
 public:
  using Found = std::function<void(std::vector<Target>)>;
  using Usable = std::function<bool(Transport, bool v6)>;

  // `resolv_conf`: path, or empty for the system's. `usable`: whether we can send that way.
  Resolver(su_root_t* root, std::string resolv_conf, Usable usable);
  ~Resolver();  // open searches end without `found`
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Calls `found` once, maybe before it returns, with the targets in the order in which to try them; empty if there are
  // none. `uri` without angle brackets.
  void locate(std::string_view uri, Found found);

 private:
  struct Search;
  friend struct DnsCallback;

  void step(Search& search);
  void finish(Search& search);

  su_root_t* root_;
  std::string resolv_conf_;
  Usable usable_;
  struct Dns;
  std::unique_ptr<Dns> dns_;  // made when the first name comes
  std::unordered_map<std::uint64_t, std::unique_ptr<Search>> searches_;
  std::uint64_t last_search_ = 0;
};

}  // namespace presentia::sip
