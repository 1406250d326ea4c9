// Follows documents by xcap-diff subscriptions [RFC5875]: diff_groups.h with a thread of its own, an inbox and the
// attributes in force. Who keeps the documents tells it which ones, and is told what happens to them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "as/base/heartbeat.h"
#include "as/base/inbox.h"
#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/ports/subscription_client.h"
#include "mgmt/attributes/snapshot.h"
#include "xdm-client/diff/diff_groups.h"

namespace presentia::xdm {

class DiffFollower final : private ports::SubscriptionObserver {
 public:
  struct Setup {
    const mgmt::Live& live;  // xdm.diff
    ports::SubscriptionClient& client;
    DiffSink& sink;
    const base::Clock& clock;
    base::Metrics& metrics;
  };
  // Notifications that may wait; of those beyond only that they came is known.
  static constexpr std::size_t kMostWaiting = 256;

  // What `setup` refers to outlives it.
  explicit DiffFollower(const Setup& setup);
  ~DiffFollower() override;
  DiffFollower(const DiffFollower&) = delete;
  DiffFollower& operator=(const DiffFollower&) = delete;

  // Starts the thread. Tests that turn it themselves do not call it.
  void start();
  // Unsubscribes and ends the thread: before the client stops, which has to be before this ends. The sink is not called
  // after it.
  void stop();
  // True if the thread has not turned for base::kLongestSilence. Any thread.
  [[nodiscard]] bool stalled(base::Instant now) const { return heartbeat_.silent(now); }

  // Any thread; they return at once. The document is relative to the XCAP root, as in ports::DocumentKey. Each at most
  // once until the other.
  void on_followed(std::string document);
  void on_unfollowed(std::string document);
  // A patch that was reported of it did not apply.
  void on_patch_failed(std::string document);
  // Attributes changed.
  void settings_changed();

  // One turn: all that waits, then what is due. The thread's, or a test's.
  void run_once(base::Instant now);
  // When run_once() has something to do without new work; nullopt: not before that.
  [[nodiscard]] std::optional<base::Instant> next() const { return groups_.next(); }
  // It was told to stop.
  [[nodiscard]] bool done() const { return stopping_; }

 private:
  struct Followed {
    std::string document;
  };
  struct Unfollowed {
    std::string document;
  };
  struct PatchFailed {
    std::string document;
  };
  struct SettingsChanged {};
  struct Accepted {
    ports::SubscriptionHandle handle = 0;
    std::uint64_t revision = 0;
  };
  struct Notified {
    ports::SubscriptionHandle handle = 0;
    ports::Notification notification;
  };
  struct Missed {
    ports::SubscriptionHandle handle = 0;
  };
  struct Ended {
    ports::SubscriptionHandle handle = 0;
    ports::SubscriptionEnd end;
  };
  struct Stop {};
  using Work =
      std::variant<Followed, Unfollowed, PatchFailed, SettingsChanged, Accepted, Notified, Missed, Ended, Stop>;

  void accepted(ports::SubscriptionHandle handle, base::Seconds expires, int status, std::uint64_t revision) override;
  void refused(ports::SubscriptionHandle handle, const ports::SubscriptionEnd& end) override;
  void notified(ports::SubscriptionHandle handle, const ports::Notification& notification) override;
  void ended(ports::SubscriptionHandle handle, const ports::SubscriptionEnd& end) override;

  void post(Work work) { inbox_.post(base::Lane::completion, std::move(work)); }
  void handle(Work& work);

  mgmt::Reader settings_;
  const base::Clock& clock_;
  DiffMetrics metrics_;
  DiffGroups groups_;
  base::Inbox<Work> inbox_{kMostWaiting};
  std::atomic<std::size_t> waiting_{0};  // notifications in it
  std::vector<Work> batch_;
  base::Instant now_{};
  std::uint64_t version_ = 0;  // of the attributes taken over
  bool set_ = false;           // they have been
  bool stopping_ = false;
  base::Heartbeat heartbeat_;
  std::thread thread_;
};

}  // namespace presentia::xdm
