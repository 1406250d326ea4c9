// A request as it lies on the SIP thread until it is answered or forwarded: the message, where it came from, and what
// the answer needs.
#pragma once

#include <optional>
#include <string>

#include "as/sip/network.h"

namespace presentia::sip {

struct Received {
  MsgPtr message;  // keeps the bytes into which `raw` looks
  RawMessage raw;
  Via via;              // the top one
  std::string stamped;  // its value for the answer
  std::size_t listener = 0;
  IpAddress source;
  std::string source_port;
  ConnectionId connection = 0;         // streams only
  std::optional<base::Millis> waited;  // in the socket; datagrams only
  bool overflowed = false;             // the socket, before it came
  bool stream = false;
  bool trusted = false;
};

}  // namespace presentia::sip
