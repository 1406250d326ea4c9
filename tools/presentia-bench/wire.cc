#include "tools/presentia-bench/wire.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace presentia::bench {

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

void throw_errno(const std::string& what) { throw WireError(what + ": " + std::strerror(errno)); }

sockaddr_in loopback_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::uint16_t port = 0;
  const bool readable = colon != std::string::npos &&
                        inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) == 1 &&
                        std::from_chars(text.data() + colon + 1, text.data() + text.size(), port).ec == std::errc();
  if (!readable) throw WireError(text + " is not ADDRESS:PORT (IPv4)");
  if (ntohl(address.sin_addr.s_addr) >> 24 != 127) throw WireError(text + " is not a loopback address");
  address.sin_port = htons(port);
  return address;
}

std::string address_text(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  return std::string(text.data()) + ":" + std::to_string(ntohs(address.sin_port));
}

std::unique_ptr<Wire> open_wire(Transport transport, const std::string& server) {
  const sockaddr_in address = loopback_address(server);
  return transport == Transport::kUdp ? open_udp(address) : open_tcp(address);
}

}  // namespace presentia::bench
