// TCP sockets that never block, and endpoints as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "as/base/result.h"
#include "as/sip/ip.h"
#include "as/sip/via.h"

namespace presentia::sip {

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
};
// nullopt for what is no numeric address and port.
[[nodiscard]] std::optional<Endpoint> endpoint(const HostPort& text);

// Owns a descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

// Listens there; IPv6 without IPv4. The error's text is the system's.
[[nodiscard]] base::Result<Socket> listen_on(const Endpoint& at);
// Connects from that address of ours; whether it succeeds shows later (connect_error).
[[nodiscard]] base::Result<Socket> connect_to(const IpAddress& from, const Endpoint& to);
// 0 once connected, else the errno of the failure.
[[nodiscard]] int connect_error(int fd);

struct Accepted {
  Socket socket;
  Endpoint peer;
  int error = 0;  // errno, if there is no socket
};
[[nodiscard]] Accepted accept_from(int listening);

[[nodiscard]] Endpoint bound_to(int fd);
// The addresses of this host under which others may reach it, those of loopback last; none of link scope.
[[nodiscard]] std::vector<IpAddress> host_addresses(bool v6);

}  // namespace presentia::sip
