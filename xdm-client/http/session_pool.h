// Connections that wait for the next request to their root. Any thread of the client; what is dropped is closed at
// once.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "as/base/metrics.h"
#include "xdm-client/http/connection.h"
#include "xdm-client/http/http_settings.h"
#include "xdm-client/http/tls_contexts.h"

namespace presentia::xdm {

// A connection, counted while it is open.
class Session {
 public:
  Session(std::unique_ptr<Connection> connection, TlsContextPtr tls, base::Gauge open);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] Connection& connection() const { return *connection_; }
  [[nodiscard]] const TlsContextPtr& tls() const { return tls_; }  // null without TLS

 private:
  const std::unique_ptr<Connection> connection_;
  const TlsContextPtr tls_;
  base::Gauge open_;
};
using SessionPtr = std::unique_ptr<Session>;

class SessionPool {
 public:
  // The newest of `root` that is still open and was made with `tls`; null: none. Others found on the way are closed.
  [[nodiscard]] SessionPtr take(const std::string& root, const TlsContextPtr& tls, const HttpSettings& settings);
  void keep(const std::string& root, SessionPtr session, const HttpSettings& settings);
  // Closes what is idle for too long, too many, or to a root that is none any more.
  void sweep(const HttpSettings& settings);
  void clear();

 private:
  struct Idle {
    SessionPtr session;
    Moment since;
  };
  std::mutex mutex_;
  std::map<std::string, std::vector<Idle>> idle_;  // by root, oldest first; guarded by mutex_
};

}  // namespace presentia::xdm
