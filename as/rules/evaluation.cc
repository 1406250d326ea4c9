#include "as/rules/evaluation.h"

#include <algorithm>
#include <utility>

#include "as/rules/identity.h"

namespace presentia::rules {
namespace {

using Condition = RuleSet::Condition;
using User = RuleSet::User;

constexpr std::array<std::string_view, 7> kConditionNames{
    "unknown", "anonymous-request", "identity", "external-list", "other-identity", "sphere", "validity"};

bool equal_ignoring_case(std::string_view lower_case, std::string_view text) {
  return std::equal(lower_case.begin(), lower_case.end(), text.begin(), text.end(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b); });
}

bool holds(const std::vector<std::string>& set, std::string_view value) {
  return !value.empty() && std::find(set.begin(), set.end(), value) != set.end();
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all.append(all.empty() ? "" : ", ") += part;
  return all;
}

// What one condition says, and what the answer depends on if all before it hold.
struct Verdict {
  bool holds = false;
  bool undecided = false;  // a list that decides cannot be had
  std::optional<base::Instant> next_change;
  std::string why;  // only where it is explained
};

class Evaluator {
 public:
  Evaluator(const RuleSet& rules, const Question& question, Explanation* explain)
      : rules_(rules),
        question_(question),
        watcher_(Watcher::of(question.identities, question.alias_domains)),
        explain_(explain) {}

  // [RFC4745 10.1]
  Evaluation run() {
    for (std::uint32_t i = 0; i < rules_.rules().size(); ++i) {
      const RuleSet::Rule& rule = rules_.rules()[i];
      if (explain_ != nullptr) begin_report(rule);
      const bool matches = judge(rule, i);
      if (explain_ != nullptr) explain_->back().matches = matches;
      if (!matches) continue;
      result_.matched.push_back(i);
      result_.permissions.add(rules_.permissions(rule));  // [RFC4745 10.2]
    }
    for (std::vector<std::uint32_t>* lists : {&result_.asked_lists, &result_.unknown_lists}) {
      std::sort(lists->begin(), lists->end());
      lists->erase(std::unique(lists->begin(), lists->end()), lists->end());
    }
    return std::move(result_);
  }

 private:
  // True if all conditions hold; also if there is none [RFC4745 10.1].
  bool judge(const RuleSet::Rule& rule, std::uint32_t position) {
    bool all = true;
    for (const Condition& condition : rules_.conditions(rule)) {
      if (!all && explain_ == nullptr) return false;
      const Verdict verdict = judge(condition, position, all);
      if (all && condition.kind == Condition::Kind::sphere) result_.depends_on_sphere = true;
      if (all && verdict.next_change) note_change(*verdict.next_change);
      if (explain_ != nullptr) report(condition, verdict);
      all = all && verdict.holds;
    }
    return all;
  }

  // `matters`: all before it hold.
  Verdict judge(const Condition& condition, std::uint32_t position, bool matters) {
    switch (condition.kind) {
      case Condition::Kind::anonymous_request:
        return explained(question_.anonymous, "the request asks for anonymity", "the request asks for no anonymity");
      case Condition::Kind::identity:
        return judge_identity(condition);
      case Condition::Kind::external_list:
        return judge_lists(condition, matters);
      case Condition::Kind::other_identity:
        return judge_other(position, matters);
      case Condition::Kind::sphere:
        return judge_sphere(condition);
      case Condition::Kind::validity:
        return judge_validity(condition);
      case Condition::Kind::unknown:
        break;
    }
    return explained(false, "", "not known here: never holds");  // [RFC4745 7]
  }

  // Any of the users [RFC4745 7.1.1].
  Verdict judge_identity(const Condition& condition) {
    for (const User& user : rules_.users(condition.parts)) {
      if (is_user(user)) return explained(true, text_of(user), "");
    }
    // Without a URI for the watcher nothing was proven or asserted [RFC5025 3.1.1.1].
    if (watcher_.identities.empty()) return explained(false, "", "the watcher is not authenticated");
    Verdict verdict;
    if (explain_ != nullptr) verdict.why = "none of them is " + joined(watcher_.identities);
    return verdict;
  }

