// What a rules document grants one watcher: which rules match (RFC 4745 7, RFC 5025 3.1, OMA) and what they grant
// together (RFC 4745 10.2). Pure: same arguments, same answer, from any thread.
//
// OMA's conditions:
// - external-list holds for the members of its lists. Of a list that cannot be had nobody is known to be a member: the
//   rule does not match.
// - anonymous-request holds for a request that asks for anonymity. Rules for the identity still apply to it, if one is
//   asserted [RFC5025 3.1.1.2].
// - other-identity holds for an identity that no other rule's identity, external-list or anonymous-request holds for,
//   whatever their other conditions say. While a list that could name it cannot be had, it does not hold.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/time.h"
#include "as/rules/list_document.h"
#include "as/rules/permissions.h"
#include "as/rules/rule_set.h"

namespace presentia::rules {

class Lists {
 public:
  virtual ~Lists() = default;
  // Whether one of the identities (comparable) is a member of the external list at `anchor`, or of a list that it
  // refers to; nullopt if none is known to be and not all of these lists are known.
  [[nodiscard]] virtual std::optional<bool> has(std::string_view anchor,
                                                std::span<const std::string> identities) const = 0;
};

struct Question {
  // All URIs that are asserted of the watcher, in any spelling: each is tried [RFC5025 3.1.1.2]. Empty: the watcher is
  // not authenticated.
  std::span<const std::string> identities;
  // Domains in which a sip URI with a telephone number and the tel URI are one user (rules.match_aliases); empty: never
  // [RFC5025 3.1.1.2].
  std::span<const std::string> alias_domains = {};
  bool anonymous = false;                       // the request asks for privacy of the identity
  std::optional<std::string_view> sphere = {};  // of the presentity; nullopt: undefined [RFC5025 3.1.2]
  base::Instant now;                            // wall-clock time, UTC
  const Lists* lists = nullptr;                 // null: no list can be had
};

struct Evaluation {
  Permissions permissions;                   // nothing, and block, if no rule matches
  std::vector<std::uint32_t> matched;        // positions of the rules that match, in order
  std::optional<base::Instant> next_change;  // when the answer may become another by itself; nullopt: never
  bool depends_on_sphere = false;            // a change of the sphere may change the answer
  std::vector<std::uint32_t> asked_lists;    // positions in RuleSet::lists(), in order: the answer depends on them
  std::vector<std::uint32_t> unknown_lists;  // those of them that could not be had
};

// For people: what became of each condition, and why.
struct ConditionReport {
  std::string condition;  // the name of its element
  std::uint32_t line = 0;
  bool holds = false;
  std::string why;
};
struct RuleReport {
  std::string id;
  std::uint32_t line = 0;
  bool matches = false;
  std::vector<ConditionReport> conditions;  // in the order in which they are judged
  std::string grants;                       // what it grants if it matches
};
using Explanation = std::vector<RuleReport>;  // a report for each rule, in the order of the document

// With `explain` all conditions are judged and reported (other-identity only if all before it hold), otherwise those of
// a rule until one does not hold. The answer is the same.
[[nodiscard]] Evaluation evaluate(const RuleSet& rules, const Question& question, Explanation* explain = nullptr);

// "sub-handling allow; services all; activities, note"
[[nodiscard]] std::string text_of(const Permissions& permissions);

}  // namespace presentia::rules
