// An Agent on loopback, a core that answers as told, and raw sockets of peers that share no code with the agent.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/sip/agent.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::test {

using namespace std::chrono_literals;

// Stands for as/runtime: keeps what it was given; `answer` may answer at once.
class FakeCore final : public ports::SipHandler {
 public:
  using Answer = std::function<void(const ports::SipRequest&)>;
  explicit FakeCore(Answer answer) : answer_(std::move(answer)) {}

  std::optional<ports::SipResponse> refuse_early(const ports::RequestGist& gist) override;  // refuses nothing
  void on_request(ports::SipRequest request) override;
  void on_outcome(ports::SipOutcome outcome) override;

  // The n-th (from 0) of what came, waiting for it for some seconds.
  std::optional<ports::SipRequest> request(std::size_t n);
  std::optional<ports::SipOutcome> outcome(std::size_t n, std::chrono::milliseconds wait = 5s);
  std::size_t requests() const;
  std::size_t outcomes() const;
  // How long the newest request waited in its socket.
  std::optional<base::Millis> last_wait() const;
  // True if it was told of a request before which others were lost in the socket.
  bool overflowed() const;

 private:
  const Answer answer_;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<ports::SipRequest> requests_;
  std::vector<ports::SipOutcome> outcomes_;
  std::optional<base::Millis> last_wait_;
  bool overflowed_ = false;
};

// A configuration with these listen addresses, 127.0.0.0/8 trusted, everything else as shipped.
config::Config lab_config(const std::vector<std::string>& binds);

class Lab {
 public:
  // Answers every request 200 unless `answer` says otherwise.
  explicit Lab(config::Config config, FakeCore::Answer answer = {});
  explicit Lab(const std::vector<std::string>& binds) : Lab(lab_config(binds)) {}

  // The n-th listen address's port.
  std::string port(std::size_t n = 0) const;
  // Changes the attributes in force.
  void change(const std::function<void(config::Config&)>& edit);
  // The value of the first metric whose line starts with `line`.
  double metric(const std::string& line) const;

  base::SteadyClock clock;
  base::Metrics metrics;
  mgmt::Live live;
  FakeCore core;
  sip::Agent agent;
};

// A socket of a peer. Texts may be written with \n: they go out with CRLF.
class Peer {
 public:
  static Peer udp(const std::string& host = "127.0.0.1");
  // Connected to `port` of `host`.
  static Peer tcp(const std::string& port, const std::string& host = "127.0.0.1");
  // Listens; accept() takes the connection.
  static Peer tcp_listener(const std::string& host = "127.0.0.1", const std::string& port = "0");
  Peer(Peer&& other) noexcept;
  Peer& operator=(Peer&& other) noexcept;
  ~Peer();

  Peer accept(std::chrono::milliseconds wait = 5s);
  void close();
  bool open() const { return fd_ >= 0; }
  const std::string& port() const { return port_; }  // ours
  // To `port` on loopback (datagrams), or over the connection.
  void send(std::string_view text, const std::string& to_port = {});
  void send_raw(std::string_view bytes, const std::string& to_port = {});
  // The next message, framed by Content-Length on streams; empty if none comes.
  std::string receive(std::chrono::milliseconds wait = 5s);
  // The next `size` bytes of the connection; fewer if no more come.
  std::string receive_raw(std::size_t size, std::chrono::milliseconds wait = 5s);
  // Whether the other side closes the connection in time.
  bool closed_by_peer(std::chrono::milliseconds wait = 5s);

 private:
  Peer(int fd, bool stream);
  bool readable(std::chrono::milliseconds wait) const;

  int fd_ = -1;
  bool stream_ = false;
  bool v6_ = false;
  std::string port_;
  std::string buffer_;
};

// With CRLF line ends.
std::string crlf(std::string_view text);
// The status of a response text, 0 if it is none.
int status_of(std::string_view text);
// The values of the header fields of that name, in order.
std::vector<std::string> header(std::string_view text, std::string_view name);
std::string body_of(std::string_view text);
// A good PUBLISH for alice with this branch, sent from `via_port`.
std::string publish(const std::string& branch, const std::string& via_port, const std::string& transport = "UDP");
// The 200 that a watcher sends to a NOTIFY.
std::string ok_to(std::string_view request, const std::string& extra_headers = {});

}  // namespace presentia::test
