#include "xdm-client/documents/fetch_answer.h"

#include <utility>

#include "xdm-client/documents/usage.h"

namespace presentia::xdm {
namespace {

using Kind = FetchAnswer::Kind;

std::optional<xcap::EntityTag> tag_of(const HttpAnswer& answer) {
  auto tag = answer.etag ? xcap::parse_etag(*answer.etag) : std::nullopt;
  if (tag && tag->opaque.size() > kLongestTag) tag.reset();
  return tag;
}

FetchAnswer failure(const HttpFailure& failure) {
  FetchAnswer answer{.why = std::string(word(failure.kind)) + ": " + failure.text, .ready_in = failure.ready_in};
  if (failure.kind == FailureKind::queue_full) answer.kind = Kind::not_asked;
  if (failure.kind == FailureKind::stopped) answer.kind = Kind::stopped;
  if (failure.kind == FailureKind::body_too_large) {
    answer.kind = Kind::refused;
    answer.reason = kTooLarge;
  }
  return answer;
}

FetchAnswer refused(std::string_view reason, std::string why) {
  return {.kind = Kind::refused, .why = std::move(why), .reason = reason};
}

FetchAnswer document(std::string_view auid, HttpAnswer answer) {
  std::string type = media_type(answer.content_type);
  if (type.empty()) return refused(kNoType, "a document without Content-Type");
  if (!is_type_of(auid, type)) return refused(kWrongType, "Content-Type " + type.substr(0, 100));
  if (answer.body.empty()) return refused(kEmptyBody, "an empty document");
  return {.kind = Kind::present, .tag = tag_of(answer), .type = std::move(type), .text = std::move(answer.body)};
}

// A 304 without a tag, as some servers send it, is believed.
FetchAnswer not_modified(const std::optional<xcap::EntityTag>& asked, const HttpAnswer& answer) {
  if (!asked) return {.why = "304 to a request without a condition"};
  const auto tag = tag_of(answer);
  return {.kind = !tag || xcap::weakly_equal(*tag, *asked) ? Kind::unchanged : Kind::doubtful};
}

}  // namespace

std::string_view word(FetchAnswer::Kind kind) {
  constexpr std::string_view kWords[kAnswerKinds] = {"present", "not_modified", "doubtful",  "absent",
                                                     "failed",  "refused",      "not_asked", "stopped"};
  return kWords[static_cast<std::size_t>(kind)];
}

FetchAnswer read_answer(std::string_view auid, const std::optional<xcap::EntityTag>& asked, HttpResult result) {
  if (!result) return failure(result.error());
  HttpAnswer answer = std::move(result).value();
  switch (answer.status) {
    case 200:
      return document(auid, std::move(answer));
    case 304:
      return not_modified(asked, answer);
    case 404:
    case 410:
      return {.kind = Kind::absent};
    default:
      return {.why = "status " + std::to_string(answer.status),
              .ready_in = answer.retry_after.value_or(base::Seconds(0))};
  }
}

}  // namespace presentia::xdm
