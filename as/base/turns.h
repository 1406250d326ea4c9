// The loop of a thread that does what waits in its inbox and what is due.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "as/base/heartbeat.h"
#include "as/base/inbox.h"
#include "as/base/time.h"

namespace presentia::base {

// Lets `turner` take turns until it is told to stop: run_once(now) does all that waits and is due, next() says when
// there is something to do without new work, done() that this was the last turn. What comes into `inbox` meanwhile is
// put into `batch`, for the next turn. Beats `heartbeat` at least every kBeatEvery.
template <class Turner, class Work>
void take_turns(Turner& turner, const Clock& clock, Heartbeat& heartbeat, Inbox<Work>& inbox,
                std::vector<Work>& batch) {
  while (true) {
    const Instant now = clock.now();
    heartbeat.beat(now);
    turner.run_once(now);
    if (turner.done()) return;
    Millis wait = kBeatEvery;
    if (const auto at = turner.next())
      wait = std::clamp(std::chrono::duration_cast<Millis>(*at - now), Millis(0), wait);
    inbox.wait_and_drain(batch, std::chrono::steady_clock::now() + wait);
  }
}

}  // namespace presentia::base
