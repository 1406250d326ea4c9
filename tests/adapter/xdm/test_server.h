// An HTTP server for tests, on a port of its own in 127.0.0.0/8: each connection is served by a function of the test,
// which may misbehave as it likes. TLS if it has a context.
#pragma once

#include <openssl/types.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace presentia::test {

// One accepted connection, on a thread of its own.
class Peer {
 public:
  Peer(int socket, SSL_CTX* tls);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Head and body of the next request; empty if the client closed. `Content-Length` decides what the body is.
  std::string request();
  bool send(const std::string& bytes);
  // Sends `bytes` over and over, one piece each few milliseconds, until the client closes.
  void trickle(const std::string& bytes);
  // As fast as they go.
  void flood(const std::string& bytes);
  void wait_until_closed();
  // Without the farewell of TLS.
  void cut();

 private:
  int read(char* into, int size);
  bool closed_within_ms(int wait);

  int socket_;
  SSL* tls_ = nullptr;
};

class TestServer {
 public:
  using Serve = std::function<void(Peer&)>;

  // `tls` may be null; it outlives the server.
  explicit TestServer(Serve serve, const std::string& address = "127.0.0.1", SSL_CTX* tls = nullptr, int port = 0);
  ~TestServer();  // ends all connections
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string root(const std::string& path = "") const;
  [[nodiscard]] int connections() const { return connections_.load(); }

 private:
  struct Served {
    int socket;
    std::thread thread;
  };
  void accept_all();

  const Serve serve_;
  const std::string address_;
  SSL_CTX* const tls_;
  int listener_;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::list<Served> served_;  // guarded by mutex_
  std::thread acceptor_;
};

// A server that answers every request with what `answer` gives for it, and keeps the connection.
[[nodiscard]] TestServer::Serve answering(std::function<std::string(const std::string& request)> answer);
// "HTTP/1.1 STATUS\r\n" with the headers ("Name: value\r\n"), a length and the body.
[[nodiscard]] std::string response(const std::string& status, const std::string& body = "",
                                   const std::string& headers = "");

// A port of 127.0.0.1 on which nothing listens while it lives.
class ClosedPort {
 public:
  ClosedPort();
  ~ClosedPort();
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string root() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

// Something that one thread tells another.
class Event {
 public:
  void set();
  // False after ten seconds.
  bool wait();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

}  // namespace presentia::test
