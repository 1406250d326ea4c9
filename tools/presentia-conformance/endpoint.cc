#include "tools/presentia-conformance/endpoint.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "tools/presentia-conformance/sip_message.h"

namespace presentia::conformance {
namespace {

constexpr int kHandshakeS = 5;
constexpr int kBacklog = 16;
constexpr int kMostPorts = 20;  // tried until one is free for datagrams and streams
constexpr int kReceiveBuffer = 4 * 1024 * 1024;
constexpr std::size_t kLargestRead = 65536;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress socket_address(const std::string& host, int port) {
  SocketAddress result;
  if (host.find(':') != std::string::npos) {
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr);
    result.size = sizeof *v6;
  } else {
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, host.c_str(), &v4->sin_addr);
    result.size = sizeof *v4;
  }
  return result;
}

int port_of(int socket) {
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  getsockname(socket, bound.get(), &bound.size);
  return ntohs(bound.storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_port
                                                   : reinterpret_cast<sockaddr_in*>(&bound.storage)->sin_port);
}

NetworkError failed(const std::string& what) { return NetworkError(what + ": " + std::strerror(errno)); }

void set_blocking(int socket, bool blocking) {
  const int flags = fcntl(socket, F_GETFL, 0);
  fcntl(socket, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

void limit_waits(int socket) {
  const timeval limit{kHandshakeS, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int one = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

}  // namespace

std::string address_towards(const Address& server) {
  SocketAddress to = socket_address(server.host, server.port);
  SocketAddress from;
  from.size = sizeof from.storage;
  const int probe = socket(to.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool known = ::connect(probe, to.get(), to.size) == 0 && getsockname(probe, from.get(), &from.size) == 0;
  const NetworkError error = failed("no way to " + server.text());
  close(probe);
  if (!known) throw error;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = server.v6() ? static_cast<const void*>(&reinterpret_cast<sockaddr_in6*>(from.get())->sin6_addr)
                                    : &reinterpret_cast<sockaddr_in*>(from.get())->sin_addr;
  inet_ntop(from.storage.ss_family, address, text.data(), text.size());
  return text.data();
}

Endpoint::Endpoint(const std::string& transport, const std::string& local, const Address& server, bool also_tcp)
    : transport_(transport), server_(server) {
  open_socket(local);
  for (int i = 0; also_tcp && !listen_at_port_of_datagrams(); ++i) {
    if (i == kMostPorts) throw failed("no port is free for datagrams and streams at " + local);
    close(std::exchange(socket_, -1));
    open_socket(local);
  }
}

Endpoint::~Endpoint() {
  disconnect();
  if (socket_ >= 0) close(socket_);
  if (listener_ >= 0) close(listener_);
}

void Endpoint::open_socket(const std::string& local) {
  SocketAddress address = socket_address(local, 0);
  const bool datagrams = transport_ == "udp";
  socket_ = socket(address.storage.ss_family, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) throw failed("no socket");
  if (bind(socket_, address.get(), address.size) != 0) throw failed("cannot bind to " + local);
  if (datagrams) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  if (!datagrams && listen(socket_, kBacklog) != 0) throw failed("cannot listen at " + local);
  local_ = Address{local, port_of(socket_)};
}

bool Endpoint::listen_at_port_of_datagrams() {
  SocketAddress address = socket_address(local_.host, local_.port);
  listener_ = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener_ < 0) throw failed("no socket");
  if (bind(listener_, address.get(), address.size) == 0 && listen(listener_, kBacklog) == 0) return true;
  close(std::exchange(listener_, -1));
  return false;
}

std::string Endpoint::name_of(const Peer& peer) const {
  if (peer.stream >= 0) return streams_.at(static_cast<std::size_t>(peer.stream)).to_server ? server_.text() : "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer.address.ss_family == AF_INET6) {
    const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(&peer.address);
    inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
    return Address{text.data(), ntohs(v6->sin6_port)}.text();
  }
  const auto* const v4 = reinterpret_cast<const sockaddr_in*>(&peer.address);
  inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
  return Address{text.data(), ntohs(v4->sin_port)}.text();
}

void Endpoint::connect() {
  SocketAddress from = socket_address(local_.host, 0);
  SocketAddress to = socket_address(server_.host, server_.port);
  Stream stream;
  stream.to_server = true;
  stream.socket = socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (stream.socket < 0) throw failed("no socket");
  limit_waits(stream.socket);
  const bool connected =
      bind(stream.socket, from.get(), from.size) == 0 && ::connect(stream.socket, to.get(), to.size) == 0;
  if (!connected) {
    const NetworkError error = failed("cannot connect to " + transport_ + ":" + server_.text());
    close(stream.socket);
    throw error;
  }
  try {
    if (transport_ == "tls") stream.tls = tls_connect(stream.socket);
  } catch (const std::runtime_error& error) {
    close(stream.socket);
    throw NetworkError("cannot connect to tls:" + server_.text() + ": " + error.what());
  }
  set_blocking(stream.socket, false);
  streams_.push_back(std::move(stream));
}

void Endpoint::close_stream(Stream& stream) {
  stream.tls.reset();
  if (stream.socket >= 0) close(stream.socket);
  stream.socket = -1;
}

void Endpoint::disconnect() {
  for (Stream& stream : streams_) close_stream(stream);
}

int Endpoint::current() {
  for (std::size_t i = streams_.size(); i > 0; --i) {
    if (streams_[i - 1].socket >= 0 && streams_[i - 1].to_server) return static_cast<int>(i - 1);
  }
  connect();
  return static_cast<int>(streams_.size() - 1);
}

void Endpoint::write(Stream& stream, const std::string& bytes) {
  if (stream.socket < 0) throw NetworkError("the stream is closed");
  set_blocking(stream.socket, true);
  bool sent = true;
  if (stream.tls) {
    sent = tls_write(stream.tls.get(), bytes);
  } else {
    for (std::size_t at = 0; sent && at < bytes.size();) {
      const ssize_t count = ::send(stream.socket, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      sent = count > 0;
      at += sent ? static_cast<std::size_t>(count) : 0;
    }
  }
  if (!sent) {
    close_stream(stream);
    throw NetworkError("the server has closed the stream");
  }
  set_blocking(stream.socket, false);
}

void Endpoint::send(const std::string& bytes, std::size_t pieces) {
  if (transport_ == "udp") {
    SocketAddress to = socket_address(server_.host, server_.port);
    if (sendto(socket_, bytes.data(), bytes.size(), 0, to.get(), to.size) < 0) {
      throw failed("cannot send to udp:" + server_.text());
    }
    return;
  }
  const auto index = static_cast<std::size_t>(current());
  if (pieces == 0) return write(streams_[index], bytes);
  for (std::size_t at = 0; at < bytes.size(); at += pieces) write(streams_[index], bytes.substr(at, pieces));
}

void Endpoint::reply(const Peer& to, const std::string& bytes) {
  if (to.stream >= 0) return write(streams_.at(static_cast<std::size_t>(to.stream)), bytes);
  SocketAddress address{to.address, sizeof to.address};
  sendto(socket_, bytes.data(), bytes.size(), 0, address.get(), address.size);
}

void Endpoint::add_to(std::vector<pollfd>& set) const {
  set.push_back({socket_, POLLIN, 0});
  if (listener_ >= 0) set.push_back({listener_, POLLIN, 0});
  for (const Stream& stream : streams_) {
    if (stream.socket >= 0) set.push_back({stream.socket, POLLIN, 0});
  }
}

std::vector<Arrival> Endpoint::receive() {
  std::vector<Arrival> arrivals;
  if (transport_ == "udp") {
    receive_datagrams(arrivals);
    if (listener_ < 0) return arrivals;
  }
  accept_streams();
  for (std::size_t i = 0; i < streams_.size(); ++i) receive_stream(i, arrivals);
  return arrivals;
}

void Endpoint::receive_datagrams(std::vector<Arrival>& into) {
  std::array<char, kLargestRead> buffer;
  for (;;) {
    Arrival arrival;
    socklen_t size = sizeof arrival.from.address;
    const ssize_t count =
        recvfrom(socket_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&arrival.from.address), &size);
    if (count < 0) return;
    arrival.bytes.assign(buffer.data(), static_cast<std::size_t>(count));
    if (arrival.bytes.find_first_not_of(std::string("\r\n\0", 3)) == std::string::npos) {
      arrival.kind = Arrival::Kind::keep_alive;
    }
    into.push_back(std::move(arrival));
  }
}

void Endpoint::accept_streams() {
  for (;;) {
    const int accepted = accept4(listener_ < 0 ? socket_ : listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    Stream stream;
    stream.socket = accepted;
    limit_waits(accepted);
    try {
      if (transport_ == "tls") stream.tls = tls_accept(accepted);
    } catch (const std::runtime_error&) {
      close(accepted);  // the server will say what it did not like in its own log
      continue;
    }
    set_blocking(accepted, false);
    streams_.push_back(std::move(stream));
  }
}

void Endpoint::receive_stream(std::size_t index, std::vector<Arrival>& into) {
  std::array<char, kLargestRead> buffer;
  Stream& stream = streams_[index];
  while (stream.socket >= 0) {
    const long count = stream.tls ? tls_read(stream.tls.get(), buffer.data(), buffer.size())
                                  : recv(stream.socket, buffer.data(), buffer.size(), 0);
    if (count < 0 && (stream.tls || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) break;
    if (count <= 0) {
      close_stream(stream);
      into.push_back({Arrival::Kind::closed, "", "", Peer{{}, static_cast<int>(index)}});
      break;
    }
    stream.buffer.append(buffer.data(), static_cast<std::size_t>(count));
  }
  cut_frames(index, into);
}

void Endpoint::cut_frames(std::size_t index, std::vector<Arrival>& into) {
  Stream& stream = streams_[index];
  const Peer from{{}, static_cast<int>(index)};
  for (;;) {
    const auto found = find_frame(stream.buffer);
    if (const auto* const wrong = std::get_if<Unreadable>(&found)) {
      into.push_back({Arrival::Kind::unreadable, stream.buffer, wrong->why, from});
      stream.buffer.clear();
      return;
    }
    const Frame& frame = std::get<Frame>(found);
    if (frame.skip > 0) {
      into.push_back({Arrival::Kind::keep_alive, stream.buffer.substr(0, frame.skip), "", from});
      stream.buffer.erase(0, frame.skip);
    }
    if (frame.length == 0) return;
    into.push_back({Arrival::Kind::message, stream.buffer.substr(0, frame.length), "", from});
    stream.buffer.erase(0, frame.length);
  }
}

}  // namespace presentia::conformance
