#include "as/sip/listener.h"

#include <algorithm>

#include "as/base/uri.h"
#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

base::Unexpected<base::Error> bad_bind(std::string_view text, std::string_view why) {
  return base::Unexpected{base::Error{"bad_bind", std::string(text) + ": " + std::string(why)}};
}

// An address in its one spelling, a name in lower case.
std::string canonical(std::string_view host) {
  const auto address = parse_ip(host);
  return address ? address->host() : lower(host);
}

// Splits host:port with regard to IPv6 brackets.
std::pair<std::string_view, std::string_view> split_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

std::string_view transport_name(Transport transport) {
  switch (transport) {
    case Transport::udp:
      return "udp";
    case Transport::tcp:
      return "tcp";
    case Transport::tls:
      return "tls";
  }
  return "udp";
}

std::string_view via_name(Transport transport) {
  switch (transport) {
    case Transport::udp:
      return "UDP";
    case Transport::tcp:
      return "TCP";
    case Transport::tls:
      return "TLS";
  }
  return "UDP";
}

base::Result<BindAddress> parse_bind(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return bad_bind(text, "want TRANSPORT:ADDRESS:PORT");
  BindAddress bind;
  const std::string transport = lower(text.substr(0, colon));
  if (transport == "tcp") {
    bind.transport = Transport::tcp;
  } else if (transport == "tls") {
    bind.transport = Transport::tls;
  } else if (transport != "udp") {
    return bad_bind(text, "transport must be udp, tcp or tls");
  }
  const auto [host, port] = split_port(text.substr(colon + 1));
  const auto address = parse_ip(host);
  if (!address) return bad_bind(text, "not an IP address (IPv6 in brackets)");
  const auto number = parse_port(port, true);
  if (!number) return bad_bind(text, "port must be 0 to 65535");
  bind.address = *address;
  bind.port = *number;
  return bind;
}

std::string Listener::text() const {
  return std::string(transport_name(transport)) + ':' + address.host() + ':' + port;
}

Listener make_listener(std::string name, Transport transport, const IpAddress& address, std::string port,
                       const std::string& advertise) {
  Listener made{std::move(name), transport, address, std::move(port), {}, {}, {}};
  const auto [host, advertised_port] = split_port(advertise);
  made.sent_by = (host.empty() ? address.host() : std::string(host)) + ':' +
                 (advertised_port.empty() ? made.port : std::string(advertised_port));
  switch (transport) {
    case Transport::udp:
      made.contact = "sip:" + made.sent_by;
      break;
    case Transport::tcp:
      made.contact = "sip:" + made.sent_by + ";transport=tcp";
      break;
    case Transport::tls:
      made.contact = "sip:" + made.sent_by + ";transport=tls";
      break;
  }
  made.secure_contact = transport == Transport::tls ? "sips:" + made.sent_by : made.contact;
  return made;
}

void OwnNames::add(const Listener& listener) {
  const auto [host, port] = split_port(listener.sent_by);
  names_.push_back(canonical(host) + ':' + std::string(port));
  names_.push_back(listener.address.host() + ':' + listener.port);
}

bool OwnNames::is_own(std::string_view uri) const {
  const auto parsed = base::parse_uri(uri);
  if (!parsed || (parsed->scheme != "sip" && parsed->scheme != "sips")) return false;
  const auto transport = parsed->param("transport");
  const bool tls = parsed->scheme == "sips" || (transport && equal_ignoring_case(*transport, "tls"));
  const std::string port = parsed->port.empty() ? (tls ? "5061" : "5060") : parsed->port;
  return std::find(names_.begin(), names_.end(), canonical(parsed->host) + ':' + port) != names_.end();
}

}  // namespace presentia::sip
