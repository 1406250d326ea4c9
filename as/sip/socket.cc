#include "as/sip/socket.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "as/sip/raw_address.h"

namespace presentia::sip {
namespace {

constexpr int kBacklog = 1024;

base::Unexpected<base::Error> system_error(int error) {
  return base::Unexpected{base::Error{"socket", std::generic_category().message(error)}};
}

bool set(int fd, int level, int option) {
  const int one = 1;
  return setsockopt(fd, level, option, &one, sizeof one) == 0;
}

Socket new_socket(const IpAddress& address) {
  return Socket(socket(address.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool is_link_local(const sockaddr& address) {
  return address.sa_family == AF_INET6 &&
         IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

}  // namespace

std::optional<Endpoint> endpoint(const HostPort& text) {
  const auto address = parse_ip(text.host);
  const auto port = parse_port(text.port);
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

void Socket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

base::Result<Socket> listen_on(const Endpoint& at) {
  Socket made = new_socket(at.address);
  if (!made.open()) return system_error(errno);
  RawAddress address = raw_address(at);
  // A restart must not wait for connections of the last run to be forgotten.
  if (!set(made.fd(), SOL_SOCKET, SO_REUSEADDR) || (at.address.v6 && !set(made.fd(), IPPROTO_IPV6, IPV6_V6ONLY)) ||
      bind(made.fd(), address.raw(), address.size) < 0 || listen(made.fd(), kBacklog) < 0) {
    return system_error(errno);
  }
  return made;
}

base::Result<Socket> connect_to(const IpAddress& from, const Endpoint& to) {
  Socket made = new_socket(to.address);
  if (!made.open()) return system_error(errno);
  RawAddress own = raw_address({from, 0}), remote = raw_address(to);
  set(made.fd(), IPPROTO_TCP, TCP_NODELAY);
  set(made.fd(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);  // one port may serve several targets
  if (bind(made.fd(), own.raw(), own.size) < 0) return system_error(errno);
  if (connect(made.fd(), remote.raw(), remote.size) < 0 && errno != EINPROGRESS) return system_error(errno);
  return made;
}

int connect_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return errno;
  return error;
}

Accepted accept_from(int listening) {
  RawAddress peer;
  const int fd = accept4(listening, peer.raw(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return {Socket(), {}, errno};
  set(fd, IPPROTO_TCP, TCP_NODELAY);
  return {Socket(fd), endpoint_of(*peer.raw()), 0};
}

Endpoint bound_to(int fd) {
  RawAddress own;
  if (getsockname(fd, own.raw(), &own.size) < 0) return {};
  return endpoint_of(*own.raw());
}

std::vector<IpAddress> host_addresses(bool v6) {
  ifaddrs* found = nullptr;
  if (getifaddrs(&found) < 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> held(found, &freeifaddrs);
  std::vector<IpAddress> addresses, loopback;
  for (const ifaddrs* one = found; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != (v6 ? AF_INET6 : AF_INET)) continue;
    if ((one->ifa_flags & IFF_UP) == 0 || is_link_local(*one->ifa_addr)) continue;
    ((one->ifa_flags & IFF_LOOPBACK) != 0 ? loopback : addresses).push_back(endpoint_of(*one->ifa_addr).address);
  }
  addresses.insert(addresses.end(), loopback.begin(), loopback.end());
  return addresses;
}

}  // namespace presentia::sip
