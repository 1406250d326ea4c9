// The documents of XDM servers that the presence package needs: the presentity's rules, the lists that these name, and
// its hard state. Which they are, how they are read, and what of those that are held is in force.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "as/event/package.h"
#include "as/rules/list_document.h"
#include "as/rules/rule_set.h"

namespace presentia::presence {

class RulesDocument final : public event::Document {
 public:
  explicit RulesDocument(rules::RuleSetPtr set) : set_(std::move(set)) {}
  [[nodiscard]] const rules::RuleSet& rules() const { return *set_; }

 private:
  rules::RuleSetPtr set_;
};

class UsersList final : public event::Document {
 public:
  explicit UsersList(const rules::ListDocument& list);
  rules::Members members;
  std::vector<std::string> references;  // of lists and entries, as written
};

class HardState final : public event::Document {
 public:
  ports::PublicationRecord record;  // what stands for it among publications
  event::DocumentPtr document;      // a PidfDocument
};

// What decides: a document that is in force, that there is none, or why it cannot be said.
struct InForce {
  enum class Kind : std::uint8_t { document, none, unavailable, unknown };  // unknown: not told yet
  Kind kind = Kind::none;
  ports::DocumentKey key;                // of the document, or of the one that is missing
  const event::Document* document = {};  // of the held ones
};
// The first of the places AUID/NAME of the resource where a document exists.
[[nodiscard]] InForce in_force(const google::protobuf::RepeatedPtrField<std::string>& places,
                               const event::DocumentsQuestion& question);

// The rules that decide: the candidate, if one is tried.
[[nodiscard]] InForce rules_in_force(const event::DocumentsQuestion& question);

// The URIs under which XDM servers are known (xdm.root); empty: there is none, and no document is needed.
[[nodiscard]] std::vector<std::string> known_roots(const mgmt::Snapshot& settings);

// See event::Package.
[[nodiscard]] std::vector<ports::DocumentKey> needed_documents(const event::DocumentsQuestion& question);
[[nodiscard]] bool reads(std::string_view auid);
[[nodiscard]] base::Result<event::Parsed, event::Rejection> read_document(const ports::DocumentReading& reading,
                                                                          xml::Reader& reader,
                                                                          const mgmt::Snapshot& settings);
[[nodiscard]] std::optional<event::PublicationView> hard_state(const event::DocumentsQuestion& question,
                                                               bool published);

[[nodiscard]] base::Result<event::Parsed, event::Rejection> read_candidate(std::string_view text, xml::Reader& reader,
                                                                           const mgmt::Snapshot& settings);

}  // namespace presentia::presence
