// A subscription of ours to a resource of this very server: what SipSubscriber is over SIP, over a feed. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "as/base/time.h"
#include "as/event/client/subscriber.h"
#include "as/event/packages.h"
#include "as/ports/subscription_client.h"
#include "as/runtime/work.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

// True if it is for us: a resource of a served domain, a package that is served, and no body (a feed takes none).
[[nodiscard]] bool is_local(const ports::Subscribe& subscribe, const event::Packages& packages,
                            const mgmt::Snapshot& settings);

class LocalSubscription {
 public:
  // `wanted` as is_local() has it. `generation`: of the last feed that was opened before it, if any.
  LocalSubscription(const ports::Subscribe& wanted, std::uint64_t generation);

  // What is to be opened now; what comes of it is given to on_delivery() with generation().
  [[nodiscard]] FeedRequest open();
  // Of the feed opened last; deliveries of earlier ones are dropped.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  // What the observer is told.
  [[nodiscard]] event::client::Actions on_delivery(std::uint64_t generation, const event::Deliver& delivery,
                                                   base::Instant now);
  // When it is to be opened again; nullopt: not before it is told to, or it is open.
  [[nodiscard]] std::optional<base::Instant> deadline() const { return again_at_; }
  [[nodiscard]] event::client::Phase phase() const { return phase_; }

 private:
  [[nodiscard]] event::client::Ended ended(const event::Deliver& delivery, base::Instant now);

  FeedRequest request_;
  std::uint64_t revision_;
  std::uint64_t generation_;
  event::client::Phase phase_ = event::client::Phase::init;
  std::optional<base::Instant> again_at_;
  base::Instant since_{};
  std::uint32_t failures_ = 0;  // feeds that ended soon, in a row
};

}  // namespace presentia::runtime
