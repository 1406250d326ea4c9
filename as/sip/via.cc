#include "as/sip/via.h"

#include "as/base/mutants.h"

namespace presentia::sip {
namespace {

std::string_view name_of(std::string_view param) { return trim(param.substr(0, param.find('='))); }

}  // namespace

std::string stamped_via(const Via& via, std::string_view text, const IpAddress& source, std::string_view source_port) {
  const bool rport = param(via.params, "rport").has_value();
  std::string stamped;
  stamped.reserve(text.size() + 48);
  bool first = true;
  for (std::string_view part : split_list(text, ';')) {
    if (first) {
      stamped += part;
      first = false;
    } else if (equal_ignoring_case(name_of(part), "rport")) {
      stamped.append(";rport=").append(source_port);
    } else if (!equal_ignoring_case(name_of(part), "received")) {
      stamped.append(";").append(part);
    }
  }
  const auto host = parse_ip(via.host);
  // The address in received has no brackets [RFC5118 4.5].
  if ((rport || !host || *host != source) && !PS_MUTANT("received-missing"))
    stamped.append(";received=").append(source.plain());
  return stamped;
}

HostPort reply_address(const Via& via, const IpAddress& source, std::string_view source_port, bool stream) {
  std::string port = via.port.empty() ? std::string(default_port(via.transport)) : via.port;
  if (stream) return {source.host(), std::move(port)};
  if (const auto maddr = param(via.params, "maddr")) {
    if (const auto address = parse_ip(*maddr)) return {address->host(), std::move(port)};
  }
  if (param(via.params, "rport") && !PS_MUTANT("rport-ignored")) port = source_port;
  return {source.host(), std::move(port)};
}

std::string_view default_port(std::string_view via_transport) { return via_transport == "TLS" ? "5061" : "5060"; }

}  // namespace presentia::sip
