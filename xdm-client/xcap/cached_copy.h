// A client's copy of an XCAP document and what xcap-diff changes do to it [RFC5874 3; RFC5875 4.8]. Pure.
//
// What a copy is worth. A fetched copy is what the server has under its entity-tag. A patched copy is what the server
// has only if the server made its patch for exactly these bytes (in canonical form) and meant the same by it as we do;
// the new entity-tag names the server's version, it does not prove ours, and a conditional GET answers 304 for a copy
// that went wrong. Therefore
//   - a patch is applied only to a copy whose tag is strongly equal to 'previous-etag', all of it or nothing;
//   - whatever does not fit in the least is answered by `fetch`: a whole GET, without a condition;
//   - `patches` counts how far a copy is from the last whole GET, and its owner bounds it: with a most of 0, which is
//     right where a wrong copy would give rights away (presence rules), every change is fetched.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "as/xml/patch.h"
#include "as/xml/reader.h"
#include "xdm-client/xcap/etag.h"
#include "xdm-client/xcap/xcap_diff.h"

namespace presentia::xcap {

struct CachedCopy {
  std::string document;
  EntityTag etag;
  std::uint32_t patches = 0;  // applied since the last GET
};

struct CopyLimits {
  std::uint32_t max_patches = 0;  // before a whole GET is due
  xml::PatchLimits patch;
};

struct CopyUpdate {
  enum class Action : std::uint8_t { keep, replace, drop, fetch };
  Action action = Action::keep;
  std::optional<CachedCopy> copy;          // to replace it by: patched, or under a new tag
  std::optional<xml::PatchError> failure;  // of the patch, where that is why it has to be fetched: the subscription is
                                           // refreshed with "no-patching" then [RFC5875 4.8]
};

// What the changes of one document, in their order, mean for `copy` (nullptr: none is held). Changes before the one
// whose 'previous-etag' is the copy's tag are older than the copy and passed over.
[[nodiscard]] CopyUpdate update_copy(xml::Reader& reader, const CachedCopy* copy,
                                     std::span<const DocumentChange> changes, const CopyLimits& limits = {});

}  // namespace presentia::xcap
