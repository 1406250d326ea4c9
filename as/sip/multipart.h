// Reader and writer of multipart bodies [RFC2046 5.1]. Our own: Sofia's reader aborts on malformed ones. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "as/base/result.h"

namespace presentia::sip {

// One part, as views into the body that was read.
struct Part {
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, values trimmed and unfolded
  std::string_view body;                                     // without the line end that belongs to the delimiter
  std::vector<Part> parts;                                   // of a part that is multipart/* itself

  // The first header of that name (lower case); empty if absent.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  // "type/subtype" in lower case; "text/plain" if absent or unreadable [RFC2045 5.2].
  [[nodiscard]] std::string type() const;
  // Content-ID without its angle brackets; empty if absent.
  [[nodiscard]] std::string_view content_id() const;
  // True if Content-Disposition says handling=optional [RFC3261 20.11].
  [[nodiscard]] bool optional() const;
};

struct MultipartLimits {
  std::size_t parts = 64;           // in all, on every level
  std::size_t depth = 4;            // of nesting; 1 = no multipart inside
  std::size_t header_bytes = 4096;  // of one part
};

// Reads a multipart body. `content_type`: the whole value with its boundary parameter. Preamble and epilogue are
// ignored, bare LF is taken as line end. The error's code is one of: not_multipart, no_boundary, bad_boundary,
// no_parts, not_terminated, bad_header, too_many_parts, too_deep, header_too_long.
[[nodiscard]] base::Result<std::vector<Part>> read_multipart(std::string_view content_type, std::string_view body,
                                                             const MultipartLimits& limits = {});

// A part to be written: header lines in order (Content-Type first by custom) and the bytes.
struct PartToWrite {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;
};

// A boundary that needs no quotes and that occurs in none of the bodies; starts with `wish` (letters and digits, at
// most 50 characters; cut or replaced by "part" otherwise).
[[nodiscard]] std::string choose_boundary(const std::vector<PartToWrite>& parts, std::string_view wish);

// The body; delimiters and headers end in CRLF, the bytes of the parts are as they are.
[[nodiscard]] std::string write_multipart(const std::vector<PartToWrite>& parts, std::string_view boundary);

// "multipart/related;type=\"application/rlmi+xml\";boundary=…": the boundary unquoted, because a client in the field
// crashes on a quoted one. `subtype`: "related", "mixed"; `root_type` and `start` are left out if empty.
[[nodiscard]] std::string multipart_type(std::string_view subtype, std::string_view boundary,
                                         std::string_view root_type = {}, std::string_view start = {});

}  // namespace presentia::sip
