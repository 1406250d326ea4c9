// Non-INVITE server transactions [RFC3261 17.2.2, 17.2.3, RFC4320]: tells a new request from a retransmitted or merged
// one and keeps the bytes of the final answer to send them again. Pure: no socket, no clock; one SIP thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "as/base/time.h"
#include "as/base/timer_wheel.h"
#include "as/sip/transaction/slot_index.h"
#include "as/sip/transaction/slot_table.h"

namespace presentia::sip {

// What identifies a request, as views into the message; all as received.
struct RequestId {
  std::string_view method;
  std::string_view branch;   // of the top Via; empty if absent
  std::string_view sent_by;  // of the top Via: host[:port]; compared without regard to case
  std::string_view call_id;
  std::uint32_t cseq = 0;
  std::string_view from_tag, to_tag;  // empty if absent
  std::string_view request_uri;       // these two matter only where the branch lacks the magic cookie
  std::string_view top_via;
};

// The final answer as it went out, and the way it took. `path` means nothing here: the caller's own id of a connection.
struct Reply {
  std::shared_ptr<const std::string> bytes;
  std::uint64_t path = 0;
};

struct NewRequest {
  TransactionKey key;
};                 // process it, then on_response() or forget()
struct Absorb {};  // a retransmission; its answer is still to come: drop it
struct Resend {
  Reply reply;
};                 // a retransmission: send these bytes again
struct Merged {};  // came by two ways: answer 482, statelessly [RFC3261 8.2.2.2]
struct Full {};    // no room for a further transaction: answer 503 statelessly, or drop
using Admission = std::variant<NewRequest, Absorb, Resend, Merged, Full>;

// Told of what ends without an answer.
class ServerTransactionUser {
 public:
  virtual ~ServerTransactionUser() = default;
  // No answer was given within 64*T1: the client has given up, an answer would come too late and is not sent, a 408
  // neither [RFC4320 4.2]. The key is late already.
  virtual void unanswered(TransactionKey key) = 0;
  // There is no final answer yet though the client's timer E has reached T2: now a 100 is due, and harmless
  // [RFC4320 4.1]. At most once for each transaction.
  virtual void late(TransactionKey key) = 0;
};

class ServerTransactions {
 public:
  // `capacity`: transactions at once, finished ones (waiting for timer J) among them. The wheel's owner advances it.
  ServerTransactions(base::TimerWheel& wheel, ServerTransactionUser& user, std::size_t capacity);
  ~ServerTransactions();
  ServerTransactions(const ServerTransactions&) = delete;
  ServerTransactions& operator=(const ServerTransactions&) = delete;

  // Of a transaction. The same request by another way comes within t4, the longest that a message is on its way; what
  // comes later under the same names is a client that started again and has no randomness [RFC3261 8.2.2.2].
  struct Timers {
    base::Millis t1;
    base::Millis t2;
    base::Millis t4;
  };
  // Every request but INVITE, ACK and CANCEL. `reliable`: came by TCP, TLS or the like (timer J is 0). Nothing in `id`
  // is kept by reference.
  Admission on_request(const RequestId& id, bool reliable, Timers timers, base::Instant now);

  // The final answer went out as `reply`. False if the key is late or has its answer already: then do not send it. Over
  // a reliable transport the transaction ends here; else it absorbs retransmissions for 64*T1 (timer J).
  // A 100 is not remembered: copies of a request that has none but it are absorbed.
  bool on_response(TransactionKey key, Reply reply, base::Instant now);

  // Forgets a request without an answer (forwarded statelessly: its retransmissions are to be forwarded too).
  // False if the key is late.
  bool forget(TransactionKey key);

  // True if the transaction is open and has no answer yet.
  [[nodiscard]] bool open(TransactionKey key) const;

  // True if a CANCEL with this Via finds a transaction (of any method): it is answered 200, else 481 [RFC3261 9.2].
  [[nodiscard]] bool matches_cancel(const RequestId& cancel) const;

  [[nodiscard]] std::size_t size() const;      // transactions held, with and without answer
  [[nodiscard]] std::size_t finished() const;  // of them those with their answer, waiting for timer J
  void set_capacity(std::size_t capacity) { capacity_ = capacity; }

 private:
  struct Transaction;

  [[nodiscard]] Transaction* find(std::size_t hash, std::string_view text) const;
  [[nodiscard]] bool merges(std::size_t hash, std::string_view text, base::Instant now) const;
  void end(Transaction& transaction);
  void expired(Transaction& transaction);

  base::TimerWheel& wheel_;
  ServerTransactionUser& user_;
  std::size_t capacity_;
  std::size_t finished_ = 0;
  std::unique_ptr<SlotTable<Transaction>> slots_;
  SlotIndex by_key_;    // hash of what tells transactions apart, without the method (a CANCEL must find it)
  SlotIndex by_merge_;  // hash of Call-ID, From tag and CSeq
};

}  // namespace presentia::sip
