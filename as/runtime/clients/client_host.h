// All subscriptions of our own, on one thread: over SIP as pure machines (as/event/client), or over feeds where the
// resource is ours. Takes the NOTIFYs in their dialogs and the outcomes of their SUBSCRIBEs from Core.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
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
#include "as/base/timer_wheel.h"
#include "as/base/tokens.h"
#include "as/event/client/subscriber.h"
#include "as/event/packages.h"
#include "as/ports/sip_port.h"
#include "as/ports/subscription_client.h"
#include "as/runtime/clients/client_meters.h"
#include "as/runtime/work.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

class ClientHost final : public ports::SubscriptionClient, public ports::SipHandler {
 public:
  struct Setup {
    const mgmt::Live& live;
    const event::Packages& packages;  // whose resources are ours
    Feeds& feeds;
    const base::Clock& clock;
    base::Metrics& metrics;
    std::unique_ptr<base::Tokens> tokens;  // of a lane of their own
  };
  // NOTIFYs that may wait; what comes beyond is answered 503.
  static constexpr std::size_t kMostWaiting = 1024;

  // What `setup` refers to outlives it, but not the threads of `feeds`: they stop before it ends.
  explicit ClientHost(Setup setup);
  ~ClientHost() override;
  ClientHost(const ClientHost&) = delete;
  ClientHost& operator=(const ClientHost&) = delete;

  // Where answers and SUBSCRIBEs go; before start().
  void connect(ports::SipPort& sip) { sip_ = &sip; }
  // Starts the thread. Tests that turn it themselves do not call it.
  void start();
  // Unsubscribes everything, without waiting for what comes of it, and ends the thread. No observer is called after it.
  // Before the SIP threads and the shards stop.
  void stop();
  // True if the thread has not turned for base::kLongestSilence. Any thread.
  [[nodiscard]] bool stalled(base::Instant now) const { return heartbeat_.silent(now); }

  // Any thread.
  ports::SubscriptionHandle subscribe(ports::Subscribe subscribe, ports::SubscriptionObserver& observer) override;
  void refresh(ports::SubscriptionHandle handle, std::optional<ports::SubscriptionContent> content) override;
  void unsubscribe(ports::SubscriptionHandle handle) override;

  // A NOTIFY with a To tag; from then on it is answered from here. SIP threads.
  void on_request(ports::SipRequest request) override;
  void on_outcome(ports::SipOutcome outcome) override;

  // One turn: all that waits, then the timers. The thread's, or a test's.
  void run_once(base::Instant now);
  // When run_once() has something to do without new work; nullopt: not before that.
  [[nodiscard]] std::optional<base::Instant> next() const { return wheel_.next(); }
  // It was told to stop.
  [[nodiscard]] bool done() const { return stopping_; }

 private:
  struct Member;
  struct SubscribeOrder {
    ports::SubscriptionHandle handle = 0;
    ports::Subscribe subscribe;
    ports::SubscriptionObserver* observer = nullptr;
  };
  struct RefreshOrder {
    ports::SubscriptionHandle handle = 0;
    std::optional<ports::SubscriptionContent> content;
  };
  struct UnsubscribeOrder {
    ports::SubscriptionHandle handle = 0;
  };
  struct NotifyCame {
    std::unique_ptr<ports::SipRequest> request;
  };
  struct OutcomeCame {
    ports::SipOutcome outcome;
  };
  struct Delivered {
    ports::SubscriptionHandle handle = 0;
    std::uint64_t generation = 0;
    event::Deliver delivery;
  };
  struct StopOrder {};
  using Order =
      std::variant<SubscribeOrder, RefreshOrder, UnsubscribeOrder, NotifyCame, OutcomeCame, Delivered, StopOrder>;

  void handle(SubscribeOrder& order);
  void handle(RefreshOrder& order);
  void handle(UnsubscribeOrder& order);
  void handle(NotifyCame& came);
  void handle(OutcomeCame& came);
  void handle(Delivered& delivered);
  void handle(StopOrder& order);

  void join(Member& member, ports::Subscribe wanted);
  void open_feed(Member& member);
  void close_feed(Member& member);
  void due(Member& member);
  // Carries out what a step of `member` says, and keeps what is known of it up to date; it may be gone afterwards.
  void act(Member& member, event::client::Actions actions);
  // False if there is nothing more to come for the member.
  bool run(Member& member, event::client::Action& action);
  void tell(Member& member, event::client::Action& action);
  void respond(const ports::SipRequest& request, ports::SipResponse response);
  [[nodiscard]] Member* find(ports::SubscriptionHandle handle);
  [[nodiscard]] event::client::SubscriberContext context();

  const mgmt::Live& live_;
  mgmt::Reader settings_;
  const event::Packages& packages_;
  Feeds& feeds_;
  const base::Clock& clock_;
  ports::SipPort* sip_ = nullptr;
  std::unique_ptr<base::Tokens> tokens_;
  ClientMeters meters_;
  std::atomic<ports::SubscriptionHandle> last_handle_{0};

  base::Inbox<Order> inbox_{kMostWaiting};
  std::vector<Order> batch_;
  base::Instant now_;
  event::client::SubscriberSettings machine_settings_;
  base::TimerWheel wheel_;
  std::unordered_map<ports::SubscriptionHandle, std::unique_ptr<Member>> members_;
  std::unordered_map<std::string, ports::SubscriptionHandle> by_tag_;
  struct Sent {
    ports::SubscriptionHandle handle = 0;
    std::uint64_t number = 0;
  };
  std::unordered_map<ports::SendKey, Sent> sent_;  // SUBSCRIBEs without an outcome
  ports::SendKey last_key_;
  bool stopping_ = false;
  base::Heartbeat heartbeat_;
  std::thread thread_;
};

}  // namespace presentia::runtime
