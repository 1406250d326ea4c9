// What goes into the HTTP client and what comes out of it: values, without anything of a library.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "as/base/result.h"
#include "as/base/time.h"

namespace presentia::xdm {

using Moment = std::chrono::steady_clock::time_point;

enum class Method : std::uint8_t { get, put, del };

struct HttpRequest {
  Method method = Method::get;
  std::string path;          // percent-coded, from the XCAP root on: "/pres-rules/users/…"; with the query, if any
  std::string body;          // of a PUT
  std::string content_type;  // of the body
  std::optional<std::string> if_match, if_none_match;  // as they stand in the header: "\"tag\"" or "*"
  std::string identity;                                // on whose behalf it is asked: a URI; empty: on our own
  base::Millis within{2000};                           // from now until the answer, the wait for a thread included
};

// What a server said, whatever the status. 304, 404, 409, 412 are answers; so is a 5xx that no other root could better.
struct HttpAnswer {
  int status = 0;
  std::optional<std::string> etag;  // as received, with its quotes; absent where a server sends none
  std::string content_type;
  std::string body;
  std::optional<base::Seconds> retry_after;
  std::string root;       // that answered
  bool repeated = false;  // an earlier attempt may have reached a server: a 412 or 404 can be its own work
};

enum class FailureKind : std::uint8_t {
  connection_refused,   // or no way to the address
  name_not_found,       // the host of a root has no address
  tls_failed,           // handshake, certificate or files; the text says why
  connect_deadline,     // no connection in time, names and TLS included
  send_deadline,        // the server takes no more bytes
  first_byte_deadline,  // nothing comes back
  whole_deadline,       // `within` has passed
  connection_lost,      // closed before the end of the answer
  malformed,            // not HTTP as we know it
  body_too_large,
  redirected,         // a 3xx other than 304: not followed, the text says where to
  invalid_request,    // would not be a proper HTTP request; nothing was sent
  queue_full,         // nothing was sent
  stopped,            // the client stopped
  every_root_failed,  // several failed, or all are left alone for now
};
inline constexpr int kFailureKinds = 15;

// As a metric label: "connection_refused".
[[nodiscard]] std::string_view word(FailureKind kind);
[[nodiscard]] std::string_view word(Method method);  // "GET"

struct HttpFailure {
  FailureKind kind = FailureKind::stopped;
  std::string text;          // for people; no bodies, no credentials
  bool maybe_sent = false;   // a server may have acted on the request
  base::Millis ready_in{0};  // with every_root_failed: when the next attempt makes sense
};

using HttpResult = base::Result<HttpAnswer, HttpFailure>;

// A request that may be sent again after it may have arrived: GET always, others under a condition of their own
// [RFC4825 7.11].
[[nodiscard]] bool repeatable(const HttpRequest& request);

}  // namespace presentia::xdm
