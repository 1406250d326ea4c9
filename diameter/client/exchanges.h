// Requests to the HSS under way: which peer each goes to, when another is tried, what is done about a refusal that
// another try can better, and when it is over. Pure: told the time, the answers and the peers, it has no thread, no
// socket and no clock. Its own table with deadlines, because the Diameter library loses answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "as/base/timer_wheel.h"
#include "as/ports/subscriber_data.h"
#include "diameter/client/host_book.h"
#include "diameter/client/peer_book.h"
#include "diameter/client/sh_metrics.h"
#include "diameter/client/sh_settings.h"
#include "diameter/message/sh_answer.h"
#include "diameter/stack/stack_values.h"

namespace presentia::diameter {

// One request, as who asks wants it.
struct Ask {
  Command command = Command::user_data;
  ports::UserIdentity user;
  ports::DataKeys keys = {};  // of all but an update
  std::string sh_data = {};   // of an update
  bool is_unsubscription = false;
  bool send_data = false;  // of a subscription, as the next
  std::optional<base::Instant> expires_at = {};
  base::Instant deadline{};
};
using ExchangeResult = base::Result<Answer, ports::SubscriberError>;
struct Finished {
  std::uint64_t ticket;
  ExchangeResult result;  // a success, or why there is none
};

class Exchanges {
 public:
  // Called from within the functions below; must not call them.
  class Outside {
   public:
    virtual ~Outside() = default;
    // As in Stack.
    virtual bool send(OutgoingRequest request) = 0;
    virtual void forget(std::uint32_t end_to_end) = 0;
    virtual bool connect(const StackPeer& peer) = 0;
  };

  // References outlive it. `seed` makes identifiers of this process differ from those of the one before.
  Exchanges(Outside& outside, ShMetrics& metrics, PeerBook& peers, HostBook& hosts,
            std::shared_ptr<const ShSettings> settings, std::uint32_t seed, base::Instant now);
  ~Exchanges();
  Exchanges(const Exchanges&) = delete;
  Exchanges& operator=(const Exchanges&) = delete;

  void settings_changed(std::shared_ptr<const ShSettings> settings) { settings_ = std::move(settings); }

  // The ticket, which take_finished() gives exactly once, at the deadline at the latest; never from within.
  std::uint64_t start(Ask ask, base::Instant now);
  // What the stack says; of a ticket that is over it changes nothing.
  void answered(std::uint64_t ticket, const Avps& avps, const std::string& from, base::Instant now);
  void unreadable(std::uint64_t ticket, const std::string& why, base::Instant now);
  // After the book of peers knows it.
  void peer_opened(const std::string& identity, base::Instant now);

  // Does what is due; next() is when there is more, nullopt if nothing is.
  void advance(base::Instant now) { timers_.advance(now); }
  [[nodiscard]] std::optional<base::Instant> next() const { return timers_.next(); }
  [[nodiscard]] std::optional<Finished> take_finished();

 private:
  struct Exchange;

  void begin(Exchange& exchange, base::Instant now);
  void send(Exchange& exchange, base::Instant now);
  [[nodiscard]] std::vector<std::string> peers_for(const Exchange& exchange, base::Instant now) const;
  [[nodiscard]] Avps avps_of(const Exchange& exchange) const;
  void on_due(Exchange& exchange);
  void give_up_peer(Exchange& exchange, base::Instant now);
  void leave_peer(Exchange& exchange);
  [[nodiscard]] bool try_other_peer(Exchange& exchange, base::Instant now);
  void decide(Exchange& exchange, const Answer& answer, base::Instant now);
  void learn(const Exchange& exchange, const Answer& answer);
  void redirect(Exchange& exchange, const Answer& answer, base::Instant now);
  [[nodiscard]] bool reach(const DiameterHost& host, base::Instant now);
  [[nodiscard]] bool try_later(Exchange& exchange, base::Instant now);
  void finish(Exchange& exchange, ExchangeResult result, base::Instant now);
  void fail(Exchange& exchange, ports::SubscriberError error, base::Instant now);

  Outside& outside_;
  ShMetrics& metrics_;
  PeerBook& peers_;
  HostBook& hosts_;
  std::shared_ptr<const ShSettings> settings_;
  base::TimerWheel timers_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Exchange>> exchanges_;  // disarmed before the wheel goes
  std::deque<Finished> finished_;
  std::uint32_t seed_;
  std::uint32_t last_end_to_end_;
  std::uint32_t sessions_ = 0;
  std::uint64_t last_ticket_ = 0;
  std::size_t redirect_peers_ = 0;
};

}  // namespace presentia::diameter
