// One TCP connection, with TLS or without, on which every wait has an end: a deadline, or the stop of the client.
// Poco's sockets are not used, because neither their TLS handshake nor a body in small pieces keeps a deadline.
// One thread at a time; no function throws.
#pragma once

#include <Poco/Net/SocketAddress.h>
#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "as/base/result.h"
#include "xdm-client/http/http_values.h"
#include "xdm-client/http/stop_signal.h"

namespace presentia::xdm {

enum class IoTroubleKind : std::uint8_t { late, refused, lost, tls, stopped };

struct IoTrouble {
  IoTroubleKind kind = IoTroubleKind::lost;
  std::string text;
};

template <class T>
using IoResult = base::Result<T, IoTrouble>;

class Connection {
 public:
  // Connects until `until`. `stop` outlives the connection.
  static IoResult<std::unique_ptr<Connection>> open(const Poco::Net::SocketAddress& address, const StopSignal& stop,
                                                    Moment until);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The handshake: `host` is told to the server, and is in its certificate if `check_host`. Once, before anything else.
  IoResult<base::Done> secure(SSL_CTX* context, const std::string& host, bool check_host, Moment until);

  IoResult<base::Done> send(std::string_view bytes, Moment until);
  // At least one byte, as many as are there; 0: the server has closed in order.
  IoResult<std::size_t> receive(std::span<char> into, Moment until);
  // Still open, and nothing has come that nobody asked for.
  [[nodiscard]] bool quiet();

 private:
  struct FreeTls {
    void operator()(SSL* session) const;
  };

  Connection(int socket, const StopSignal& stop);
  IoResult<base::Done> wait(short events, Moment until);
  // Waits for what OpenSSL wants after `returned`; an error if it wants nothing.
  IoResult<base::Done> wait_for_tls(int returned, Moment until);

  const int socket_;
  const StopSignal& stop_;
  std::unique_ptr<SSL, FreeTls> tls_;
};

}  // namespace presentia::xdm
