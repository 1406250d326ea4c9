#include "tools/presentia-hss/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace presentia::hss {

std::uint16_t free_port(const std::string& address) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  if (inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1) return 0;
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  if (socket < 0) return 0;
  socklen_t length = sizeof at;
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface of C
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &length) == 0;
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  ::close(socket);
  return bound ? ntohs(at.sin_port) : 0;
}

}  // namespace presentia::hss
