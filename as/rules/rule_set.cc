#include "as/rules/rule_set.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "as/rules/identity.h"
#include "as/rules/permission_reader.h"
#include "as/xml/compare.h"
#include "as/xml/date_time.h"

namespace presentia::rules {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string without_blanks(std::string_view text) {
  std::string result;
  std::copy_if(text.begin(), text.end(), std::back_inserter(result),
               [](char c) { return kBlank.find(c) == std::string_view::npos; });
  return result;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

// xs:dateTime; without an offset it is UTC. 24:00:00 is the end of its day.
std::optional<base::Instant> read_instant(xml::Element element) {
  std::string text = element.text_trimmed();
  constexpr std::string_view kEndOfDay = "T24:00:00";
  const std::size_t at = text.find(kEndOfDay);
  if (at != std::string::npos) text.replace(at, kEndOfDay.size(), "T00:00:00");
  const auto read = xml::read_date_time(text);
  if (!read) return std::nullopt;
  return read->at + std::chrono::hours(at != std::string::npos ? 24 : 0);
}

template <class T>
std::size_t heap_of(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}

std::size_t heap_of(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 : 0;
}

std::size_t heap_of(const Components& components) {
  std::size_t bytes = heap_of(components.only);
  for (const Selector& selector : components.only) bytes += heap_of(selector.value);
  return bytes;
}

}  // namespace

std::size_t RuleSet::memory() const {
  std::size_t bytes = sizeof(*this) + heap_of(rules_) + heap_of(conditions_) + heap_of(users_) + heap_of(exceptions_) +
                      heap_of(spheres_) + heap_of(periods_) + heap_of(list_entries_) + heap_of(lists_) +
                      heap_of(permissions_) + heap_of(arena_);
  for (const Permissions& granted : permissions_) {
    bytes += heap_of(granted.services) + heap_of(granted.persons) + heap_of(granted.devices) + heap_of(granted.unknown);
    for (const QualifiedName& name : granted.unknown) bytes += heap_of(name.ns) + heap_of(name.local);
  }
  return bytes;
}

// One document being read. Each rule adds to the end of the vectors, so that its parts stand together.
class RuleSetReader {
 public:
  RuleSetReader(RuleSet& into, const RuleLimits& limits) : into_(into), limits_(limits) {}

  // Comments, the order of elements and missing parts of a rule mean nothing [RFC4745 6, 13].
  std::optional<ReadError> read(xml::Element root) {
    if (!root.is(kCommonPolicy, "ruleset")) return ReadError{"rules.no-ruleset", root.line(), "the root is no ruleset"};
    for (const xml::Element child : root.children()) {
      if (child.is(kCommonPolicy, "rule")) {
        read_rule(child);
      } else {
        remarks.add("rules.unknown-element");
      }
      if (error_) return error_;
    }
    shrink();
    return std::nullopt;
  }

  Remarks remarks;

 private:
  using Condition = RuleSet::Condition;
  using User = RuleSet::User;

  void read_rule(xml::Element element) {
    count(into_.rules_.size() + 1, limits_.max_rules, "rules.too-many-rules", element);
    RuleSet::Rule rule;
    rule.id = keep(read_id(element));
    rule.line = element.line();
    rule.conditions.first = size(into_.conditions_);
    Permissions granted;
    for (const xml::Element child : element.children()) {
      if (child.is(kCommonPolicy, "conditions")) {
        read_conditions(child);
      } else if (child.is(kCommonPolicy, "actions")) {
        read_actions(child, granted, remarks);
      } else if (child.is(kCommonPolicy, "transformations")) {
        read_transformations(child, granted, remarks);
      } else {
        remarks.add("rules.unknown-element");
      }
    }
    rule.conditions.count = size(into_.conditions_) - rule.conditions.first;
    std::stable_sort(into_.conditions_.begin() + rule.conditions.first, into_.conditions_.end(),
                     [](const Condition& a, const Condition& b) { return a.kind < b.kind; });
    rule.permissions = keep(std::move(granted), element);
    into_.rules_.push_back(rule);
  }

  std::string_view read_id(xml::Element rule) {
    const std::string_view id = xml::trimmed(rule.attribute("id").value_or(""));
    if (id.empty()) {
      remarks.add("rules.id-missing");
    } else if (!ids_.emplace(id).second) {
      remarks.add("rules.id-repeated");
    }
    return id;
  }

