// What an answer of the HTTP client says about a document. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "as/base/time.h"
#include "xdm-client/http/http_values.h"
#include "xdm-client/xcap/etag.h"

namespace presentia::xdm {

struct FetchAnswer {
  enum class Kind : std::uint8_t {
    present,    // `tag`, `type`, `text`
    unchanged,  // 304 to our condition
    doubtful,   // 304, but not to what we asked: to be asked again without a condition
    absent,     // 404, 410
    failed,     // `why`, `ready_in`
    refused,    // a document that is none of ours: `reason`; otherwise as failed
    not_asked,  // the queue was full: says nothing about the document
    stopped,    // the client stopped: nor does this
  };
  Kind kind = Kind::failed;
  std::optional<xcap::EntityTag> tag{};
  std::string type{}, text{};
  std::string why{};          // for people
  std::string_view reason{};  // as a metric label, one of kRefusals
  base::Millis ready_in{0};   // a server, or our own care for it, wants this pause
};

inline constexpr std::string_view kWrongType = "content_type", kNoType = "no_content_type", kEmptyBody = "empty",
                                  kTooLarge = "too_large", kNotWellFormed = "not_well_formed";
inline constexpr std::string_view kRefusals[] = {kWrongType, kNoType, kEmptyBody, kTooLarge, kNotWellFormed};
inline constexpr int kAnswerKinds = 8;
[[nodiscard]] std::string_view word(FetchAnswer::Kind kind);

// An entity-tag that is longer is not worth its memory in every document: the document counts as one without.
inline constexpr std::size_t kLongestTag = 256;

// `asked` is the tag of If-None-Match, if the request had one [RFC4825 7.2, 7.11].
[[nodiscard]] FetchAnswer read_answer(std::string_view auid, const std::optional<xcap::EntityTag>& asked,
                                      HttpResult result);

}  // namespace presentia::xdm