  bool is_user(const User& user) const {
    const std::string_view value = rules_.text(user.value);
    switch (user.kind) {
      case User::Kind::one:  // any of the watcher's URIs [RFC5025 3.1.1.2]
        return holds(watcher_.identities, value);
      case User::Kind::many:  // [RFC4745 7.1.3.1, 7.1.3.2]
        return !watcher_.identities.empty() && !is_excepted(user);
      case User::Kind::many_of_domain:  // [RFC4745 7.1.3.3]
        return holds(watcher_.domains, value) && !is_excepted(user);
      case User::Kind::unauthenticated:  // [RFC5025 3.1.1.2]
        break;
    }
    return watcher_.identities.empty();
  }

  bool is_excepted(const User& user) const {
    const auto exceptions = rules_.exceptions(user.excepted);
    return std::any_of(exceptions.begin(), exceptions.end(), [&](const RuleSet::Exception& except) {
      return holds(except.is_domain ? watcher_.domains : watcher_.identities, rules_.text(except.value));
    });
  }

  // [OMA-PRS 5.4.4] A list that cannot be had holds for nobody.
  Verdict judge_lists(const Condition& condition, bool matters) {
    Verdict verdict;
    for (const std::uint32_t list : rules_.list_entries(condition.parts)) {
      std::optional<bool> has;
      if (question_.lists != nullptr) has = question_.lists->has(rules_.list(list), watcher_.identities);
      if (matters) result_.asked_lists.push_back(list);
      if (matters && !has) result_.unknown_lists.push_back(list);
      if (explain_ != nullptr) {
        const std::string_view what = !has ? "cannot be had: " : *has ? "has the watcher: " : "has not: ";
        verdict.why.append(verdict.why.empty() ? "" : ", ").append(what) += rules_.list(list);
      }
      verdict.holds = verdict.holds || has.value_or(false);
      verdict.undecided = verdict.undecided || !has;
    }
    verdict.undecided = verdict.undecided && !verdict.holds;
    return verdict;
  }

  // What the other rules say of the watcher, found once for all rules.
  enum class Named : std::uint8_t { no, yes, undecided };
  Named judge_naming(const RuleSet::Rule& rule) {
    bool undecided = false;
    for (const Condition& condition : rules_.conditions(rule)) {
      Verdict verdict;
      if (condition.kind == Condition::Kind::anonymous_request) verdict.holds = question_.anonymous;
      if (condition.kind == Condition::Kind::identity) verdict = judge_identity(condition);
      if (condition.kind == Condition::Kind::external_list) verdict = judge_lists(condition, true);
      if (verdict.holds) return Named::yes;
      undecided = undecided || verdict.undecided;
    }
    return undecided ? Named::undecided : Named::no;
  }

  // [OMA-PRS 5.4.4] Whether no other rule names the watcher.
  Verdict judge_other(std::uint32_t position, bool matters) {
    if (watcher_.identities.empty()) return explained(false, "", "the watcher is not authenticated");
    if (!matters) return explained(false, "", "not judged: the rule does not match anyway");
    if (named_.empty()) {
      for (const RuleSet::Rule& rule : rules_.rules()) named_.push_back(judge_naming(rule));
    }
    for (std::uint32_t i = 0; i < named_.size(); ++i) {
      if (i == position || named_[i] == Named::no) continue;
      if (explain_ == nullptr) return {};
      const std::string rule = "rule " + std::string(rules_.text(rules_.rules()[i].id));
      return explained(false, "", rule + (named_[i] == Named::yes ? " names the watcher" : " may name the watcher"));
    }
    return explained(true, "no other rule names the watcher", "");
  }

