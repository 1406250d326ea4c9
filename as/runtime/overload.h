// What is refused when requests wait too long for a shard: how much of which class, by the delay that is measured.
// Pure: no clock, no lock; only level() may be called from other threads than the shard's.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "as/base/time.h"
#include "as/base/tokens.h"
#include "as/ports/sip_port.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

// In the order in which they are refused. What frees state is of no class, and never shed.
enum class ShedClass : std::uint8_t {
  subscribe,  // fetch and initial SUBSCRIBE
  publish,    // initial PUBLISH
  modify,     // PUBLISH with SIP-If-Match and a body
  refresh     // PUBLISH with SIP-If-Match without body, SUBSCRIBE in a dialog, REGISTER
};
inline constexpr std::size_t kShedClasses = 4;
[[nodiscard]] std::string_view word(ShedClass which);

// What it is counted under; "removal" for what is of no class.
[[nodiscard]] inline std::string_view shed_word(std::optional<ShedClass> which) {
  return which ? word(*which) : "removal";
}

// nullopt for removals, unsubscribes, and every other method. Any thread.
[[nodiscard]] std::optional<ShedClass> shed_class(const ports::RequestGist& gist);
[[nodiscard]] std::optional<ShedClass> shed_class(const ports::SipRequest& request);

// How much is to be shed: kFull for each class that is refused altogether, in their order.
using ShedLevel = std::uint32_t;
inline constexpr ShedLevel kFull = 256;
// The part of a class that is refused at a level, from 0 to kFull.
[[nodiscard]] ShedLevel share_of(ShedClass which, ShedLevel level);
// The part to be refused of what a refusal of `already` has let through, so that `share` of all is refused.
[[nodiscard]] ShedLevel share_of_rest(ShedLevel share, ShedLevel already);

// The controller of one shard. In each window it takes the shortest time that a request waited: what even the luckiest
// waited is a standing queue, not a burst. Its error against the target moves the level at once by a part and,
// summed up, lastingly: the level settles where the queue neither grows nor empties.
class Overload {
 public:
  static constexpr base::Millis kWindow{100};

  explicit Overload(base::Instant start) : window_(start) {}

  // A request was taken that had waited so long.
  void waited(base::Millis delay) { shortest_ = std::min(shortest_.value_or(delay), delay); }
  // Requests were lost before they could wait: the worst that a wait can be.
  void overflowed() { overflowed_ = true; }
  // Closes the windows that are over. In a window without requests nobody waited.
  void tick(base::Instant now, base::Millis target);
  // When tick() has something to do at the latest; nullopt: not before a request.
  [[nodiscard]] std::optional<base::Instant> next() const;
  // Any thread.
  [[nodiscard]] ShedLevel level() const { return level_.load(std::memory_order_relaxed); }

 private:
  void close(double error);

  base::Instant window_;  // when the running one began
  std::optional<base::Millis> shortest_;
  bool overflowed_ = false;  // in the running window
  double sum_ = 0;           // of the errors, as a level in classes
  std::atomic<ShedLevel> level_{0};
};

// Picks what is refused of a class of which a part is to be, evenly, and when its sender may come again. One a thread.
class Shedder {
 public:
  explicit Shedder(base::Tokens& tokens);

  // One of a class of which a part is to be refused.
  [[nodiscard]] bool sheds(ShedClass which, ShedLevel share);
  // Between runtime.retry_after_s and overload.max_retry_after_s, evenly [RFC3261 20.33].
  [[nodiscard]] base::Seconds retry_after(const mgmt::Snapshot& settings);

 private:
  std::array<ShedLevel, kShedClasses> owed_{};  // refused so far, less what should have been
  std::uint64_t random_;
};

// The answer to what is refused under overload: overload.status, with `retry_after` and a Warning that says why.
[[nodiscard]] ports::SipResponse overloaded(std::string_view why, base::Seconds retry_after,
                                            const mgmt::Snapshot& settings);

}  // namespace presentia::runtime
