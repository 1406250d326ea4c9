// The life of one subscription as its presentity sees it: RFC 3857, figure 1, as a table.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "as/event/package.h"

namespace presentia::event {

enum class WatcherState { init, pending, active, waiting, terminated };

struct WatcherTransition {
  WatcherState from;
  WatcherEvent on;
  WatcherState to;
};

// `subscribe` out of init goes where the policy says: to all three of its rows. The row from active back to pending is
// ours: a presentity may withdraw an approval without refusing (RFC 3857 has no name for it).
inline constexpr std::array kWatcherTransitions{
    WatcherTransition{WatcherState::init, WatcherEvent::subscribe, WatcherState::pending},
    WatcherTransition{WatcherState::init, WatcherEvent::approved, WatcherState::active},
    WatcherTransition{WatcherState::init, WatcherEvent::rejected, WatcherState::terminated},
    WatcherTransition{WatcherState::pending, WatcherEvent::approved, WatcherState::active},
    WatcherTransition{WatcherState::pending, WatcherEvent::timeout, WatcherState::waiting},
    WatcherTransition{WatcherState::pending, WatcherEvent::noresource, WatcherState::terminated},
    WatcherTransition{WatcherState::pending, WatcherEvent::rejected, WatcherState::terminated},
    WatcherTransition{WatcherState::pending, WatcherEvent::deactivated, WatcherState::terminated},
    WatcherTransition{WatcherState::pending, WatcherEvent::probation, WatcherState::terminated},
    WatcherTransition{WatcherState::pending, WatcherEvent::giveup, WatcherState::terminated},
    WatcherTransition{WatcherState::active, WatcherEvent::noresource, WatcherState::terminated},
    WatcherTransition{WatcherState::active, WatcherEvent::rejected, WatcherState::terminated},
    WatcherTransition{WatcherState::active, WatcherEvent::deactivated, WatcherState::terminated},
    WatcherTransition{WatcherState::active, WatcherEvent::probation, WatcherState::terminated},
    WatcherTransition{WatcherState::active, WatcherEvent::timeout, WatcherState::terminated},
    WatcherTransition{WatcherState::active, WatcherEvent::subscribe, WatcherState::pending},
    WatcherTransition{WatcherState::waiting, WatcherEvent::noresource, WatcherState::terminated},
    WatcherTransition{WatcherState::waiting, WatcherEvent::rejected, WatcherState::terminated},
    WatcherTransition{WatcherState::waiting, WatcherEvent::giveup, WatcherState::terminated},
    WatcherTransition{WatcherState::waiting, WatcherEvent::approved, WatcherState::terminated},
};

// Where `on` leads, nullopt where the figure has no arrow.
[[nodiscard]] constexpr std::optional<WatcherState> next_state(WatcherState from, WatcherEvent on) {
  for (const WatcherTransition& row : kWatcherTransitions)
    if (row.from == from && row.on == on) return row.to;
  return std::nullopt;
}

using ports::word;
[[nodiscard]] WatcherState watcher_state(ports::SubscriptionState state);
[[nodiscard]] ports::SubscriptionState subscription_state(WatcherState state);

namespace law {
[[nodiscard]] constexpr bool terminated_is_final() {
  for (const WatcherTransition& row : kWatcherTransitions)
    if (row.from == WatcherState::terminated) return false;
  return true;
}
[[nodiscard]] constexpr bool one_target_each() {
  for (const WatcherTransition& row : kWatcherTransitions)
    if (next_state(row.from, row.on) != row.to) return false;
  return true;
}
}  // namespace law
static_assert(law::terminated_is_final());
static_assert(law::one_target_each());

}  // namespace presentia::event
