#include "xdm-client/http/http_values.h"

#include <array>

namespace presentia::xdm {
namespace {

constexpr std::array<std::string_view, kFailureKinds> kWords{
    "connection_refused",  "name_not_found",  "tls_failed",      "connect_deadline", "send_deadline",
    "first_byte_deadline", "whole_deadline",  "connection_lost", "malformed",        "body_too_large",
    "redirected",          "invalid_request", "queue_full",      "stopped",          "every_root_failed"};

}  // namespace

std::string_view word(FailureKind kind) { return kWords.at(static_cast<std::size_t>(kind)); }

std::string_view word(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::put:
      return "PUT";
    case Method::del:
      return "DELETE";
  }
  return "";
}

bool repeatable(const HttpRequest& request) { return request.method == Method::get || request.if_match.has_value(); }

}  // namespace presentia::xdm
