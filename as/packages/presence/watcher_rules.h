// What the presentity's rules say of one watcher: from the documents that are held to a verdict.
#pragma once

#include "as/event/package.h"
#include "as/rules/evaluation.h"

namespace presentia::presence {

// Membership in lists by those that are held; a list that refers to others has their members too.
class HeldLists final : public rules::Lists {
 public:
  // Both outlive it.
  HeldLists(const event::DocumentsQuestion& question, const std::vector<std::string>& roots)
      : question_(question), roots_(roots) {}
  [[nodiscard]] std::optional<bool> has(std::string_view anchor,
                                        std::span<const std::string> identities) const override;

 private:
  const event::DocumentsQuestion& question_;
  const std::vector<std::string>& roots_;
};

// See event::Package. The presentity itself sees everything.
[[nodiscard]] event::Verdict judge_watcher(const event::WatcherQuestion& question);

// The same by this document; `explain` as of rules::evaluate().
[[nodiscard]] rules::Evaluation evaluate_for(const event::WatcherQuestion& question, const rules::RuleSet& document,
                                             rules::Explanation* explain = nullptr);
// Which view a grant makes.
[[nodiscard]] event::View view_of(const rules::Permissions& permissions);

}  // namespace presentia::presence
