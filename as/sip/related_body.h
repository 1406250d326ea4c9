// A document that brings along what it refers to, multipart/related [RFC2387], made one document. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "as/sip/multipart.h"

namespace presentia::sip {

struct Joined {
  std::string type;  // "type/subtype" of the root
  std::string body;
};

// The root part, in which a reference to another part (a cid URL [RFC2392] between quotes, tags or blanks) is a data
// URL [RFC2397] with its content, so that who gets the document alone gets all of it. References to what is not there
// stay. `content_type`: the whole value. nullopt if the parts cannot be read, start names none of them, the root is
// multipart itself or encoded for other ways than SIP, or more than `max_bytes` come of it.
[[nodiscard]] std::optional<Joined> join_related(std::string_view content_type, std::string_view body,
                                                 const MultipartLimits& limits, std::size_t max_bytes);

}  // namespace presentia::sip
