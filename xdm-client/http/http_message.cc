#include "xdm-client/http/http_message.h"

#include <Poco/DateTime.h>
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeParser.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/NumberParser.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "xdm-client/http/quoted.h"
#include "xdm-client/http/visible_text.h"

namespace presentia::xdm {
namespace {

namespace net = Poco::Net;

base::Unexpected<HttpFailure> invalid(const char* what) {
  return base::Unexpected{HttpFailure{FailureKind::invalid_request, what, false, {}}};
}

bool good_condition(const std::optional<std::string>& value) {
  return !value || (!value->empty() && is_field_value(*value));
}

void add_identity(net::HTTPRequest& head, const std::string& identity, IdentityMode mode) {
  if (identity.empty()) return;
  if (mode == IdentityMode::asserted_3gpp) head.set("X-3GPP-Asserted-Identity", quoted(identity));
  if (mode == IdentityMode::asserted_xcap) head.set("X-XCAP-Asserted-Identity", quoted(identity));
}

// Seconds, or a date [RFC7231 7.1.3]; one that has passed is 0.
std::optional<base::Seconds> read_retry_after(const std::string& text) {
  constexpr std::int64_t kMost = 7 * 24 * 3600;
  unsigned seconds = 0;
  if (Poco::NumberParser::tryParseUnsigned(text, seconds)) return base::Seconds(std::min<std::int64_t>(seconds, kMost));
  constexpr std::size_t kDateSize = 29;  // Poco's parser takes almost any text for a date
  if (text.size() != kDateSize || !text.ends_with(" GMT")) return std::nullopt;
  Poco::DateTime date;
  int zone = 0;
  if (!Poco::DateTimeParser::tryParse(Poco::DateTimeFormat::HTTP_FORMAT, text, date, zone)) return std::nullopt;
  const std::int64_t left = (date - Poco::DateTime()).totalMilliseconds() / 1000;
  return base::Seconds(std::clamp<std::int64_t>(left, 0, kMost));
}

}  // namespace

Limit limit(base::Millis step, FailureKind kind, Moment whole) {
  const Moment own = std::chrono::steady_clock::now() + step;
  return own < whole ? Limit{own, kind} : Limit{whole, FailureKind::whole_deadline};
}

HttpFailure failure_of(const IoTrouble& trouble, FailureKind if_late, bool maybe_sent) {
  FailureKind kind = FailureKind::connection_lost;
  switch (trouble.kind) {
    case IoTroubleKind::late:
      kind = if_late;
      break;
    case IoTroubleKind::refused:
      kind = FailureKind::connection_refused;
      break;
    case IoTroubleKind::lost:
      break;
    case IoTroubleKind::tls:
      kind = FailureKind::tls_failed;
      break;
    case IoTroubleKind::stopped:
      kind = FailureKind::stopped;
      break;
  }
  return HttpFailure{.kind = kind, .text = trouble.text, .maybe_sent = maybe_sent, .ready_in = {}};
}

base::Result<base::Done, HttpFailure> check(const HttpRequest& request) {
  if (!is_visible(request.path) || request.path.front() != '/' || request.path.find('#') != std::string::npos) {
    return invalid("the path is not absolute and percent-coded");
  }
  if (!good_condition(request.if_match) || !good_condition(request.if_none_match)) return invalid("condition");
  if (!is_field_value(request.content_type)) return invalid("content type");
  if (!is_field_value(request.identity)) return invalid("identity");
  if (request.method != Method::put && !request.body.empty()) return invalid("a body is for PUT");
  return base::Done{};
}

std::string request_bytes(const HttpRequest& request, const RootUri& root, const HttpSettings& settings,
                          const std::optional<std::string>& authorization) {
  net::HTTPRequest head(std::string(word(request.method)), root.path + request.path, net::HTTPMessage::HTTP_1_1);
  head.set("Host", root.authority);
  head.set("User-Agent", "Presentia");
  head.set("Accept-Encoding", "identity");
  if (request.if_match) head.set("If-Match", *request.if_match);
  if (request.if_none_match) head.set("If-None-Match", *request.if_none_match);
  add_identity(head, request.identity, settings.identity);
  if (authorization) head.set("Authorization", *authorization);
  if (request.method == Method::put) {
    if (!request.content_type.empty()) head.set("Content-Type", request.content_type);
    head.set("Content-Length", std::to_string(request.body.size()));
  }
  std::ostringstream text;
  head.write(text);
  return text.str() + request.body;
}

HttpAnswer answer_of(Response response, const std::string& root) {
  HttpAnswer answer;
  answer.status = response.status;
  if (response.head.has("ETag")) answer.etag = response.head.get("ETag");
  answer.content_type = response.head.get("Content-Type", "");
  answer.body = std::move(response.body);
  if (response.head.has("Retry-After")) answer.retry_after = read_retry_after(response.head.get("Retry-After"));
  answer.root = root;
  return answer;
}

}  // namespace presentia::xdm
