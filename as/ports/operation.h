// What an operator does with the running server as a whole, and how it is. Implemented in as/main; asked by
// mgmt/service. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "as/base/result.h"

namespace presentia::ports {

// keep: subscriptions stay, for a server that soon starts again on the same store; handover: they are ended with
// reason=deactivated, so that watchers subscribe again elsewhere [RFC6665 4.1.3].
enum class DrainMode : std::uint8_t { keep, handover };
[[nodiscard]] constexpr const char* word(DrainMode mode) { return mode == DrainMode::keep ? "keep" : "handover"; }

// What a drain still has to do.
struct DrainState {
  bool draining = false;
  DrainMode mode = DrainMode::keep;
  std::uint64_t subscriptions = 0;  // held; a handover ends them all
  std::uint64_t notifies = 0;       // NOTIFYs without an outcome
};

class Operation {
 public:
  virtual ~Operation() = default;
  // Begins to drain, after which the process ends; `mode` instead of drain.mode. Gives what there is to do. When it
  // drains already, a handover may still be asked for, and nothing else changes.
  virtual DrainState drain(std::optional<DrainMode> mode) = 0;
  [[nodiscard]] virtual DrainState drain_state() const = 0;
  // A copy of all that is durable, in a new folder, for restoring; blocks. The error says why there is none.
  virtual base::Result<base::Done> backup(const std::string& folder) = 0;
};

class Health {
 public:
  virtual ~Health() = default;
  // One line for each thread that hangs; empty: the process is alive.
  [[nodiscard]] virtual std::vector<std::string> stalled() const = 0;
  // One line for each reason not to send requests here; empty: ready.
  [[nodiscard]] virtual std::vector<std::string> not_ready() const = 0;
  // One line for each thing that it has to do without, while it serves; empty: nothing is missing.
  [[nodiscard]] virtual std::vector<std::string> degraded() const = 0;
};

}  // namespace presentia::ports
