#include "tests/adapter/sip/harness.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "mgmt/attributes/values.h"

namespace presentia::test {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address address(const std::string& host, const std::string& port) {
  Address made;
  const auto number = static_cast<std::uint16_t>(std::stoi(port));
  if (host.find(':') != std::string::npos) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(made.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(number);
    inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr);
    made.size = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(made.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(number);
    inet_pton(AF_INET, host.c_str(), &v4.sin_addr);
    made.size = sizeof v4;
  }
  return made;
}

sockaddr* raw(Address& a) { return reinterpret_cast<sockaddr*>(&a.storage); }

std::string own_port(int fd) {
  Address own;
  own.size = sizeof own.storage;
  getsockname(fd, raw(own), &own.size);
  const bool v6 = own.storage.ss_family == AF_INET6;
  return std::to_string(ntohs(v6 ? reinterpret_cast<sockaddr_in6&>(own.storage).sin6_port
                                 : reinterpret_cast<sockaddr_in&>(own.storage).sin_port));
}

int bound_socket(const std::string& host, int type, const std::string& port) {
  Address own = address(host, port);
  const int fd = socket(own.storage.ss_family, type | SOCK_CLOEXEC, 0);
  EXPECT_EQ(bind(fd, raw(own), own.size), 0) << host;
  return fd;
}

bool equal_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

}  // namespace

std::optional<ports::SipResponse> FakeCore::refuse_early(const ports::RequestGist& gist) {
  const std::lock_guard lock(mutex_);
  last_wait_ = gist.waited;
  overflowed_ = overflowed_ || gist.overflowed;
  return std::nullopt;
}

void FakeCore::on_request(ports::SipRequest request) {
  const ports::SipRequest copy = request;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  came_.notify_all();
  if (answer_) answer_(copy);
}

void FakeCore::on_outcome(ports::SipOutcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    outcomes_.push_back(std::move(outcome));
  }
  came_.notify_all();
}

std::optional<ports::SipRequest> FakeCore::request(std::size_t n) {
  std::unique_lock lock(mutex_);
  if (!came_.wait_for(lock, 5s, [&] { return requests_.size() > n; })) return std::nullopt;
  return requests_[n];
}

std::optional<ports::SipOutcome> FakeCore::outcome(std::size_t n, std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  if (!came_.wait_for(lock, wait, [&] { return outcomes_.size() > n; })) return std::nullopt;
  return outcomes_[n];
}

std::size_t FakeCore::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_.size();
}

std::size_t FakeCore::outcomes() const {
  const std::lock_guard lock(mutex_);
  return outcomes_.size();
}

std::optional<base::Millis> FakeCore::last_wait() const {
  const std::lock_guard lock(mutex_);
  return last_wait_;
}

bool FakeCore::overflowed() const {
  const std::lock_guard lock(mutex_);
  return overflowed_;
}

config::Config lab_config(const std::vector<std::string>& binds) {
  config::Config config = mgmt::defaults();
  for (const std::string& bind : binds) {
    config::Transport* transport = config.mutable_sip()->add_transport();
    transport->set_name("t" + std::to_string(config.sip().transport_size()));
    transport->set_bind(bind);
  }
  config::Peer* trusted = config.mutable_sip()->add_trusted();
  trusted->set_name("loopback");
  trusted->set_address("127.0.0.0/8");
  return config;
}

Lab::Lab(config::Config config, FakeCore::Answer answer)
    : live(std::make_shared<const mgmt::Snapshot>(std::move(config), 1)),
      core(answer ? std::move(answer) : [this](const ports::SipRequest& request) {
        ports::SipResponse response;
        response.status = 200;
        response.headers = {{"SIP-ETag", "etag1"}, {"Expires", "60"}};
        agent.respond(request.key, std::move(response));
      }),
      agent(live, metrics, clock, core) {
  const auto started = agent.start();
  EXPECT_TRUE(started) << (started ? "" : started.error().text);
}

std::string Lab::port(std::size_t n) const {
  const std::string& text = agent.addresses().at(n);
  return text.substr(text.rfind(':') + 1);
}

void Lab::change(const std::function<void(config::Config&)>& edit) {
  const auto old = live.snapshot();
  config::Config config = old->config();
  edit(config);
  live.swap(std::make_shared<const mgmt::Snapshot>(std::move(config), old->version() + 1));
}

double Lab::metric(const std::string& line) const {
  const std::string text = '\n' + metrics.text();
  const std::size_t at = text.find('\n' + line);
  if (at == std::string::npos) return 0;
  const std::size_t end = text.find('\n', at + 1);
  return std::strtod(text.substr(text.rfind(' ', end), end).c_str(), nullptr);
}

Peer::Peer(int fd, bool stream) : fd_(fd), stream_(stream), port_(own_port(fd)) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size);
  v6_ = own.ss_family == AF_INET6;
}

