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
  // turn keep into handover, nothing else. Keep waits for them at most until `give_up`: who has not answered by then is
  // sent the newest state after the restart.
  void start(ports::DrainMode mode, std::size_t open, ports::SendKey last, base::Instant now, base::Instant give_up);
  [[nodiscard]] bool active() const { return active_; }
  [[nodiscard]] bool handing_over() const { return active_ && mode_ == ports::DrainMode::handover; }

  // A NOTIFY has its outcome.
  void finished(ports::SendKey key);
  // True while keep waits for NOTIFYs from before the start: for later ones it does not, or a busy server would never
  // stop.
  bool waits(base::Instant now);

  // True if one more subscription may be ended now, at `rate` per second; it counts as ended.
  bool may_end(base::Instant now, std::uint32_t rate);
  // All have been told to end: looks again a little later, for what came back from the store meanwhile.
  void pause(base::Instant now);
  // When may_end() can be true again, or keep gives up; nullopt: nothing is to come.
  [[nodiscard]] std::optional<base::Instant> next() const;

 private:
  bool active_ = false;
  ports::DrainMode mode_ = ports::DrainMode::keep;
  std::size_t awaited_ = 0;
  ports::SendKey last_ = 0;
  base::Instant give_up_{};
  base::Instant refilled_{};
  base::Instant next_{};
  std::uint64_t credit_ = 0;  // thousandths of a NOTIFY
};

}  // namespace presentia::runtime
