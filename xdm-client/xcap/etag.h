// Entity-tags: quoted in HTTP [RFC9110 8.8.3], usually without quotes in xcap-diff documents [RFC5874 3].
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace presentia::xcap {

struct EntityTag {
  std::string opaque;  // without quotes
  bool weak = false;

  bool operator==(const EntityTag&) const = default;
};

// An ETag header. Tags without quotes, which some servers send, are taken as they stand; nullopt for what cannot be
// one.
[[nodiscard]] std::optional<EntityTag> parse_etag(std::string_view header);
// For ETag, If-Match and If-None-Match.
[[nodiscard]] std::string to_header(const EntityTag& tag);

// [RFC9110 8.8.3.2] Equal and neither weak: byte for byte the same document. Patches need this [RFC5874 6].
[[nodiscard]] bool strongly_equal(const EntityTag& a, const EntityTag& b);
[[nodiscard]] bool weakly_equal(const EntityTag& a, const EntityTag& b);

// Whether the condition of a request holds for a resource with this tag (none: it does not exist) [RFC9110 13.1.1,
// 13.1.2]. The headers are "*" or lists; what is no tag in them equals none.
[[nodiscard]] bool if_match_holds(std::string_view header, const std::optional<EntityTag>& current);
[[nodiscard]] bool if_none_match_holds(std::string_view header, const std::optional<EntityTag>& current);

}  // namespace presentia::xcap
