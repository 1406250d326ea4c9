// Why a watcher sees what it sees: the question, and an answer for people with all that led to the decision. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/time.h"
#include "as/ports/documents.h"
#include "as/ports/records.h"

namespace presentia::ports {

inline constexpr std::string_view kAnonymousWatcher = "anonymous";

struct ExplainQuestion {
  Resource presentity;                    // normal form
  std::string watcher;                    // URI in normal form, or kAnonymousWatcher
  std::optional<base::Instant> at = {};   // decided as at that time, of what is published now; nullopt: now
  std::optional<std::string> rules = {};  // text of a rules document that is tried instead of the one in force
  std::string package = "presence";
};

struct ExplainedDocument {
  enum class Status : std::uint8_t { present, absent, unavailable, unknown, candidate };  // unknown: no answer yet
  std::string use;  // "rules", "list", "hard state"
  DocumentKey key;  // empty of the candidate
  Status status = Status::unknown;
  bool in_force = false;                         // the decision or the state is made of it
  std::string etag;                              // empty: none
  std::optional<base::Instant> fetched_at = {};  // when a server last said so
  std::string why;                               // unavailable or unknown: why
  std::string bad;                               // why its newest text cannot be read; what is in force is an older one
  std::vector<std::string> remarks =
      {};  // of the candidate: what was skipped, each a label ("rules.unknown-condition")
};
[[nodiscard]] constexpr std::string_view word(ExplainedDocument::Status status) {
  switch (status) {
    case ExplainedDocument::Status::present:
      return "present";
    case ExplainedDocument::Status::absent:
      return "absent";
    case ExplainedDocument::Status::unavailable:
      return "unavailable";
    case ExplainedDocument::Status::unknown:
      return "unknown";
    case ExplainedDocument::Status::candidate:
      return "candidate";
  }
  return "unknown";
}

struct ExplainedCondition {
  std::string condition;  // the name of its element
  std::uint32_t line = 0;
  bool holds = false;
  std::string why;
};
struct ExplainedRule {
  std::string id;
  std::uint32_t line = 0;
  bool matches = false;
  std::vector<ExplainedCondition> conditions;
  std::string grants;  // if it matches
};

struct ExplainedSource {
  EntityTag etag;
  Source source = Source::pua;
  std::optional<base::Instant> expires_at;  // nullopt: it does not
};

// What the state has and the watcher is not shown.
struct ExplainedRemoval {
  std::string element;                // "tuple", "person", "device"; "presence": what stands beside them
  std::string id;                     // as where everything is shown
  bool whole = false;                 // else only these children
  std::vector<std::string> children;  // with usual prefixes: "rpid:activities"; each once
};

struct ExplainInfo {
  Resource presentity;
  std::string watcher;  // as in the question
  std::string package;
  base::Instant at{};
  std::vector<ExplainedDocument> documents;
  std::vector<ExplainedRule> rules;          // of the document in force, in its order
  bool decided = true;                       // false: documents that matter are not known; a SUBSCRIBE would be pending
  std::string handling;                      // as in rules documents: "polite-block"
  std::string decided_by;                    // why it is that: the rules, or what decides without them
  std::string grants;                        // the combined permissions; empty where no rules were evaluated
  std::optional<base::Instant> next_change;  // when it may become another by itself
  bool depends_on_sphere = false;
  std::optional<std::string> sphere;  // of the presentity; nullopt: undefined
  std::vector<ExplainedSource> sources;
  std::vector<ExplainedRemoval> removed;
  std::string content_type;  // of the resulting document; empty: there is none
  SharedText body;           // null: there is none
};

}  // namespace presentia::ports
