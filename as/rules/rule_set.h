// A rules document (RFC 4745) with the conditions, actions and transformations of RFC 5025 and OMA, parsed once and
// evaluated often (evaluation.h). Immutable and compact: all text in one arena, equal permissions kept once. Any
// thread.
//
// Whatever is not understood grants nothing, and never breaks the document [RFC4745 4, RFC5025 8]: an unknown condition
// makes its rule never match, an unknown child of <identity>, <one> or <many> never matches, an unknown action or
// transformation is skipped. Each is told by a remark.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/base/time.h"
#include "as/rules/permissions.h"
#include "as/xml/reader.h"
#include "as/xml/tree.h"

namespace presentia::rules {

struct ReadError {
  std::string reason;      // for counters: xml.* (as/xml/reader.h), rules.no-ruleset, rules.too-many-rules,
                           // rules.too-many-conditions, rules.too-many-lists, rules.too-many-permissions; of lists
                           // list.no-list, list.too-many-entries
  std::uint64_t line = 0;  // from 1; 0 where there is no place
  std::string text;        // for people
};

// A document with more is refused whole: part of it would say something else.
struct RuleLimits {
  std::size_t max_rules = 500;
  std::size_t max_conditions = 5000;   // conditions and what is counted in them: users, exceptions, periods, tokens
  std::size_t max_lists = 50;          // different external lists
  std::size_t max_permissions = 2000;  // members of the sets that are granted
  xml::Limits xml{16, 50'000, 16};
};

class RuleSet {
 public:
  struct Text {  // a piece of the arena
    std::uint32_t at = 0, length = 0;
  };
  struct Range {
    std::uint32_t first = 0, count = 0;
  };
  struct Condition {
    // In the order in which they are judged: who it is, then what changes by itself.
    enum class Kind : std::uint8_t {
      unknown,            // its text: the name of the element
      anonymous_request,  // OMA
      identity,           // its parts: of users()
      external_list,      // OMA; its parts: of list_entries()
      other_identity,     // OMA
      sphere,             // its parts: of spheres()
      validity,           // its parts: of periods()
    };
    Kind kind = Kind::unknown;
    Range parts;
    Text text;
    std::uint32_t line = 0;
  };
  struct User {  // a child of <identity>
    enum class Kind : std::uint8_t { one, many, many_of_domain, unauthenticated };
    Kind kind = Kind::one;
    Text value;      // identity or domain, comparable
    Range excepted;  // of exceptions()
  };
  struct Exception {
    bool is_domain = false;
    Text value;  // comparable
  };
  struct Period {
    base::Instant from, until;
  };
  struct Rule {
    Text id;
    Range conditions;  // of conditions(), in the order of their kinds
    std::uint32_t permissions = 0;
    std::uint32_t line = 0;
  };

  [[nodiscard]] std::span<const Rule> rules() const { return rules_; }
  [[nodiscard]] std::span<const Condition> conditions(const Rule& rule) const {
    return part(conditions_, rule.conditions);
  }
  [[nodiscard]] std::span<const User> users(Range range) const { return part(users_, range); }
  [[nodiscard]] std::span<const Exception> exceptions(Range range) const { return part(exceptions_, range); }
  [[nodiscard]] std::span<const Text> spheres(Range range) const { return part(spheres_, range); }  // in lower case
  [[nodiscard]] std::span<const Period> periods(Range range) const { return part(periods_, range); }
  [[nodiscard]] std::span<const std::uint32_t> list_entries(Range range) const { return part(list_entries_, range); }
  [[nodiscard]] const Permissions& permissions(const Rule& rule) const { return permissions_[rule.permissions]; }
  [[nodiscard]] std::string_view text(Text piece) const { return {arena_.data() + piece.at, piece.length}; }

  // The URIs of all external lists, each once; list_entries() are positions in it.
  [[nodiscard]] std::span<const Text> lists() const { return lists_; }
  [[nodiscard]] std::string_view list(std::uint32_t position) const { return text(lists_[position]); }
  // Bytes held on the heap and in itself.
  [[nodiscard]] std::size_t memory() const;

 private:
  friend class RuleSetReader;
  template <class T>
  static std::span<const T> part(const std::vector<T>& all, Range range) {
    return std::span<const T>(all).subspan(range.first, range.count);
  }

  std::vector<Rule> rules_;
  std::vector<Condition> conditions_;
  std::vector<User> users_;
  std::vector<Exception> exceptions_;
  std::vector<Text> spheres_;
  std::vector<Period> periods_;
  std::vector<std::uint32_t> list_entries_;
  std::vector<Text> lists_;
  std::vector<Permissions> permissions_;
  std::string arena_;
};
using RuleSetPtr = std::shared_ptr<const RuleSet>;

struct ReadRules {
  RuleSetPtr rules;
  // What was skipped, each label at most once: rules.id-missing, rules.id-repeated, rules.unknown-element,
  // rules.unknown-condition, rules.unknown-permission, rules.bad-condition, rules.bad-permission.
  std::vector<std::string> remarks;
};

// Ids that are missing or repeated are remarked, not refused: that they differ is the rule maker's duty, and nothing
// here depends on them [RFC4745 6.1].
[[nodiscard]] base::Result<ReadRules, ReadError> read_rules(xml::Element root, const RuleLimits& limits = {});
[[nodiscard]] base::Result<ReadRules, ReadError> read_rules(std::string_view bytes, xml::Reader& reader,
                                                            const RuleLimits& limits = {});

}  // namespace presentia::rules
