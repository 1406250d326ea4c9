// Requests as bytes, and answers read from a connection. Heads are written and read by Poco; where a body ends is
// decided here, because Poco takes a chunked body that was cut for a whole one.
#pragma once

#include <Poco/Net/HTTPResponse.h>

#include <optional>
#include <string>

#include "xdm-client/http/connection.h"
#include "xdm-client/http/http_settings.h"
#include "xdm-client/http/http_values.h"
#include "xdm-client/http/root_uri.h"

namespace presentia::xdm {

// The end of a wait, and what it is called when it passes.
struct Limit {
  Moment at;
  FailureKind kind;
};
// `step` from now, but not after the whole.
[[nodiscard]] Limit limit(base::Millis step, FailureKind kind, Moment whole);

[[nodiscard]] HttpFailure failure_of(const IoTrouble& trouble, FailureKind if_late, bool maybe_sent);

// invalid_request if a part of it could not stand in a request line or header.
[[nodiscard]] base::Result<base::Done, HttpFailure> check(const HttpRequest& request);

// `authorization` as the header's value, if any. The request has been checked.
[[nodiscard]] std::string request_bytes(const HttpRequest& request, const RootUri& root, const HttpSettings& settings,
                                        const std::optional<std::string>& authorization);

struct Response {
  int status = 0;
  Poco::Net::HTTPResponse head;
  std::string body;
  bool reusable = false;  // the connection
};

// The final answer; interim ones (1xx) are passed over. Never throws. `begun` tells whether any byte had come.
[[nodiscard]] base::Result<Response, HttpFailure> read_response(Connection& connection, const HttpSettings& settings,
                                                                Moment whole, bool& begun);

[[nodiscard]] HttpAnswer answer_of(Response response, const std::string& root);

}  // namespace presentia::xdm
