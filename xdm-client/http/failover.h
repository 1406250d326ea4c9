// One request over all roots: which root next, what may be sent again, and what that says about a root. Blocks, on a
// thread of the client, until the deadline at the latest.
#pragma once

#include <optional>
#include <vector>

#include "as/base/metrics.h"
#include "xdm-client/http/http_settings.h"
#include "xdm-client/http/http_values.h"
#include "xdm-client/http/root_book.h"
#include "xdm-client/http/root_exchange.h"

namespace presentia::xdm {

class Failover {
 public:
  // `metrics` and `exchange` outlive it.
  Failover(base::Metrics& metrics, RootExchange& exchange, RootBook::Now now);

  // Never throws. While nothing was sent, every root that is worth asking is tried; after a 5xx or a failure of a
  // request that was sent, one more, if the request may be repeated. Any thread.
  [[nodiscard]] HttpResult run(const HttpRequest& request, const HttpSettings& settings, Moment whole);

 private:
  struct Course {                      // of one request
    std::optional<HttpAnswer> answer;  // a 5xx, the last one
    std::vector<HttpFailure> failures;
    bool sent = false;
  };
  [[nodiscard]] HttpResult ask(const RootChoice& choice, const HttpRequest& request, const HttpSettings& settings,
                               Moment whole);
  void judge(const RootChoice& choice, const HttpResult& result, const HttpSettings& settings, base::Millis granted);
  [[nodiscard]] HttpResult settle(Course course, const HttpSettings& settings, Moment whole);

  RootExchange& exchange_;
  RootBook book_;
  base::Counter failovers_;
};

}  // namespace presentia::xdm
