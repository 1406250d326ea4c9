// The HTTP side of XCAP: asks XDM servers without ever blocking who asks [RFC4825 7]. Takes ready paths and gives
// bytes; knows nothing of documents. Threads of its own: one that watches, and a bounded pool, one exchange each.
#pragma once

#include <functional>
#include <memory>

#include "as/base/metrics.h"
#include "xdm-client/http/http_settings.h"
#include "xdm-client/http/http_values.h"
#include "xdm-client/http/resolver.h"

namespace presentia::xdm {

class HttpClient {
 public:
  // Called exactly once for each request, on a thread of the client. Must not block, throw, or stop the client.
  using OnDone = std::function<void(HttpResult)>;

  struct Environment {  // tests have their own
    Lookup lookup = look_up;
    std::function<Moment()> now = std::chrono::steady_clock::now;  // for how long roots are left alone
  };

  // `metrics` outlives it. Throws std::system_error where no thread or descriptor is to be had.
  HttpClient(SettingsSource settings, base::Metrics& metrics);
  HttpClient(SettingsSource settings, base::Metrics& metrics, Environment environment);
  ~HttpClient();  // stops
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // The answer comes until `request.within` has passed. Any thread, also from within OnDone. After stop(), OnDone is
  // called at once, by the caller itself.
  void request(HttpRequest request, OnDone done);

  // Ends exchanges and answers what is open with `stopped`; no OnDone runs when it returns. Any thread but the
  // client's.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace presentia::xdm
