// The life of one subscription as its subscriber sees it: the figure of RFC 6665 4.1.2 as a table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace presentia::event::client {

// `terminated` waits for being tried anew, or for being told to.
enum class Phase : std::uint8_t { init, notify_wait, pending, active, terminated };

enum class Step : std::uint8_t {
  sent,              // the initial SUBSCRIBE
  notified_pending,  // NOTIFY, state=pending
  notified_active,   // NOTIFY, state=active
  notified_end,      // NOTIFY, state=terminated
  refused,           // SUBSCRIBE failure response while no dialog is there
  timer_n,           // no NOTIFY in time
  gone,              // a response to a refresh that ends the subscription [RFC6665 4.1.2.2]
  expired,           // not refreshed in time
  again,             // Retry-after expires, or told to
};

struct Transition {
  Phase from;
  Step on;
  Phase to;
};

// Beyond the figure: an active subscription may become pending again, and one whose refreshes fail ends when it
// expires.
inline constexpr std::array kTransitions{
    Transition{Phase::init, Step::sent, Phase::notify_wait},
    Transition{Phase::notify_wait, Step::notified_pending, Phase::pending},
    Transition{Phase::notify_wait, Step::notified_active, Phase::active},
    Transition{Phase::notify_wait, Step::notified_end, Phase::terminated},
    Transition{Phase::notify_wait, Step::refused, Phase::terminated},
    Transition{Phase::notify_wait, Step::timer_n, Phase::terminated},
    Transition{Phase::pending, Step::notified_pending, Phase::pending},
    Transition{Phase::pending, Step::notified_active, Phase::active},
    Transition{Phase::pending, Step::notified_end, Phase::terminated},
    Transition{Phase::pending, Step::timer_n, Phase::terminated},
    Transition{Phase::pending, Step::gone, Phase::terminated},
    Transition{Phase::pending, Step::expired, Phase::terminated},
    Transition{Phase::active, Step::notified_pending, Phase::pending},
    Transition{Phase::active, Step::notified_active, Phase::active},
    Transition{Phase::active, Step::notified_end, Phase::terminated},
    Transition{Phase::active, Step::timer_n, Phase::terminated},
    Transition{Phase::active, Step::gone, Phase::terminated},
    Transition{Phase::active, Step::expired, Phase::terminated},
    Transition{Phase::terminated, Step::again, Phase::init},
};

// Where `on` leads, nullopt where the figure has no arrow.
[[nodiscard]] constexpr std::optional<Phase> next_phase(Phase from, Step on) {
  for (const Transition& row : kTransitions)
    if (row.from == from && row.on == on) return row.to;
  return std::nullopt;
}

// As metrics and the log call it.
[[nodiscard]] constexpr std::string_view word(Phase phase) {
  switch (phase) {
    case Phase::init:
      return "init";
    case Phase::notify_wait:
      return "notify_wait";
    case Phase::pending:
      return "pending";
    case Phase::active:
      return "active";
    case Phase::terminated:
      return "terminated";
  }
  return "terminated";
}

namespace law {
[[nodiscard]] constexpr bool only_again_leaves_terminated() {
  for (const Transition& row : kTransitions)
    if (row.from == Phase::terminated && row.on != Step::again) return false;
  return true;
}
[[nodiscard]] constexpr bool one_target_each() {
  for (const Transition& row : kTransitions)
    if (next_phase(row.from, row.on) != row.to) return false;
  return true;
}
[[nodiscard]] constexpr bool every_end_is_terminated() {
  for (const Transition& row : kTransitions) {
    const bool ends = row.on == Step::notified_end || row.on == Step::refused || row.on == Step::timer_n ||
                      row.on == Step::gone || row.on == Step::expired;
    if (ends != (row.to == Phase::terminated)) return false;
  }
  return true;
}
}  // namespace law
static_assert(law::only_again_leaves_terminated());
static_assert(law::one_target_each());
static_assert(law::every_end_is_terminated());

}  // namespace presentia::event::client
