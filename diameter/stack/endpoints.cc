#include "diameter/stack/endpoints.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>

namespace presentia::diameter {

std::optional<SocketAddress> socket_address(const std::string& ip, std::uint16_t port) {
  SocketAddress made;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, ip.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&made.storage, &v4, sizeof v4);
    made.length = sizeof v4;
    return made;
  }
  if (inet_pton(AF_INET6, ip.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&made.storage, &v6, sizeof v6);
    made.length = sizeof v6;
    return made;
  }
  return std::nullopt;
}

std::optional<int> tcp_descriptor(const std::string& connection) {
  constexpr std::string_view kMark = "soc#";
  const std::size_t at = connection.find(kMark);
  if (!connection.starts_with("TCP") || at == std::string::npos) return std::nullopt;
  const char* const begin = connection.data() + at + kMark.size();
  const char* const end = connection.data() + connection.size();
  int descriptor = 0;
  const auto [rest, error] = std::from_chars(begin, end, descriptor);
  if (error != std::errc() || rest == begin || descriptor < 0) return std::nullopt;
  return descriptor;
}

}  // namespace presentia::diameter
