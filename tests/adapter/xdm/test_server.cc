#include "tests/adapter/xdm/test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

namespace presentia::test {
namespace {

constexpr int kPieceMs = 5;

sockaddr_in address_of(const std::string& address, int port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &made.sin_addr);
  return made;
}

int bound_socket(const std::string& address, int port) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  const sockaddr_in where = address_of(address, port);
  bind(made, reinterpret_cast<const sockaddr*>(&where), sizeof where);
  return made;
}

int port_of(int socket) {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port);
}

std::size_t length_in(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Peer::Peer(int socket, SSL_CTX* tls) : socket_(socket) {
  if (tls == nullptr) return;
  tls_ = SSL_new(tls);
  SSL_set_fd(tls_, socket_);
  SSL_accept(tls_);
  ERR_clear_error();
}

Peer::~Peer() {
  if (tls_ != nullptr) {
    SSL_shutdown(tls_);
    SSL_free(tls_);
  }
  ERR_clear_error();
  shutdown(socket_, SHUT_RDWR);
}

void Peer::cut() {
  if (tls_ != nullptr) SSL_free(tls_);
  tls_ = nullptr;
  shutdown(socket_, SHUT_RDWR);
}

int Peer::read(char* into, int size) {
  return tls_ != nullptr ? SSL_read(tls_, into, size)
                         : static_cast<int>(recv(socket_, into, static_cast<std::size_t>(size), 0));
}

std::string Peer::request() {
  std::string text;
  std::array<char, 4096> piece{};
  while (true) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end != std::string::npos && text.size() >= end + 4 + length_in(text.substr(0, end))) return text;
    const int got = read(piece.data(), piece.size());
    if (got <= 0) return "";
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

bool Peer::send(const std::string& bytes) {
  if (tls_ != nullptr) return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0;
  return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

bool Peer::closed_within_ms(int wait) {
  pollfd watched{socket_, POLLIN, 0};
  if (poll(&watched, 1, wait) == 0) return false;
  char byte = 0;
  return recv(socket_, &byte, 1, MSG_PEEK) <= 0;
}

void Peer::trickle(const std::string& bytes) {
  while (!closed_within_ms(kPieceMs) && send(bytes)) {
  }
}

void Peer::flood(const std::string& bytes) {
  while (send(bytes)) {
  }
}

void Peer::wait_until_closed() {
  std::array<char, 4096> piece{};
  while (read(piece.data(), piece.size()) > 0) {
  }
}

TestServer::TestServer(Serve serve, const std::string& address, SSL_CTX* tls, int port)
    : serve_(std::move(serve)), address_(address), tls_(tls), listener_(bound_socket(address, port)) {
  listen(listener_, 64);
  port_ = port_of(listener_);
  acceptor_ = std::thread([this] { accept_all(); });
}

TestServer::~TestServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (const Served& each : served_) shutdown(each.socket, SHUT_RDWR);
  for (Served& each : served_) {
    each.thread.join();
    close(each.socket);
  }
  close(listener_);
}

void TestServer::accept_all() {
  block_signals();
  while (true) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    served_.push_back({accepted, std::thread([this, accepted] {
                         Peer peer(accepted, tls_);
                         serve_(peer);
                       })});
  }
}

std::string TestServer::root(const std::string& path) const {
  return (tls_ != nullptr ? "https://" : "http://") + address_ + ':' + std::to_string(port_) + path;
}

TestServer::Serve answering(std::function<std::string(const std::string& request)> answer) {
  return [answer = std::move(answer)](Peer& peer) {
    for (std::string request = peer.request(); !request.empty(); request = peer.request()) {
      if (!peer.send(answer(request))) return;
    }
  };
}

std::string response(const std::string& status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

ClosedPort::ClosedPort() : socket_(bound_socket("127.0.0.1", 0)), port_(port_of(socket_)) {}
ClosedPort::~ClosedPort() { close(socket_); }

void Event::set() {
  const std::lock_guard lock(mutex_);
  set_ = true;
  changed_.notify_all();
}

bool Event::wait() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return set_; });
}

}  // namespace presentia::test