Peer::Peer(Peer&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      stream_(other.stream_),
      v6_(other.v6_),
      port_(std::move(other.port_)),
      buffer_(std::move(other.buffer_)) {}

Peer& Peer::operator=(Peer&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(stream_, other.stream_);
  std::swap(v6_, other.v6_);
  std::swap(port_, other.port_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

Peer::~Peer() { close(); }

void Peer::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Peer Peer::udp(const std::string& host) { return {bound_socket(host, SOCK_DGRAM, "0"), false}; }

Peer Peer::tcp(const std::string& port, const std::string& host) {
  Address to = address(host, port);
  const int fd = socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  EXPECT_EQ(connect(fd, raw(to), to.size), 0);
  return {fd, true};
}

Peer Peer::tcp_listener(const std::string& host, const std::string& port) {
  const int fd = bound_socket(host, SOCK_STREAM, port);
  EXPECT_EQ(listen(fd, 8), 0);
  return {fd, true};
}

Peer Peer::accept(std::chrono::milliseconds wait) {
  EXPECT_TRUE(readable(wait)) << "nobody connects";
  return {::accept(fd_, nullptr, nullptr), true};
}

bool Peer::readable(std::chrono::milliseconds wait) const {
  pollfd poll_fd{fd_, POLLIN, 0};
  return poll(&poll_fd, 1, static_cast<int>(wait.count())) == 1;
}

void Peer::send(std::string_view text, const std::string& to_port) { send_raw(crlf(text), to_port); }

void Peer::send_raw(std::string_view bytes, const std::string& to_port) {
  if (stream_) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    return;
  }
  Address to = address(v6_ ? "::1" : "127.0.0.1", to_port);
  EXPECT_EQ(sendto(fd_, bytes.data(), bytes.size(), 0, raw(to), to.size), static_cast<ssize_t>(bytes.size()));
}

std::string Peer::receive(std::chrono::milliseconds wait) {
  std::array<char, 70000> bytes{};
  if (!stream_) {
    if (!readable(wait)) return {};
    const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
    return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
  }
  while (true) {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const auto length = header(buffer_.substr(0, end + 2), "Content-Length");
      const std::size_t whole = end + 4 + (length.empty() ? 0 : std::stoul(length[0]));
      if (buffer_.size() >= whole) {
        std::string message = buffer_.substr(0, whole);
        buffer_.erase(0, whole);
        return message;
      }
    }
    if (!readable(wait)) return {};
    const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
    if (got <= 0) return {};
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

std::string Peer::receive_raw(std::size_t size, std::chrono::milliseconds wait) {
  std::array<char, 1024> bytes{};
  while (buffer_.size() < size && readable(wait)) {
    const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
    if (got <= 0) break;
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  const std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return taken;
}

bool Peer::closed_by_peer(std::chrono::milliseconds wait) {
  char byte = 0;
  while (readable(wait)) {
    if (recv(fd_, &byte, 1, 0) <= 0) return true;
  }
  return false;
}

std::string crlf(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) made += '\r';
    made += text[i];
  }
  return made;
}

int status_of(std::string_view text) {
  return text.starts_with("SIP/2.0 ") ? std::atoi(std::string(text.substr(8, 3)).c_str()) : 0;
}

std::vector<std::string> header(std::string_view text, std::string_view name) {
  std::vector<std::string> values;
  std::size_t at = text.find("\r\n");
  while (at != std::string_view::npos) {
    const std::size_t start = at + 2;
    at = text.find("\r\n", start);
    const std::string_view line = text.substr(start, at - start);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !equal_name(line.substr(0, colon), name)) continue;
    const std::size_t value = line.find_first_not_of(' ', colon + 1);
    values.emplace_back(value == std::string_view::npos ? std::string_view{} : line.substr(value));
  }
  return values;
}

std::string body_of(std::string_view text) {
  const std::size_t end = text.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string() : std::string(text.substr(end + 4));
}

std::string publish(const std::string& branch, const std::string& via_port, const std::string& transport) {
  const std::string body = "<presence/>";
  return crlf(
      "PUBLISH sip:alice@ims.test SIP/2.0\n"
      "Via: SIP/2.0/" +
      transport + " 127.0.0.1:" + via_port + ";branch=z9hG4bK" + branch +
      "\n"
      "Max-Forwards: 68\n"
      "From: <sip:alice@ims.test>;tag=from" +
      branch +
      "\n"
      "To: <sip:alice@ims.test>\n"
      "Call-ID: call-" +
      branch +
      "\n"
      "CSeq: 1 PUBLISH\n"
      "Event: presence\n"
      "Expires: 600\n"
      "Content-Type: application/pidf+xml\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\n\n" + body);
}

std::string ok_to(std::string_view request, const std::string& extra_headers) {
  std::string text = "SIP/2.0 200 OK\r\n";
  for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
    for (const std::string& value : header(request, name)) text.append(name).append(": ").append(value).append("\r\n");
  }
  return text + crlf(extra_headers) + "Content-Length: 0\r\n\r\n";
}

}  // namespace presentia::test
