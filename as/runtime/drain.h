// The drain of one shard: what is still awaited, and the pace at which a handover ends subscriptions. Knows no
// subscription and no clock; shard's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "as/base/time.h"
#include "as/ports/operation.h"
#include "as/ports/sip_port.h"

namespace presentia::runtime {

class Drain {
 public:
  // `open` NOTIFYs have no outcome yet, the last of them was sent under the key `last` (keys rise). A second start may
  // turn keep into handover, nothing else.
  void start(ports::DrainMode mode, std::size_t open, ports::SendKey last, base::Instant now);
  [[nodiscard]] bool active() const { return active_; }
  [[nodiscard]] bool handing_over() const { return active_ && mode_ == ports::DrainMode::handover; }

  // A NOTIFY has its outcome.
  void finished(ports::SendKey key);
  // NOTIFYs from before the start without an outcome: later ones are not waited for, or a busy server would never stop.
  [[nodiscard]] std::size_t awaited() const { return awaited_; }

  // True if one more subscription may be ended now, at `rate` per second; it counts as ended.
  bool may_end(base::Instant now, std::uint32_t rate);
  // All have been told to end: looks again a little later, for what came back from the store meanwhile.
  void pause(base::Instant now);
  // When may_end() can be true again; nullopt: there is no handover.
  [[nodiscard]] std::optional<base::Instant> next() const;

 private:
  bool active_ = false;
  ports::DrainMode mode_ = ports::DrainMode::keep;
  std::size_t awaited_ = 0;
  ports::SendKey last_ = 0;
  base::Instant refilled_{};
  base::Instant next_{};
  std::uint64_t credit_ = 0;  // thousandths of a NOTIFY
};

}  // namespace presentia::runtime
