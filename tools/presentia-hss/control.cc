#include "tools/presentia-hss/control.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace presentia::hss {
namespace {

constexpr std::size_t kMostConnections = 256, kLongestLine = 65'536;

base::Unexpected<base::Error> failed(const std::string& what) {
  return base::Unexpected{base::Error{"control", what + ": " + std::strerror(errno)}};
}

bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

base::Result<std::unique_ptr<Control>> Control::start(std::uint16_t port, Obey obey) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return failed("no socket");
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface of C
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(listener, SOMAXCONN) != 0) {
    auto error = failed("port " + std::to_string(port));
    ::close(listener);
    return error;
  }
  const int end = ::eventfd(0, EFD_CLOEXEC);
  if (end < 0) {
    auto error = failed("no eventfd");
    ::close(listener);
    return error;
  }
  return std::unique_ptr<Control>(new Control(listener, end, std::move(obey)));
}

Control::Control(int listener, int end, Obey obey) : listener_(listener), end_(end), obey_(std::move(obey)) {
  thread_ = std::thread([this] { serve(); });
}

Control::~Control() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(end_, &one, sizeof one));
  thread_.join();
  for (const Connection& connection : connections_) ::close(connection.socket);
  ::close(listener_);
  ::close(end_);
}

void Control::serve() {
  for (;;) {
    const bool is_full = connections_.size() >= kMostConnections;
    std::vector<pollfd> all{{end_, POLLIN, 0}, {is_full ? -1 : listener_, POLLIN, 0}};
    for (const Connection& connection : connections_) all.push_back({connection.socket, POLLIN, 0});
    if (::poll(all.data(), all.size(), -1) < 0 && errno != EINTR) return;
    if (all[0].revents != 0) return;
    for (std::size_t i = connections_.size(); i-- > 0;) {
      if (all[i + 2].revents == 0 || take(connections_[i])) continue;
      ::close(connections_[i].socket);
      connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (all[1].revents != 0) accept();
  }
}

void Control::accept() {
  const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket >= 0) connections_.push_back({socket, {}});
}

bool Control::take(Connection& connection) {
  std::array<char, 4096> bytes{};
  const ssize_t count = ::recv(connection.socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  connection.text.append(bytes.data(), static_cast<std::size_t>(count));
  for (std::size_t end = connection.text.find('\n'); end != std::string::npos; end = connection.text.find('\n')) {
    const std::string line = connection.text.substr(0, end);
    connection.text.erase(0, end + 1);
    if (!send_all(connection.socket, obey_(line) + "\n")) return false;
  }
  return connection.text.size() <= kLongestLine;
}

}  // namespace presentia::hss
