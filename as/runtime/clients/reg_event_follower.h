// Follows the registration of users by subscriptions to the event package reg at their S-CSCF [RFC3680], on a thread of
// its own, with an inbox and the attributes in force. The shards say whose; what is learnt goes to a RegistrationSink.
//
// What an S-CSCF said counts as long as the subscription lives. When that is lost, so is the knowledge that a user is
// registered; that a registration has ended stays true until the S-CSCF cannot be asked any more.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "as/base/heartbeat.h"
#include "as/base/inbox.h"
#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/ports/registration.h"
#include "as/ports/subscription_client.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

class RegEventFollower final : public ports::RegistrationFollower, private ports::SubscriptionObserver {
 public:
  struct Setup {
    const mgmt::Live& live;  // registration.reg_event
    ports::SubscriptionClient& client;
    ports::RegistrationSink& sink;
    const base::Clock& clock;
    base::Metrics& metrics;
  };
  // Notifications that may wait; of those beyond only that they came is known, and the state is asked for anew.
  static constexpr std::size_t kMostWaiting = 1024;

  // What `setup` refers to outlives it.
  explicit RegEventFollower(const Setup& setup);
  ~RegEventFollower() override;
  RegEventFollower(const RegEventFollower&) = delete;
  RegEventFollower& operator=(const RegEventFollower&) = delete;

  // Starts the thread. Tests that turn it themselves do not call it.
  void start();
  // Unsubscribes and ends the thread: before the client stops. The sink is not called after it.
  void stop();
  // True if the thread has not turned for base::kLongestSilence. Any thread.
  [[nodiscard]] bool stalled(base::Instant now) const { return heartbeat_.silent(now); }

  // Any thread.
  void follow(const ports::Resource& resource, const ports::ServingNode& node) override;
  void unfollow(const ports::Resource& resource) override;
  // Attributes changed: subscriptions that would be made otherwise now are made anew.
  void settings_changed();

  // One turn: all that waits, then subscriptions as far as registration.reg_event.rate allows. The thread's, or a
  // test's.
  void run_once(base::Instant now);
  // When run_once() has something to do without new work; nullopt: not before that.
  [[nodiscard]] std::optional<base::Instant> next() const;
  // It was told to stop.
  [[nodiscard]] bool done() const { return stopping_; }

 private:
  struct User;
  struct Follow {
    ports::Resource resource;
    ports::ServingNode node;
  };
  struct Unfollow {
    ports::Resource resource;
  };
  struct SettingsChanged {};
  struct Accepted {
    ports::SubscriptionHandle handle = 0;
    base::Seconds expires{};
  };
  struct Notified {
    ports::SubscriptionHandle handle = 0;
    ports::Notification notification;
  };
  struct Missed {
    ports::SubscriptionHandle handle = 0;
  };
  struct Over {
    ports::SubscriptionHandle handle = 0;
    bool refused = false;
    bool tried_again = false;
  };
  struct Stop {};
  using Work = std::variant<Follow, Unfollow, SettingsChanged, Accepted, Notified, Missed, Over, Stop>;

  void accepted(ports::SubscriptionHandle handle, base::Seconds expires, int status, std::uint64_t revision) override;
  void refused(ports::SubscriptionHandle handle, const ports::SubscriptionEnd& end) override;
  void notified(ports::SubscriptionHandle handle, const ports::Notification& notification) override;
  void ended(ports::SubscriptionHandle handle, const ports::SubscriptionEnd& end) override;

  void handle(Follow& work);
  void handle(Unfollow& work);
  void handle(SettingsChanged& work);
  void handle(Accepted& work);
  void handle(Notified& work);
  void handle(Missed& work);
  void handle(Over& work);
  void handle(Stop& work);

  void post(Work work) { inbox_.post(base::Lane::completion, std::move(work)); }
  [[nodiscard]] User* find(ports::SubscriptionHandle handle);
  [[nodiscard]] const config::RegEvent& settings() { return settings_.snapshot()->config().registration().reg_event(); }
  // Where its subscription would go now; empty: nowhere.
  [[nodiscard]] std::string next_hop(const User& user);
  void queue(User& user);
  void subscribe(User& user);
  void unsubscribe(User& user);
  void report(const User& user);
  void count(const char* result);

  mgmt::Reader settings_;
  ports::SubscriptionClient& client_;
  ports::RegistrationSink& sink_;
  const base::Clock& clock_;
  base::Metrics& metrics_;
  base::Gauge subscribed_;
  base::Inbox<Work> inbox_{kMostWaiting};
  std::atomic<std::size_t> waiting_{0};  // notifications in it
  std::vector<Work> batch_;
  base::Instant now_{};
  std::unordered_map<ports::Resource, std::unique_ptr<User>> users_;
  std::unordered_map<ports::SubscriptionHandle, User*> by_handle_;
  std::deque<ports::Resource> queue_;  // to be subscribed to
  base::Instant turn_{};               // of the first of them
  bool stopping_ = false;
  base::Heartbeat heartbeat_;
  std::thread thread_;
};

}  // namespace presentia::runtime
