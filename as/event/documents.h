// Documents of others as a resource sees them: parsed, immutable and shared by all resources that need them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "as/ports/documents.h"

namespace presentia::event {

// Parsed and immutable; each package derives its own.
class Document {
 public:
  virtual ~Document() = default;
};
using DocumentPtr = std::shared_ptr<const Document>;

// What is known of one document at a moment.
struct DocumentState {
  ports::DocumentStatus status = ports::DocumentStatus::unavailable;
  DocumentPtr parsed;        // present: of the newest text that could be read; null if none could
  std::string bad_reason;    // for counters, where the newest text could not be read; empty: it could
  std::string bad;           // why the newest text could not be read; `parsed` is of an older one then
  std::string etag;          // of the newest text
  std::string why;           // unavailable: what happened
  base::Instant fetched_at;  // when a server last said so
};
using DocumentStatePtr = std::shared_ptr<const DocumentState>;

// Those that a resource follows; null: asked for, and nothing is known yet.
using HeldDocuments = std::map<ports::DocumentKey, DocumentStatePtr>;

}  // namespace presentia::event