  // [RFC4745 7]
  void read_conditions(xml::Element conditions) {
    for (const xml::Element child : conditions.children()) {
      Condition condition;
      condition.line = child.line();
      if (child.is(kCommonPolicy, "identity")) {
        condition.kind = Condition::Kind::identity;
        condition.parts = read_identity(child);
      } else if (child.is(kCommonPolicy, "sphere")) {
        condition.kind = Condition::Kind::sphere;
        condition.parts = read_sphere(child);
      } else if (child.is(kCommonPolicy, "validity")) {
        condition.kind = Condition::Kind::validity;
        condition.parts = read_validity(child);
      } else if (child.is(kOmaCommonPolicy, "external-list")) {
        condition.kind = Condition::Kind::external_list;
        condition.parts = read_external_list(child);
      } else if (child.is(kOmaCommonPolicy, "anonymous-request")) {
        condition.kind = Condition::Kind::anonymous_request;
      } else if (child.is(kOmaCommonPolicy, "other-identity")) {
        condition.kind = Condition::Kind::other_identity;
      } else {
        remarks.add("rules.unknown-condition");
        condition.text = keep(child.local());
      }
      into_.conditions_.push_back(condition);
      count_condition(child);
    }
  }

  // [RFC4745 7.1]. Without any child it matches those who are not authenticated, and only those [RFC5025 3.1.1.2].
  RuleSet::Range read_identity(xml::Element identity) {
    RuleSet::Range range{size(into_.users_), 0};
    if (!identity.first_child()) into_.users_.push_back({User::Kind::unauthenticated, {}, {}});
    for (const xml::Element child : identity.children()) {
      count_condition(child);
      if (child.is(kCommonPolicy, "one")) {
        read_one(child);
      } else if (child.is(kCommonPolicy, "many")) {
        read_many(child);
      } else {
        remarks.add("rules.unknown-condition");
      }
    }
    range.count = size(into_.users_) - range.first;
    return range;
  }

  // [RFC4745 7.1.2, 7.2]
  void read_one(xml::Element one) {
    const std::string id = comparable_identity(one.attribute("id").value_or(""));
    if (id.empty() || one.attribute("domain")) return remarks.add("rules.bad-condition");
    if (one.first_child()) return remarks.add("rules.unknown-condition");
    into_.users_.push_back({User::Kind::one, keep(id), {}});
  }

  // [RFC4745 7.1.3]
  void read_many(xml::Element many) {
    const auto domain = many.attribute("domain");
    User user{domain ? User::Kind::many_of_domain : User::Kind::many, {}, {size(into_.exceptions_), 0}};
    if (domain) user.value = keep(comparable_domain(*domain));
    if (domain && user.value.length == 0) remarks.add("rules.bad-condition");
    for (const xml::Element child : many.children()) {
      if (!child.is(kCommonPolicy, "except")) return remarks.add("rules.unknown-condition");
      read_except(child);
      count_condition(child);
    }
    user.excepted.count = size(into_.exceptions_) - user.excepted.first;
    into_.users_.push_back(user);
  }

  void read_except(xml::Element except) {
    const auto id = except.attribute("id"), domain = except.attribute("domain");
    if (id) into_.exceptions_.push_back({false, keep(comparable_identity(*id))});
    if (domain) into_.exceptions_.push_back({true, keep(comparable_domain(*domain))});
    if (id.has_value() == domain.has_value()) remarks.add("rules.bad-condition");
  }

  // [RFC4745 7.3]
  RuleSet::Range read_sphere(xml::Element sphere) {
    RuleSet::Range range{size(into_.spheres_), 0};
    const std::string tokens = lower(sphere.attribute("value").value_or(""));
    for (std::size_t at = tokens.find_first_not_of(kBlank); at != std::string::npos;
         at = tokens.find_first_not_of(kBlank, at)) {
      const std::size_t end = std::min(tokens.find_first_of(kBlank, at), tokens.size());
      into_.spheres_.push_back(keep(std::string_view(tokens).substr(at, end - at)));
      count_condition(sphere);
      at = end;
    }
    range.count = size(into_.spheres_) - range.first;
    if (range.count == 0) remarks.add("rules.bad-condition");
    return range;
  }

