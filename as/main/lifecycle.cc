#include "as/main/lifecycle.h"

#include "as/base/check.h"
#include "as/base/log.h"

namespace presentia {
namespace {

ports::DrainMode configured(const config::Drain& drain) {
  return drain.mode() == config::Drain::HANDOVER ? ports::DrainMode::handover : ports::DrainMode::keep;
}

}  // namespace

Lifecycle::Lifecycle(const Parts& parts)
    : parts_(parts),
      ready_(parts.metrics.gauge("presentia_ready")),
      draining_gauge_(parts.metrics.gauge("presentia_draining")),
      bugs_(parts.metrics.counter("presentia_bugs_total")) {
  parts.metrics.before_reading([this] {
    ready_.set(not_ready().empty() ? 1 : 0);
    draining_gauge_.set(drain_state().draining ? 1 : 0);
    bugs_.add(static_cast<double>(base::bugs_reported()) - bugs_.value());
  });
}

ports::DrainState Lifecycle::drain(std::optional<ports::DrainMode> mode) {
  const config::Drain settings = parts_.live.snapshot()->config().drain();
  {
    const std::lock_guard lock(mutex_);
    const bool again = draining_;
    const ports::DrainMode before = mode_;
    if (!again) {
      mode_ = mode.value_or(configured(settings));
      stop_by_ = parts_.clock.now() + base::Seconds(settings.timeout_s());
    } else if (mode == ports::DrainMode::handover) {
      mode_ = *mode;
    }
    draining_ = true;
    if (!again || mode_ != before) parts_.core.drain(mode_);
  }
  const ports::DrainState state = drain_state();
  base::log(base::Module::main, base::Level::info, "drain.begun",
            {{"mode", word(state.mode)}, {"subscriptions", state.subscriptions}, {"notifies", state.notifies}});
  return state;
}

ports::DrainState Lifecycle::drain_state() const {
  const runtime::Core::Held held = parts_.core.held();
  const std::lock_guard lock(mutex_);
  return {draining_, mode_, held.subscriptions, held.notifies};
}

std::vector<std::string> Lifecycle::stalled() const {
  std::vector<std::string> found;
  const base::Instant now = parts_.clock.now();
  for (const std::size_t shard : parts_.core.stalled(now)) {
    found.push_back("shard " + std::to_string(shard) + " does not turn");
  }
  if (parts_.agent.stalled(now)) found.emplace_back("the SIP thread does not turn");
  for (const std::string& name : parts_.documents.stalled(now))
    found.push_back("the thread of " + name + " does not turn");
  for (const std::string& name : parts_.subscribers.stalled(now))
    found.push_back("the thread of " + name + " does not turn");
  return found;
}

std::vector<std::string> Lifecycle::not_ready() const {
  std::vector<std::string> reasons = stalled();
  const runtime::Core::Held held = parts_.core.held();
  if (!started_) {
    reasons.emplace_back("starting");
  }
  if (held.unloaded > 0) {
    reasons.push_back(std::to_string(held.unloaded) + " partitions are not loaded");
  }
  if (!parts_.store.writable()) reasons.emplace_back("the store can only be read");
  if (drain_state().draining) reasons.emplace_back("draining");
  return reasons;
}

std::optional<base::Instant> Lifecycle::stop_by() const {
  const std::lock_guard lock(mutex_);
  return stop_by_;
}

std::string Lifecycle::words() const {
  const ports::DrainState drain = drain_state();
  if (drain.draining) {
    return std::string("draining (") + word(drain.mode) + "): " + std::to_string(drain.subscriptions) +
           " subscriptions held, " + std::to_string(drain.notifies) + " NOTIFYs without an answer";
  }
  if (!started_) {
    return "loading, " + std::to_string(drain.subscriptions) + " subscriptions so far";
  }
  const std::vector<std::string> reasons = not_ready();
  if (!reasons.empty()) return "not ready: " + reasons.front();
  const std::vector<std::string> lacking = degraded();
  return lacking.empty() ? "serving" : "serving, but " + lacking.front();
}

}  // namespace presentia
