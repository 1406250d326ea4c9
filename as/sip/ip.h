// IP addresses as values: compared and matched against prefixes, in whatever way they were written.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presentia::sip {

struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // the first 4 for IPv4; a v4-mapped IPv6 address is the IPv4 address
  bool operator==(const IpAddress&) const = default;

  // As in SIP: IPv6 in brackets.
  [[nodiscard]] std::string host() const;
  // As in a Via's received parameter: without brackets.
  [[nodiscard]] std::string plain() const;
  [[nodiscard]] bool unspecified() const;
};

// IPv6 with or without brackets; nullopt for a name.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);

// ADDRESS or ADDRESS/BITS.
struct Prefix {
  IpAddress address;
  unsigned bits = 0;
  [[nodiscard]] bool contains(const IpAddress& other) const;
};
[[nodiscard]] std::optional<Prefix> parse_prefix(std::string_view text);

// A port, 1 to 65535 (0 too if `zero`), else nullopt.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text, bool zero = false);

}  // namespace presentia::sip
