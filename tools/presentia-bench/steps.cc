#include "tools/presentia-bench/steps.h"

#include <array>
#include <utility>
#include <vector>

namespace presentia::bench {
namespace {

bool is_busy(const Population& population, std::uint32_t presentity) {
  return population.presentities[presentity].operation != kNone;
}

bool needs_idle(Action action) { return action != Action::kSubscribe && action != Action::kFetch; }

}  // namespace

Source creations(Population& population) {
  return [&population] { return Step{Action::kCreate, population.add_presentity()}; };
}

Source on_presentities(Population& population, Action action, Range range) {
  return [&population, action, range, next = 0U]() mutable -> std::optional<Step> {
    for (std::uint32_t tried = 0; tried < range.count; ++tried) {
      const std::uint32_t presentity = range.first + next++ % range.count;
      if (!needs_idle(action) || !is_busy(population, presentity)) return Step{action, presentity};
    }
    return {};
  };
}

Source on_dialogs(Population& population, Action action) {
  return [&population, action, next = std::size_t{0}]() mutable -> std::optional<Step> {
    for (std::size_t tried = 0; tried < population.dialogs.size(); ++tried) {
      const auto place = static_cast<std::uint32_t>(next++ % population.dialogs.size());
      const Dialog& dialog = population.dialogs[place];
      const bool usable = dialog.presentity != kNone && !dialog.remote_tag.empty() && dialog.operation == kNone;
      if (usable && !is_busy(population, dialog.presentity)) return Step{action, dialog.presentity, place};
    }
    return {};
  };
}

Source mixture(Population& population, Range refreshed, Range watched) {
  std::vector<Source> sources = {
      on_presentities(population, Action::kFetch, watched), on_presentities(population, Action::kRefresh, refreshed),
      on_presentities(population, Action::kModify, watched), on_dialogs(population, Action::kResubscribe)};
  constexpr std::array<std::size_t, 10> kTurns = {0, 1, 0, 0, 2, 0, 1, 0, 0, 3};
  return [sources = std::move(sources), kTurns, next = std::size_t{0}]() mutable {
    return sources[kTurns[next++ % kTurns.size()]]();
  };
}

}  // namespace presentia::bench
