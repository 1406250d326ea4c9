// The checks behind the option `pattern` of a text attribute: each wording used in config.proto has one here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presentia::mgmt {

// True if this wording has a check.
[[nodiscard]] bool has_check(std::string_view pattern);
// True if the text (not empty) is as the wording says; also if the wording has no check. Looks at the text only, never
// at the file system or the network.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);

struct AddressPort {
  std::string address;  // IPv4 or IPv6, without brackets
  std::uint16_t port = 0;
  [[nodiscard]] bool loopback() const;
  [[nodiscard]] bool any() const;  // 0.0.0.0 or ::
};
// "127.0.0.1:5060", "[::1]:5060"; nullopt for anything else (host names too).
[[nodiscard]] std::optional<AddressPort> parse_address_port(std::string_view text);

struct Bind {
  std::string transport;  // udp, tcp or tls
  AddressPort address;
};
// "udp:127.0.0.1:5060".
[[nodiscard]] std::optional<Bind> parse_bind(std::string_view text);

}  // namespace presentia::mgmt
