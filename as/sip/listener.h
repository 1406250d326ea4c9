// One address on which we listen, as others see it, and the recognition of our own addresses in Route and Request-URI.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/sip/ip.h"

namespace presentia::sip {

enum class Transport : std::uint8_t { udp, tcp, tls };

[[nodiscard]] std::string_view transport_name(Transport transport);  // "udp"
[[nodiscard]] std::string_view via_name(Transport transport);        // "UDP"
[[nodiscard]] constexpr bool is_stream(Transport transport) { return transport != Transport::udp; }

// sip.transport[].bind, read. The error says what is wrong with it.
struct BindAddress {
  Transport transport = Transport::udp;
  IpAddress address;
  std::uint16_t port = 0;
};
[[nodiscard]] base::Result<BindAddress> parse_bind(std::string_view text);

struct Listener {
  std::string name;  // of the configuration entry
  Transport transport = Transport::udp;
  IpAddress address;           // really bound
  std::string port;            // really bound
  std::string sent_by;         // for Via: the advertised name, else the bound address; always with a port
  std::string contact;         // URI under which peers reach us here
  std::string secure_contact;  // the same for requests to sips URIs [RFC3261 12.1.1]; as `contact` without TLS

  // "udp:127.0.0.1:5060"
  [[nodiscard]] std::string text() const;
};

// `advertise` as configured: HOST or HOST:PORT; a missing port is the bound one.
[[nodiscard]] Listener make_listener(std::string name, Transport transport, const IpAddress& address, std::string port,
                                     const std::string& advertise);

// Which URIs mean us.
class OwnNames {
 public:
  void add(const Listener& listener);
  // True if host and port (the default port if it has none) are a bound or advertised address of ours.
  [[nodiscard]] bool is_own(std::string_view uri) const;

 private:
  std::vector<std::string> names_;  // "host:port", lower case
};

}  // namespace presentia::sip
