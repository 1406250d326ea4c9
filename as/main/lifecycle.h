// The state of the server as a whole: starting, ready, draining; alive or not. What operators and supervisors ask.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/main/documents.h"
#include "as/main/subscribers.h"
#include "as/ports/operation.h"
#include "as/ports/state_store.h"
#include "as/runtime/core.h"
#include "as/sip/agent.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia {

// Any thread.
class Lifecycle final : public ports::Operation, public ports::Health {
 public:
  struct Parts {
    const mgmt::Live& live;
    const base::Clock& clock;
    base::Metrics& metrics;
    ports::StateStore& store;
    runtime::Core& core;
    sip::Agent& agent;
    const DocumentParts& documents;
    const Subscribers& subscribers;
  };
  // `parts` outlive it.
  explicit Lifecycle(const Parts& parts);
  Lifecycle(const Lifecycle&) = delete;
  Lifecycle& operator=(const Lifecycle&) = delete;

  // Everything is loaded and listens.
  void started() { started_ = true; }

  ports::DrainState drain(std::optional<ports::DrainMode> mode) override;
  [[nodiscard]] ports::DrainState drain_state() const override;
  base::Result<base::Done> backup(const std::string& folder) override { return parts_.store.backup(folder); }
  [[nodiscard]] std::vector<std::string> stalled() const override;
  [[nodiscard]] std::vector<std::string> not_ready() const override;
  [[nodiscard]] std::vector<std::string> degraded() const override { return parts_.subscribers.degraded(); }

  // When the server has to have stopped, if it drains (drain.timeout_s after the beginning).
  [[nodiscard]] std::optional<base::Instant> stop_by() const;
  // Nothing is left to wait for.
  [[nodiscard]] bool drained() const { return parts_.core.drained(); }
  // One line for people: loading, serving, draining.
  [[nodiscard]] std::string words() const;

 private:
  const Parts parts_;
  base::Gauge ready_, draining_gauge_;
  base::Counter bugs_;
  std::atomic<bool> started_{false};
  mutable std::mutex mutex_;
  bool draining_ = false;                           // guarded by mutex_
  ports::DrainMode mode_ = ports::DrainMode::keep;  // guarded by mutex_
  std::optional<base::Instant> stop_by_;            // guarded by mutex_
};

}  // namespace presentia
