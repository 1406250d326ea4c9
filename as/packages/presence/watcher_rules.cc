#include "as/packages/presence/watcher_rules.h"

#include <algorithm>
#include <set>

#include "as/base/uri.h"
#include "as/packages/presence/external_documents.h"
#include "as/packages/presence/sphere.h"
#include "as/rules/document_places.h"

namespace presentia::presence {
namespace {

using event::SubHandling;
using event::Verdict;

Verdict verdict(SubHandling handling) { return {.view = {handling, {}}, .until = {}}; }

SubHandling handling_of(config::Rules::NoDocument setting) {
  switch (setting) {
    case config::Rules::ALLOW:
      return SubHandling::allow;
    case config::Rules::POLITE_BLOCK:
      return SubHandling::polite_block;
    case config::Rules::BLOCK:
      return SubHandling::block;
    default:
      return SubHandling::confirm;
  }
}

SubHandling handling_of(config::Rules::WhenUnavailable setting) {
  switch (setting) {
    case config::Rules::UNAVAILABLE_POLITE_BLOCK:
      return SubHandling::polite_block;
    case config::Rules::UNAVAILABLE_BLOCK:
      return SubHandling::block;
    default:
      return SubHandling::confirm;
  }
}

SubHandling handling_of(rules::SubHandling granted) {
  switch (granted) {
    case rules::SubHandling::allow:
      return SubHandling::allow;
    case rules::SubHandling::polite_block:
      return SubHandling::polite_block;
    case rules::SubHandling::confirm:
      return SubHandling::confirm;
    default:
      return SubHandling::block;
  }
}

bool all_known(const event::DocumentsQuestion& question) {
  const auto needed = needed_documents(question);
  return std::ranges::all_of(needed, [&](const ports::DocumentKey& key) {
    const auto held = question.documents.find(key);
    return held != question.documents.end() && held->second != nullptr;
  });
}

std::vector<std::string> alias_domains(const mgmt::Snapshot& settings) {
  std::vector<std::string> domains;
  if (!settings.config().rules().match_aliases()) return domains;
  for (const config::Domain& domain : settings.config().sip().domains())
    if (domain.name() != "*") domains.push_back(domain.name());
  return domains;
}

Verdict by_document(const event::WatcherQuestion& question, const RulesDocument& document) {
  const rules::Evaluation found = evaluate_for(question, document.rules());
  return {.view = view_of(found.permissions), .until = found.next_change, .by_state = found.depends_on_sphere};
}

}  // namespace

std::optional<bool> HeldLists::has(std::string_view anchor, std::span<const std::string> identities) const {
  std::set<ports::DocumentKey> seen;
  std::vector<std::string> anchors{std::string(anchor)};
  bool all = true;
  for (std::size_t next = 0; next < anchors.size(); ++next) {
    const auto key = rules::list_at(anchors[next], roots_);
    if (key && !seen.insert(*key).second) continue;  // in a circle, or named twice
    const auto held = key ? question_.documents.find(*key) : question_.documents.end();
    const event::DocumentState* state = held == question_.documents.end() ? nullptr : held->second.get();
    const auto* list = state == nullptr ? nullptr : dynamic_cast<const UsersList*>(state->parsed.get());
    // A list that does not exist has no members; one of which nothing is known may have.
    const bool absent = state != nullptr && state->status == ports::DocumentStatus::absent;
    const bool known = list != nullptr && state->status == ports::DocumentStatus::present;
    all = all && (known || absent);
    if (!known) continue;
    if (list->members.contains_any(identities)) return true;
    anchors.insert(anchors.end(), list->references.begin(), list->references.end());
  }
  return all ? std::optional(false) : std::nullopt;
}

rules::Evaluation evaluate_for(const event::WatcherQuestion& question, const rules::RuleSet& document,
                               rules::Explanation* explain) {
  const event::DocumentsQuestion documents{question.resource, question.documents, question.settings};
  const std::vector<std::string> roots = known_roots(question.settings);
  const std::vector<std::string> aliases = alias_domains(question.settings);
  const HeldLists lists(documents, roots);
  const std::optional<std::string> sphere = sphere_of(question.publications);
  std::vector<std::string> identities = question.watcher.also;  // [RFC5025 3.1.1.2]
  if (!question.watcher.anonymous()) identities.push_back(question.watcher.uri);
  rules::Question asked;
  asked.identities = identities;
  asked.alias_domains = aliases;
  asked.anonymous = question.watcher.anonymous();
  asked.sphere = sphere;
  asked.now = question.now;
  asked.lists = &lists;
  return rules::evaluate(document, asked, explain);
}

event::View view_of(const rules::Permissions& permissions) {
  const SubHandling handling = handling_of(permissions.handling);
  const bool plain = handling != SubHandling::allow || permissions.everything();
  return {handling, plain ? std::string() : permissions.key()};
}

// An anonymous watcher is judged by the rules like any other [TS24.229 5.7.1.5], but is never the presentity.
Verdict judge_watcher(const event::WatcherQuestion& question) {
  if (!question.watcher.anonymous() && question.watcher.uri == question.resource) return verdict(SubHandling::allow);
  const config::Rules& settings = question.settings.config().rules();
  const auto no_document =
      question.without_rules.value_or(handling_of(question.settings.no_document(base::domain_of(question.resource))));
  if (question.settings.config().xdm().root().empty() && question.candidate == nullptr) return verdict(no_document);
  const event::DocumentsQuestion documents{question.resource, question.documents, question.settings,
                                           question.candidate};
  const InForce found = rules_in_force(documents);
  Verdict made = verdict(no_document);
  if (found.kind == InForce::Kind::unavailable) made = verdict(handling_of(settings.when_unavailable()));
  if (const auto* document = dynamic_cast<const RulesDocument*>(found.document))
    made = by_document(question, *document);
  made.decided = all_known(documents);
  return made;
}

}  // namespace presentia::presence
