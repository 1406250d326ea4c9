// TCP: one connection to the server from the port we listen on, and whatever connections the server opens to us.
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <map>
#include <vector>

#include "tools/presentia-bench/message.h"
#include "tools/presentia-bench/wire.h"

namespace presentia::bench {
namespace {

constexpr std::size_t kReadSize = 262144;

class TcpWire final : public Wire {
 public:
  explicit TcpWire(const sockaddr_in& server)
      : listener_(open_socket()), epoll_(epoll_create1(EPOLL_CLOEXEC)), scratch_(kReadSize) {
    if (epoll_.get() < 0) throw_errno("epoll_create1");
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr = server.sin_addr;
    bind_to(listener_.get(), own);
    if (listen(listener_.get(), 64) != 0) throw_errno("listen");
    local_ = address_text(own);
    watch(listener_.get(), EPOLLIN);
    // From the listening port, so that the server can reuse this connection for requests to our Record-Route.
    Descriptor outbound = open_socket();
    bind_to(outbound.get(), own);
    if (connect(outbound.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
      throw_errno("connect to " + address_text(server));
    }
    server_connection_ = adopt(std::move(outbound));
  }

  const std::string& local() const override { return local_; }
  void send(std::string text) override { queue(server_connection_, text); }
  void reply(const Origin& origin, std::string text) override { queue(origin.connection, text); }

  void poll(std::chrono::milliseconds timeout, const Receiver& receiver) override {
    flush();
    std::array<epoll_event, 32> events{};
    const int count =
        epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), static_cast<int>(timeout.count()));
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener_.get()) {
        accept_one();
      } else if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        read_from(fd, receiver);
      }
    }
    flush();
  }

 private:
  struct Connection {
    Descriptor socket;
    std::string received;
    std::string unsent;
  };

  static Descriptor open_socket() {
    Descriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (fd.get() < 0 || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
      throw_errno("socket");
    }
    return fd;
  }

  // Binds, and fills in the port that was free.
  static void bind_to(int fd, sockaddr_in& own) {
    socklen_t length = sizeof own;
    auto* address = reinterpret_cast<sockaddr*>(&own);
    if (bind(fd, address, length) != 0 || getsockname(fd, address, &length) != 0) throw_errno("bind");
  }

  void watch(int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) throw_errno("epoll_ctl");
  }

  int adopt(Descriptor socket) {
    const int fd = socket.get();
    const int on = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) throw_errno("TCP_NODELAY");
    watch(fd, EPOLLIN);
    connections_.emplace(fd, Connection{std::move(socket), {}, {}});
    return fd;
  }

  void accept_one() {
    Descriptor incoming(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (incoming.get() >= 0) adopt(std::move(incoming));
  }

  void read_from(int fd, const Receiver& receiver) {
    const ssize_t count = recv(fd, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      if (fd == server_connection_) throw WireError("the server closed the connection");
      connections_.erase(fd);
      return;
    }
    Connection& connection = connections_.at(fd);
    connection.received.append(scratch_.data(), static_cast<std::size_t>(count));
    Origin origin;
    origin.connection = fd;
    std::string_view rest = connection.received;
    while (const std::size_t length = frame_length(rest)) {
      receiver(origin, rest.substr(0, length));
      rest.remove_prefix(length);
    }
    connection.received.erase(0, connection.received.size() - rest.size());
  }

  void queue(int fd, const std::string& text) {
    const auto found = connections_.find(fd);
    if (found != connections_.end()) found->second.unsent += text;
  }

  void flush() {
    for (auto& [fd, connection] : connections_) {
      std::string& unsent = connection.unsent;
      if (unsent.empty()) continue;
      const ssize_t count = ::send(fd, unsent.data(), unsent.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count > 0) unsent.erase(0, static_cast<std::size_t>(count));
      if (count < 0 && errno != EAGAIN && errno != EINTR && fd == server_connection_) throw_errno("send");
    }
  }

  Descriptor listener_;
  Descriptor epoll_;
  std::vector<char> scratch_;
  std::string local_;
  std::map<int, Connection> connections_;
  int server_connection_ = -1;
};

}  // namespace

std::unique_ptr<Wire> open_tcp(const sockaddr_in& server) { return std::make_unique<TcpWire>(server); }

}  // namespace presentia::bench