  // [RFC4745 7.4]. What is no pair of times is no period.
  RuleSet::Range read_validity(xml::Element validity) {
    RuleSet::Range range{size(into_.periods_), 0};
    std::optional<base::Instant> from;
    bool open = false;
    for (const xml::Element child : validity.children()) {
      count_condition(child);
      const bool is_from = child.is(kCommonPolicy, "from"), is_until = child.is(kCommonPolicy, "until");
      const std::optional<base::Instant> at = is_from || is_until ? read_instant(child) : std::nullopt;
      if (!at || is_from == open) remarks.add("rules.bad-condition");
      if (is_until && from && at) into_.periods_.push_back({*from, *at});
      from = is_from ? at : std::nullopt;
      open = is_from;
    }
    range.count = size(into_.periods_) - range.first;
    if (range.count == 0 || open) remarks.add("rules.bad-condition");
    return range;
  }

  RuleSet::Range read_external_list(xml::Element list) {
    RuleSet::Range range{size(into_.list_entries_), 0};
    for (const xml::Element child : list.children()) {
      count_condition(child);
      const std::string anchor = without_blanks(child.attribute("anc").value_or(""));
      if (!child.is(kOmaCommonPolicy, "entry")) {
        remarks.add("rules.unknown-condition");
      } else if (anchor.empty()) {
        remarks.add("rules.bad-condition");
      } else {
        into_.list_entries_.push_back(keep_list(anchor, child));
      }
    }
    range.count = size(into_.list_entries_) - range.first;
    return range;
  }

  std::uint32_t keep_list(const std::string& anchor, xml::Element place) {
    const auto [held, is_new] = lists_.emplace(anchor, size(into_.lists_));
    if (is_new) into_.lists_.push_back(keep(anchor));
    count(into_.lists_.size(), limits_.max_lists, "rules.too-many-lists", place);
    return held->second;
  }

  std::uint32_t keep(Permissions granted, xml::Element place) {
    set_members_ += granted.unknown.size() + granted.services.only.size() + granted.persons.only.size() +
                    granted.devices.only.size();
    count(set_members_, limits_.max_permissions, "rules.too-many-permissions", place);
    const auto [held, is_new] = permissions_.emplace(granted.key(), size(into_.permissions_));
    if (is_new) into_.permissions_.push_back(std::move(granted));
    return held->second;
  }

  RuleSet::Text keep(std::string_view text) {
    into_.arena_ += text;
    const auto length = static_cast<std::uint32_t>(text.size());
    return {size(into_.arena_) - length, length};
  }

  void count_condition(xml::Element place) {
    count(++counted_, limits_.max_conditions, "rules.too-many-conditions", place);
  }

  void count(std::size_t number, std::size_t most, const char* reason, xml::Element place) {
    if (number > most && !error_) error_ = {reason, place.line(), "more than " + std::to_string(most)};
  }

  template <class T>
  static std::uint32_t size(const T& container) {
    return static_cast<std::uint32_t>(container.size());
  }

  void shrink() {
    into_.rules_.shrink_to_fit();
    into_.conditions_.shrink_to_fit();
    into_.users_.shrink_to_fit();
    into_.exceptions_.shrink_to_fit();
    into_.spheres_.shrink_to_fit();
    into_.periods_.shrink_to_fit();
    into_.list_entries_.shrink_to_fit();
    into_.lists_.shrink_to_fit();
    into_.permissions_.shrink_to_fit();
    into_.arena_.shrink_to_fit();
  }

  RuleSet& into_;
  const RuleLimits& limits_;
  std::optional<ReadError> error_;
  std::size_t counted_ = 0, set_members_ = 0;
  std::unordered_set<std::string> ids_;
  std::unordered_map<std::string, std::uint32_t> lists_;
  std::unordered_map<std::string, std::uint32_t> permissions_;
};

base::Result<ReadRules, ReadError> read_rules(xml::Element root, const RuleLimits& limits) {
  const auto rules = std::make_shared<RuleSet>();
  RuleSetReader reader(*rules, limits);
  if (auto error = reader.read(root)) return base::Unexpected{*std::move(error)};
  return ReadRules{rules, reader.remarks.take()};
}

base::Result<ReadRules, ReadError> read_rules(std::string_view bytes, xml::Reader& reader, const RuleLimits& limits) {
  auto tree = reader.parse(bytes, limits.xml);
  if (!tree) {
    xml::ParseError error = std::move(tree).error();
    return base::Unexpected{ReadError{std::move(error.reason), error.line, std::move(error.text)}};
  }
  return read_rules((*tree)->root(), limits);
}

}  // namespace presentia::rules