  // [RFC4745 7.3, RFC5025 3.1.2]
  Verdict judge_sphere(const Condition& condition) const {
    if (!question_.sphere) return explained(false, "", "the sphere is undefined");
    const auto tokens = rules_.spheres(condition.parts);
    const bool in_it = std::any_of(tokens.begin(), tokens.end(), [&](RuleSet::Text token) {
      return equal_ignoring_case(rules_.text(token), *question_.sphere);
    });
    const std::string why = explain_ != nullptr ? "the sphere is " + std::string(*question_.sphere) : std::string();
    return explained(in_it, why, why);
  }

  // From and including `from`, until and without `until` [RFC4745 7.4].
  Verdict judge_validity(const Condition& condition) const {
    bool valid = false;
    std::optional<base::Instant> next;
    for (const RuleSet::Period& period : rules_.periods(condition.parts)) {
      if (period.from >= period.until) continue;
      valid = valid || (period.from <= question_.now && question_.now < period.until);
      for (const base::Instant at : {period.from, period.until}) {
        if (at > question_.now && (!next || at < *next)) next = at;
      }
    }
    Verdict verdict = explained(valid, "within a period", next ? "not yet, or not now" : "no longer");
    verdict.next_change = next;
    return verdict;
  }

  void note_change(base::Instant at) {
    if (!result_.next_change || at < *result_.next_change) result_.next_change = at;
  }

  Verdict explained(bool holds, std::string_view why, std::string_view why_not) const {
    Verdict verdict;
    verdict.holds = holds;
    if (explain_ != nullptr) verdict.why = holds ? why : why_not;
    return verdict;
  }

  [[nodiscard]] std::string text_of(const User& user) const {
    if (explain_ == nullptr) return {};
    switch (user.kind) {
      case User::Kind::one:
        return "one " + std::string(rules_.text(user.value));
      case User::Kind::many:
        return "many";
      case User::Kind::many_of_domain:
        return "many of " + std::string(rules_.text(user.value));
      case User::Kind::unauthenticated:
        break;
    }
    return "the watcher is not authenticated";
  }

  void begin_report(const RuleSet::Rule& rule) {
    RuleReport& report = explain_->emplace_back();
    report.id = rules_.text(rule.id);
    report.line = rule.line;
    report.grants = rules::text_of(rules_.permissions(rule));
  }

  void report(const Condition& condition, const Verdict& verdict) {
    std::string name(kConditionNames[static_cast<std::size_t>(condition.kind)]);
    if (condition.kind == Condition::Kind::unknown) name = rules_.text(condition.text);
    explain_->back().conditions.push_back({std::move(name), condition.line, verdict.holds, verdict.why});
  }

  const RuleSet& rules_;
  const Question& question_;
  const Watcher watcher_;
  Explanation* explain_;
  Evaluation result_;
  std::vector<Named> named_;  // by rule; empty until it is needed
};

void append(std::string& text, std::string_view kind, const Components& components) {
  if (components.none()) return;
  text.append("; ").append(kind);
  if (components.all) text += " all";
  for (const Selector& selector : components.only)
    text.append(" ").append(name_of(selector.by)) += "=" + selector.value;
}

}  // namespace

Evaluation evaluate(const RuleSet& rules, const Question& question, Explanation* explain) {
  return Evaluator(rules, question, explain).run();
}

std::string text_of(const Permissions& permissions) {
  std::string text = "sub-handling " + std::string(name_of(permissions.handling));
  append(text, "services", permissions.services);
  append(text, "persons", permissions.persons);
  append(text, "devices", permissions.devices);
  if (permissions.all_attributes) return text + "; all attributes";
  for (const AttributePermission& attribute : kAttributePermissions) {
    if (permissions.shows(attribute.attribute)) text.append("; ") += attribute.local;
  }
  if (permissions.user_input != UserInput::none) {
    text.append("; provide-user-input ") += name_of(permissions.user_input);
  }
  for (const QualifiedName& name : permissions.unknown) text += "; {" + name.ns + "}" + name.local;
  return text;
}

}  // namespace presentia::rules
