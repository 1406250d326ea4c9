// Where a message came from, and who takes what the transports bring. SIP thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "as/sip/ip.h"
#include "as/sip/raw_message.h"
#include "as/sip/sofia.h"
#include "as/sip/via.h"

namespace presentia::sip {

// 0: none, that is, datagrams. Never used twice.
using ConnectionId = std::uint64_t;

struct Origin {
  std::size_t listener = 0;
  IpAddress address;
  std::string port;
  ConnectionId connection = 0;              // streams only
  std::vector<std::string> tls_names;       // of the peer's certificate, if it was verified
  Defect framing = Defect::none;            // why the message cannot be told from what follows it on its connection
  std::optional<base::Millis> waited = {};  // in the socket until it was read; datagrams only
  bool overflowed = false;                  // datagrams before it were lost, because the socket held no more
};

class NetworkUser {
 public:
  virtual ~NetworkUser() = default;
  virtual void on_message(MsgPtr message, const Origin& origin) = 0;
  // The connection broke or was refused: what was sent over it has failed.
  virtual void on_connection_lost(ConnectionId connection) = 0;
  // ICMP says that datagrams to there do not arrive.
  virtual void on_unreachable(const HostPort& remote) = 0;
};

}  // namespace presentia::sip
