// One request to one root: a kept connection or a new one, its addresses in turn, digest authentication. Blocks, on a
// thread of the client, until the deadline at the latest.
#pragma once

#include <optional>
#include <string>

#include "as/base/metrics.h"
#include "xdm-client/http/digest.h"
#include "xdm-client/http/http_message.h"
#include "xdm-client/http/http_settings.h"
#include "xdm-client/http/http_values.h"
#include "xdm-client/http/resolver.h"
#include "xdm-client/http/root_uri.h"
#include "xdm-client/http/session_pool.h"
#include "xdm-client/http/stop_signal.h"
#include "xdm-client/http/tls_contexts.h"

namespace presentia::xdm {

class RootExchange {
 public:
  // `stop` outlives it.
  RootExchange(base::Metrics& metrics, Lookup lookup, const StopSignal& stop);

  // A 3xx other than 304 is a failure; every other status an answer. The request has been checked. Any thread.
  [[nodiscard]] HttpResult ask(const RootUri& root, const HttpRequest& request, const HttpSettings& settings,
                               Moment whole);
  // Closes connections that nobody needs.
  void sweep(const HttpSettings& settings) { pool_.sweep(settings); }
  void close_idle() { pool_.clear(); }
  // Nobody waits for names any more.
  void stop() { resolver_.stop(); }

 private:
  struct Task {
    const RootUri& root;
    const HttpRequest& request;
    const HttpSettings& settings;
    Moment whole;
    TlsContextPtr tls;      // null without
    bool repeated = false;  // it was sent before, on a connection that the server had closed
  };
  using Asked = base::Result<Response, HttpFailure>;

  Asked ask_authenticated(Task& task);
  Asked ask_once(Task& task, const std::optional<std::string>& authorization);
  Asked talk(const Task& task, SessionPtr session, const std::string& bytes, bool& begun);
  base::Result<SessionPtr, HttpFailure> connect(const Task& task);
  base::Result<SessionPtr, HttpFailure> connect_to(const Task& task, const Poco::Net::IPAddress& address);

  const StopSignal& stop_;
  base::Gauge open_;
  Resolver resolver_;
  TlsContexts contexts_;
  SessionPool pool_;
  DigestBook digests_;
};

}  // namespace presentia::xdm
