// Sockets of the load generator: messages to and from the server under test over UDP or TCP, one thread, one epoll.
// Binds and connects on IPv4 loopback only: the CPU figures need the server on this machine anyway.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace presentia::bench {

enum class Transport { kUdp, kTcp };

// Where a message came from, so that its answer goes back the same way [RFC3261 18.2.2, RFC3581 4].
struct Origin {
  sockaddr_in address{};
  int connection = -1;  // TCP
};

// Not usable: address refused, not loopback, connection lost.
struct WireError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Wire {
 public:
  using Receiver = std::function<void(const Origin&, std::string_view)>;

  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  virtual ~Wire() = default;

  // Our `address:port`, for Via, Record-Route and Contact.
  [[nodiscard]] virtual const std::string& local() const = 0;
  // Queues a request for the server; it leaves with the next poll().
  virtual void send(std::string text) = 0;
  // Queues the answer to a message that came from `origin`.
  virtual void reply(const Origin& origin, std::string text) = 0;
  // Sends what is queued, waits up to `timeout` for messages, hands over all that are there, and sends what was queued
  // meanwhile. Throws WireError if the server cannot be reached any more.
  virtual void poll(std::chrono::milliseconds timeout, const Receiver& receiver) = 0;
};

// `server` is ADDRESS:PORT. Throws WireError.
std::unique_ptr<Wire> open_wire(Transport transport, const std::string& server);

// Steps shared by both transports; they throw WireError.
sockaddr_in loopback_address(const std::string& text);
std::string address_text(const sockaddr_in& address);
[[noreturn]] void throw_errno(const std::string& what);
std::unique_ptr<Wire> open_udp(const sockaddr_in& server);
std::unique_ptr<Wire> open_tcp(const sockaddr_in& server);

// An owned file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace presentia::bench
