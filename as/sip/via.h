// What the server side does with a Via: received and rport on the way in, where the answer goes on the way out.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "as/sip/grammar.h"
#include "as/sip/ip.h"

namespace presentia::sip {

// A port and an address as text.
struct HostPort {
  std::string host;  // numeric, IPv6 in brackets
  std::string port;
  bool operator==(const HostPort&) const = default;
};

// The Via value to be copied into the answer: with `received` where its host is not the source address, or rport was
// asked for [RFC3261 18.2.1, RFC3581 4]. What the sender wrote into `received` itself is dropped.
[[nodiscard]] std::string stamped_via(const Via& via, std::string_view text, const IpAddress& source,
                                      std::string_view source_port);

// Where the answer to a datagram goes, and for a stream whose connection is gone, where a new one is opened
// [RFC3261 18.2.2, RFC3581 4]. A maddr that is no address is ignored.
[[nodiscard]] HostPort reply_address(const Via& via, const IpAddress& source, std::string_view source_port,
                                     bool stream);

// "5061" for TLS, else "5060".
[[nodiscard]] std::string_view default_port(std::string_view via_transport);

}  // namespace presentia::sip
