// For the tests of rules: documents in few words, lists that are known or not, and one watcher's answer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/rules/evaluation.h"

namespace presentia::rules {

std::string test_document(const std::string& path);  // below tests/data/rules

// A document with the usual prefixes: common policy by default, pr, op, ocp, and x for what nobody knows.
std::string ruleset(std::string_view rules);
// One rule with its parts written out; a part that is empty is left out.
std::string rule(std::string_view id, std::string_view conditions, std::string_view actions,
                 std::string_view transformations = {});
std::string handling(std::string_view value);     // <pr:sub-handling>
std::string identity(std::string_view children);  // <identity>
std::string one(std::string_view id);             // <identity> with one user

base::Instant at(std::string_view date_time);

class KnownLists final : public Lists {
 public:
  [[nodiscard]] std::optional<bool> has(std::string_view anchor,
                                        std::span<const std::string> identities) const override;
  std::map<std::string, Members, std::less<>> known;
};

// One document and what is asked about it.
class Asked {
 public:
  void document(std::string_view text);  // must be read
  void rules(std::string_view inside) { document(ruleset(inside)); }
  [[nodiscard]] Evaluation evaluate(Explanation* explain = nullptr) const;
  [[nodiscard]] SubHandling handling() const { return evaluate().permissions.handling; }
  [[nodiscard]] bool allowed() const { return handling() == SubHandling::allow; }
  [[nodiscard]] std::vector<std::string> matched() const;  // ids
  // Whether a document with this one rule, which allows, matches.
  [[nodiscard]] bool matches(std::string_view conditions);

  std::vector<std::string> watcher{"sip:bob@example.com"};
  std::vector<std::string> alias_domains;
  bool anonymous = false;
  std::optional<std::string> sphere;
  base::Instant now = at("2026-03-01T12:00:00Z");
  KnownLists lists;
  RuleSetPtr rule_set;
  std::vector<std::string> remarks;
};

// The reason why a document is refused; empty if it is read.
std::string refusal(std::string_view text, const RuleLimits& limits = {});

}  // namespace presentia::rules
