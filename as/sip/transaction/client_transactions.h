// Non-INVITE client transactions [RFC3261 17.1.2]: when to send a request again, when to give up, which answer counts.
// Pure: no socket, no clock; one SIP thread, thousands at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "as/base/time.h"
#include "as/base/timer_wheel.h"
#include "as/sip/transaction/slot_index.h"
#include "as/sip/transaction/slot_table.h"

namespace presentia::sip {

enum class ClientState : std::uint8_t { trying, proceeding, completed, terminated };
enum class ClientEvent : std::uint8_t { timer_e, provisional, final_response, timer_f, timer_k, transport_error };

struct ClientRow {
  ClientState from;
  ClientEvent on;
  ClientState to;
};

// Figure 6 of RFC 3261. What is not here does not happen, or changes nothing.
inline constexpr std::array<ClientRow, 12> kClientTable{{
    {ClientState::trying, ClientEvent::timer_e, ClientState::trying},
    {ClientState::trying, ClientEvent::provisional, ClientState::proceeding},
    {ClientState::trying, ClientEvent::final_response, ClientState::completed},
    {ClientState::trying, ClientEvent::timer_f, ClientState::terminated},
    {ClientState::trying, ClientEvent::transport_error, ClientState::terminated},
    {ClientState::proceeding, ClientEvent::timer_e, ClientState::proceeding},
    {ClientState::proceeding, ClientEvent::provisional, ClientState::proceeding},
    {ClientState::proceeding, ClientEvent::final_response, ClientState::completed},
    {ClientState::proceeding, ClientEvent::timer_f, ClientState::terminated},
    {ClientState::proceeding, ClientEvent::transport_error, ClientState::terminated},
    {ClientState::completed, ClientEvent::final_response, ClientState::completed},
    {ClientState::completed, ClientEvent::timer_k, ClientState::terminated},
}};

// The state after `on`; nullopt where the figure has no such edge.
[[nodiscard]] constexpr std::optional<ClientState> next_state(ClientState from, ClientEvent on) {
  for (const ClientRow& row : kClientTable) {
    if (row.from == from && row.on == on) return row.to;
  }
  return std::nullopt;
}

struct ClientTiming {
  base::Millis t1{500}, t2{4000}, t4{5000};
};

enum class ClientOutcome : std::uint8_t { response, timeout, transport_error };

// Called from start() never, from the other functions and from the wheel; may call back into ClientTransactions.
class ClientTransactionUser {
 public:
  virtual ~ClientTransactionUser() = default;
  // Timer E: send the same bytes again.
  virtual void resend(TransactionKey key) = 0;
  // Exactly once for each start(): the final status, 408 for a timeout (timer F), 503 for a transport error. The bytes
  // can be freed: resend() is not called any more. The key may live on for timer K, which is no concern of the user.
  virtual void finished(TransactionKey key, ClientOutcome outcome, int status) = 0;
};

// What a response was to us.
enum class ResponseMatch : std::uint8_t {
  stray,        // no transaction: drop it
  provisional,  // taken, not the end
  final_taken,  // finished() was called during on_response()
  duplicate     // a further final response: absorbed
};

struct ResponseTaken {
  ResponseMatch match = ResponseMatch::stray;
  TransactionKey key;  // unless stray
};

class ClientTransactions {
 public:
  // `capacity`: transactions at once, completed ones (timer K) among them. The wheel's owner advances it.
  ClientTransactions(base::TimerWheel& wheel, ClientTransactionUser& user, std::size_t capacity);
  ~ClientTransactions();
  ClientTransactions(const ClientTransactions&) = delete;
  ClientTransactions& operator=(const ClientTransactions&) = delete;

  // The request is being sent, the first time by the caller. Arms timer F, and over an unreliable transport timer E.
  // nullopt: no room, or a transaction with this branch and method exists; then there is no finished().
  std::optional<TransactionKey> start(std::string_view branch, std::string_view method, bool reliable,
                                      const ClientTiming& timing, base::Instant now);

  // A response, matched by the branch of its top Via and the method of its CSeq [RFC3261 17.1.3].
  ResponseTaken on_response(std::string_view branch, std::string_view cseq_method, int status, base::Instant now);

  // The transport gave up: finishes with transport_error. False if the key is late or it was finished.
  bool on_transport_error(TransactionKey key);

  // No more resends: what the request says must not be sent again, or it went over to TCP. It still finishes by its
  // response or by timer F. False if the key is late or it was finished.
  bool abandon(TransactionKey key);

  [[nodiscard]] std::size_t size() const;         // held, completed ones among them
  [[nodiscard]] std::size_t outstanding() const;  // of them those without outcome
  void set_capacity(std::size_t capacity) { capacity_ = capacity; }

 private:
  struct Transaction;

  [[nodiscard]] Transaction* find(std::string_view text) const;
  void finish(Transaction& transaction, ClientOutcome outcome, int status);
  void arm(Transaction& transaction);
  void fired(Transaction& transaction);
  void end(Transaction& transaction);

  base::TimerWheel& wheel_;
  ClientTransactionUser& user_;
  std::size_t capacity_;
  std::size_t outstanding_ = 0;
  std::unique_ptr<SlotTable<Transaction>> slots_;
  SlotIndex by_branch_;  // hash of branch and method → slot
};

}  // namespace presentia::sip
