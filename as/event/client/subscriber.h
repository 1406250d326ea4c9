// One subscription of ours [RFC6665 4.1] as a pure state machine: events in, actions out, the instant passed in. No
// I/O, no clock, no thread. What is lost is subscribed to anew, with patience; forks are not allowed [RFC6665 5.4.9].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "as/base/time.h"
#include "as/base/tokens.h"
#include "as/event/client/subscriber_machine.h"
#include "as/ports/records.h"
#include "as/ports/sip_port.h"
#include "as/ports/subscription_client.h"

namespace presentia::event::client {

struct SubscriberSettings {
  base::Millis t1{500};               // timer N is 64 of it
  base::Seconds margin{60};           // a refresh goes out so long before the expiry, at most a quarter of the lifetime
  base::Seconds jitter{30};           // and up to so much earlier, by chance, at most an eighth of the lifetime
  base::Millis first_backoff{1000};   // after a failure; doubled with each further one
  base::Millis max_backoff{300'000};  // at most that
  base::Millis refused_backoff{900'000};  // after an answer that will hardly change
  base::Seconds settled{60};              // a subscription that lived so long makes the failures before it forgotten
  int max_forwards = 70;
  std::string originating_ioi = {};  // a token: subscriptions carry P-Charging-Vector with it; empty: they do not
};

struct SubscriberContext {
  base::Instant now;
  const SubscriberSettings& settings;
  base::Tokens& tokens;
};

// --- Actions --------------------------------------------------------------------------------------------------------

struct Send {
  std::uint64_t number = 0;  // to be given to on_outcome(); rises
  ports::SipOutgoing request;
};
struct Reply {
  ports::RequestKey key;
  ports::SipResponse response;
};
struct Accepted {
  base::Seconds expires{};
  int status = 0;
  std::uint64_t revision = 0;  // of the content
};
struct Refused {
  ports::SubscriptionEnd end;
};
struct Notified {
  ports::Notification notification;
};
struct Ended {
  ports::SubscriptionEnd end;
};
struct Gone {};  // unsubscribed, and nothing more to come: it may be forgotten
// In the order in which they are to be run.
using Action = std::variant<Send, Reply, Accepted, Refused, Notified, Ended, Gone>;
using Actions = std::vector<Action>;

class Subscriber {
 public:
  // The URIs of `wanted` must be such that they can stand between angle brackets.
  explicit Subscriber(ports::Subscribe wanted) : wanted_(std::move(wanted)) {}

  // Once, first.
  [[nodiscard]] Actions start(const SubscriberContext& context);
  // See ports::SubscriptionClient::refresh().
  [[nodiscard]] Actions renew(std::optional<ports::SubscriptionContent> content, const SubscriberContext& context);
  [[nodiscard]] Actions leave(const SubscriberContext& context);
  // The outcome of the SUBSCRIBE with that number; late ones do nothing.
  [[nodiscard]] Actions on_outcome(std::uint64_t number, const ports::SipOutcome& outcome,
                                   const SubscriberContext& context);
  // A NOTIFY whose To tag is local_tag(). Exactly one Reply is among the actions.
  [[nodiscard]] Actions on_notify(const ports::SipRequest& notify, const SubscriberContext& context);
  // To be called at deadline() at the latest.
  [[nodiscard]] Actions on_time(const SubscriberContext& context);

  // When on_time() has something to do; nullopt: not before another event.
  [[nodiscard]] std::optional<base::Instant> deadline() const;
  // By which its NOTIFYs are found; changes with each initial SUBSCRIBE; empty before the first.
  [[nodiscard]] const std::string& local_tag() const { return info_.local_tag; }
  [[nodiscard]] Phase phase() const { return phase_; }

 private:
  [[nodiscard]] bool lives() const { return phase_ == Phase::pending || phase_ == Phase::active; }
  void move(Step step);
  void begin(const SubscriberContext& context, Actions& out);
  [[nodiscard]] ports::Charging charging(const SubscriberContext& context) const;
  void send(base::Seconds expires, const SubscriberContext& context, Actions& out);
  [[nodiscard]] std::string varying(base::Seconds expires) const;
  void owed(const SubscriberContext& context, Actions& out);

  void taken(const ports::SipOutcome& outcome, const SubscriberContext& context, Actions& out);
  [[nodiscard]] bool belongs(const ports::SipOutcome& outcome);
  void failed(const ports::SipOutcome& outcome, const SubscriberContext& context, Actions& out);
  void refuse(const ports::SipOutcome& outcome, const SubscriberContext& context, Actions& out);
  void end(Step step, ports::SubscriptionEnd why, const SubscriberContext& context, Actions& out);
  void left(Actions& out);

  [[nodiscard]] std::optional<ports::SipResponse> refusal_of(const ports::SipRequest& notify) const;
  void establish(const ports::SipRequest& notify, const SubscriberContext& context);
  void show(const ports::SipRequest& notify, bool first, const SubscriberContext& context, Actions& out);
  void finish(const ports::SubscriptionStateHeader& state, const SubscriberContext& context, Actions& out);
  void lasts(base::Seconds granted, const SubscriberContext& context);

  [[nodiscard]] base::Seconds asked() const;
  [[nodiscard]] base::Millis backoff(std::uint32_t failures, const SubscriberContext& context) const;
  [[nodiscard]] base::Millis soon(const SubscriberContext& context);
  [[nodiscard]] base::Millis later(std::optional<base::Seconds> retry_after, const SubscriberContext& context);

  ports::Subscribe wanted_;
  Phase phase_ = Phase::init;
  ports::DialogInfo info_;      // of the attempt, then of the dialog
  std::uint32_t cseq_ = 0;      // of the last SUBSCRIBE
  std::uint64_t revision_ = 0;  // of the content of the last SUBSCRIBE
  std::uint64_t number_ = 0;    // of the last SUBSCRIBE, of all dialogs
  bool open_ = false;           // it has no outcome yet
  std::uint32_t remote_cseq_ = 0;
  std::optional<base::Seconds> min_expires_;  // what a 423 asked for, in this dialog
  bool raised_ = false;                       // because of a 423, since the last success
  bool dirty_ = false;                        // a refresh is owed
  bool leaving_ = false;
  bool leave_sent_ = false;
  std::uint32_t failures_ = 0;          // of subscriptions, in a row
  std::uint32_t refresh_failures_ = 0;  // in a row
  base::Instant since_{};               // when the dialog was established
  std::optional<base::Instant> timer_n_, expires_at_, refresh_at_, again_at_;
};

}  // namespace presentia::event::client
