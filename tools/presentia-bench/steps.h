// Sources of steps for the engine: which operation comes next, on which presentity or dialog. Each returned source
// keeps a reference to the population and goes round it, skipping what is busy.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "tools/presentia-bench/engine.h"
#include "tools/presentia-bench/population.h"

namespace presentia::bench {

using Source = std::function<std::optional<Step>()>;

// A part of the presentities: [first, first + count).
struct Range {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

// New presentities, each with its first publication.
Source creations(Population& population);
// The same action on each presentity of the range in turn.
Source on_presentities(Population& population, Action action, Range range);
// The same action on each dialog in turn.
Source on_dialogs(Population& population, Action action);
// 60 % fetch, 20 % PUBLISH refresh, 10 % PUBLISH modify, 10 % SUBSCRIBE refresh, evenly interleaved. Refreshes go to
// presentities of their own: Kamailio's memory mode loses the document at a refresh, and the fetches of both servers
// shall carry one.
Source mixture(Population& population, Range refreshed, Range watched);

}  // namespace presentia::bench
