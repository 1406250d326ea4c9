// IP addresses for freeDiameter. Pure.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace presentia::diameter {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};
// nullopt for what is no IP address.
[[nodiscard]] std::optional<SocketAddress> socket_address(const std::string& ip, std::uint16_t port);

// The descriptor in what the library says of a connection ("TCP,soc#3"); nullopt where it says none, or no TCP.
[[nodiscard]] std::optional<int> tcp_descriptor(const std::string& connection);

}  // namespace presentia::diameter
