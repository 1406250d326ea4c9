// TLS between elements [RFC3856 9.1], one-way or, where client certificates are required, mutual [RFC3261 26.3.1,
// RFC3903 14.4, RFC3857 6.2]: bytes to bytes, without a socket. SIP thread.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "proto/config.pb.h"

namespace presentia::sip {

// What the sessions of one TLS transport share: our certificate, and whose certificates we accept.
class TlsContext {
 public:
  // The error names the attribute and the file.
  [[nodiscard]] static base::Result<std::unique_ptr<TlsContext>> make(const config::Transport& transport);

  // True if servers must show a certificate of one of the authorities, under the name by which we call them.
  [[nodiscard]] bool verifies_servers() const { return verifies_servers_; }
  [[nodiscard]] bool verifies_clients() const { return verifies_clients_; }
  [[nodiscard]] SSL_CTX* get() const { return held_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
  };
  TlsContext(SSL_CTX* held, const config::Transport& transport);

  std::unique_ptr<SSL_CTX, Free> held_;
  bool verifies_servers_;
  bool verifies_clients_;
};

class TlsSession {
 public:
  enum class Side { client, server };
  // Null if there is no memory for it. `context` must outlive it.
  [[nodiscard]] static std::unique_ptr<TlsSession> make(const TlsContext& context, Side side);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // After each of these take_output() is to be sent.
  // A client begins. False if it cannot.
  bool start();
  // What came from the peer; what it says is appended to `plain`. False after the session's end: why() says whether it
  // was a good one.
  bool receive(std::string_view encrypted, std::string& plain);
  // Once established. False if the session is broken.
  bool send(std::string_view plain);
  // Says good-bye.
  void close();
  [[nodiscard]] std::string take_output();

  // The handshake is done, with a certificate of the peer where one is wanted.
  [[nodiscard]] bool established() const;
  // The names in the peer's certificate, none if it was not verified.
  [[nodiscard]] std::vector<std::string> peer_names() const;
  // Why the session is over; empty if the peer ended it.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  struct Pipe;
  struct Bio;
  struct Free {
    void operator()(SSL* session) const;
  };
  TlsSession(SSL* held, std::unique_ptr<Pipe> pipe);
  bool goes_on(int result);

  std::unique_ptr<Pipe> pipe_;
  std::unique_ptr<SSL, Free> held_;  // writes into the pipe
  std::string why_;
};

}  // namespace presentia::sip
