// XCAP over HTTP: Poco's server, with bounds on all that a client can make it keep or wait for. Threads of its own.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "as/base/result.h"
#include "as/base/time.h"
#include "tools/presentia-xdms/xcap_service.h"

namespace presentia::xdms {

struct HttpLimits {
  std::size_t body_bytes = std::size_t{1} << 20;     // more is answered 413
  std::size_t request_bytes = std::size_t{4} << 20;  // head and body; the connection ends
  base::Seconds request{30};                         // from the end of the one before; the connection ends
  base::Seconds silence{10};                         // of a client; the connection ends
  int threads = 64;                                  // connections served at the same time; clients keep idle ones
  int queue = 64;                                    // that wait; more are closed
};

// On the threads of the server, several at a time.
using HttpAnswer = std::function<XcapResponse(const XcapRequest&)>;

class HttpServer {
 public:
  // `clock` outlives it.
  HttpServer(HttpAnswer answer, HttpLimits limits, const base::Clock& clock);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds "ADDRESS:PORT" (port 0: a free one) and gives the address bound. Once.
  [[nodiscard]] base::Result<std::string> bind(const std::string& address);
  // Serves. After bind().
  void start();
  // Ends connections and threads. Then nobody is asked any more.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace presentia::xdms
