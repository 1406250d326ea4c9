#include "tests/unit/rules/support.h"

#include <gtest/gtest.h>

#include "as/xml/date_time.h"
#include "tests/support/files.h"

namespace presentia::rules {
namespace {

std::string part(std::string_view name, std::string_view inside) {
  if (inside.empty()) return {};
  return "<" + std::string(name) + ">" + std::string(inside) + "</" + std::string(name) + ">";
}

}  // namespace

std::string test_document(const std::string& path) {
  std::string text = test::content(PS_TEST_DATA "/rules/" + path);
  EXPECT_FALSE(text.empty()) << path;
  return text;
}

std::string ruleset(std::string_view rules) {
  return "<ruleset xmlns='" + std::string(kCommonPolicy) + "' xmlns:cp='" + std::string(kCommonPolicy) +
         "' xmlns:pr='" + std::string(kPresRules) + "' xmlns:op='" + std::string(kOmaPresRules) + "' xmlns:ocp='" +
         std::string(kOmaCommonPolicy) + "' xmlns:x='urn:example:unknown'>" + std::string(rules) + "</ruleset>";
}

std::string rule(std::string_view id, std::string_view conditions, std::string_view actions,
                 std::string_view transformations) {
  return "<rule id='" + std::string(id) + "'>" + part("conditions", conditions) + part("actions", actions) +
         part("transformations", transformations) + "</rule>";
}

std::string handling(std::string_view value) { return part("pr:sub-handling", value); }

std::string identity(std::string_view children) { return "<identity>" + std::string(children) + "</identity>"; }

std::string one(std::string_view id) { return identity("<one id='" + std::string(id) + "'/>"); }

base::Instant at(std::string_view date_time) {
  const auto read = xml::read_date_time(date_time);
  EXPECT_TRUE(read) << date_time;
  return read ? read->at : base::Instant();
}

std::optional<bool> KnownLists::has(std::string_view anchor, std::span<const std::string> identities) const {
  const auto found = known.find(anchor);
  return found == known.end() ? std::nullopt : std::optional(found->second.contains_any(identities));
}

void Asked::document(std::string_view text) {
  xml::Reader reader;
  auto read = read_rules(text, reader);
  ASSERT_TRUE(read) << read.error().reason << " " << read.error().text << "\n" << text;
  rule_set = read->rules;
  remarks = read->remarks;
}

Evaluation Asked::evaluate(Explanation* explain) const {
  return rules::evaluate(*rule_set,
                         {.identities = watcher,
                          .alias_domains = alias_domains,
                          .anonymous = anonymous,
                          .sphere = sphere,
                          .now = now,
                          .lists = &lists},
                         explain);
}

std::vector<std::string> Asked::matched() const {
  std::vector<std::string> ids;
  for (const std::uint32_t position : evaluate().matched)
    ids.emplace_back(rule_set->text(rule_set->rules()[position].id));
  return ids;
}

bool Asked::matches(std::string_view conditions) {
  rules(rule("only", conditions, rules::handling("allow")));
  return allowed();
}

std::string refusal(std::string_view text, const RuleLimits& limits) {
  xml::Reader reader;
  const auto read = read_rules(text, reader, limits);
  return read ? "" : read.error().reason;
}

}  // namespace presentia::rules
