// From a parsed tree to a presence document. Lenient with what can be read, because real clients send much that is not
// schema-valid; what the reader leaves out or repairs, it remarks.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "as/base/result.h"
#include "as/event/package.h"
#include "as/xml/document.h"

namespace presentia::presence {

struct ReaderPolicy {
  bool strict = false;                           // refuse what the RFC forbids and the schemas let through
  bool refuse_entity = false;                    // an entity that is missing or of someone else
  std::span<const std::string> identities = {};  // in normal form: the same user, whose entity may be any of them
};

// Refused with 400: another root or namespace, a tuple without id, an id of two tuples, and what the policy says. Never
// throws. Remarks are from a fixed set of labels, each at most once:
// pidf.entity-missing, pidf.entity-rewritten, pidf.basic-dropped, pidf.status-empty, pidf.contact-repaired,
// pidf.priority-dropped, pidf.timestamp-dropped, pidf.timestamp-repaired, pidf.id-repaired, pidf.device-dropped,
// pidf.element-dropped.
[[nodiscard]] base::Result<event::Parsed, event::Rejection> read_pidf(xml::DocumentPtr source,
                                                                      std::string_view resource,
                                                                      const ReaderPolicy& policy);

// A text as it may stand where the schemas want a URI: without white space and angle brackets around it, what is no
// character of URIs escaped.
[[nodiscard]] std::string uri_text(std::string_view text);

}  // namespace presentia::presence
