#include "as/sip/transaction/client_transactions.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "as/base/mutants.h"

namespace presentia::sip {
namespace {

constexpr int kGiveUpInT1 = 64;    // timer F
constexpr int kTimeout = 408;      // what a timeout [RFC3261 8.1.3.1]
constexpr int kUnreachable = 503;  // and a transport error count as

std::string text_of(std::string_view branch, std::string_view method) {
  std::string text;
  text.reserve(branch.size() + 1 + method.size());
  text.append(branch) += '\n';
  return text.append(method);
}

std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }

}  // namespace

struct ClientTransactions::Transaction final : base::Timer {
  TransactionKey key;
  ClientTransactions* owner = nullptr;
  std::string text;  // branch and method
  ClientTiming timing;
  base::Millis interval{};     // of timer E
  base::Instant resend_at{};   // timer E
  base::Instant give_up_at{};  // timer F
  ClientState state = ClientState::trying;
  bool reliable = false;
  bool resends = false;

  // False if the figure has no such edge; the state is as it was.
  bool step(ClientEvent on) {
    const std::optional<ClientState> to = next_state(state, on);
    if (to) state = *to;
    return to.has_value();
  }
  [[nodiscard]] bool finished() const { return state == ClientState::completed || state == ClientState::terminated; }

 private:
  void fire() override { owner->fired(*this); }
};

ClientTransactions::ClientTransactions(base::TimerWheel& wheel, ClientTransactionUser& user, std::size_t capacity)
    : wheel_(wheel), user_(user), capacity_(capacity), slots_(std::make_unique<SlotTable<Transaction>>()) {}

ClientTransactions::~ClientTransactions() = default;

ClientTransactions::Transaction* ClientTransactions::find(std::string_view text) const {
  const auto is_it = [&](std::uint32_t slot) { return slots_->at(slot).text == text; };
  const std::uint32_t slot = by_branch_.find(hash_of(text), is_it);
  return slot == SlotIndex::kNone ? nullptr : &slots_->at(slot);
}

std::optional<TransactionKey> ClientTransactions::start(std::string_view branch, std::string_view method, bool reliable,
                                                        const ClientTiming& timing, base::Instant now) {
  std::string text = text_of(branch, method);
  if (slots_->used() >= capacity_ || find(text) != nullptr) return std::nullopt;
  Transaction& transaction = slots_->take();
  by_branch_.add(hash_of(text), transaction.key.slot);
  transaction.owner = this;
  transaction.text = std::move(text);
  transaction.timing = timing;
  transaction.interval = timing.t1;
  transaction.resend_at = now + timing.t1;
  transaction.give_up_at = now + kGiveUpInT1 * timing.t1;
  transaction.state = ClientState::trying;
  transaction.reliable = reliable;
  transaction.resends = !reliable;
  ++outstanding_;
  arm(transaction);
  return transaction.key;
}

ResponseTaken ClientTransactions::on_response(std::string_view branch, std::string_view cseq_method, int status,
                                              base::Instant now) {
  Transaction* transaction = find(text_of(branch, cseq_method));
  if (transaction == nullptr) return {};
  const TransactionKey key = transaction->key;
  const bool final_response = status >= 200;
  const bool finished = transaction->finished();
  if (!transaction->step(final_response ? ClientEvent::final_response : ClientEvent::provisional) || finished) {
    return {ResponseMatch::duplicate, key};
  }
  if (!final_response) return {ResponseMatch::provisional, key};
  if (transaction->reliable) {
    transaction->step(ClientEvent::timer_k);  // 0 s
    transaction->cancel();
  } else {
    wheel_.arm(*transaction, now + transaction->timing.t4);
  }
  finish(*transaction, ClientOutcome::response, status);
  return {ResponseMatch::final_taken, key};
}

bool ClientTransactions::on_transport_error(TransactionKey key) {
  Transaction* transaction = slots_->find(key);
  if (transaction == nullptr || !transaction->step(ClientEvent::transport_error)) return false;
  finish(*transaction, ClientOutcome::transport_error, kUnreachable);
  return true;
}

bool ClientTransactions::abandon(TransactionKey key) {
  Transaction* transaction = slots_->find(key);
  if (transaction == nullptr || transaction->finished()) return false;
  transaction->resends = false;
  arm(*transaction);
  return true;
}

std::size_t ClientTransactions::size() const { return slots_->used(); }
std::size_t ClientTransactions::outstanding() const { return outstanding_; }

// The slot is given back after the user was told, so that what the user starts meanwhile gets another one.
void ClientTransactions::finish(Transaction& transaction, ClientOutcome outcome, int status) {
  --outstanding_;
  user_.finished(transaction.key, outcome, status);
  if (transaction.state == ClientState::terminated) end(transaction);
}

void ClientTransactions::arm(Transaction& transaction) {
  const base::Instant at =
      transaction.resends ? std::min(transaction.resend_at, transaction.give_up_at) : transaction.give_up_at;
  wheel_.arm(transaction, at);
}

void ClientTransactions::fired(Transaction& transaction) {
  if (transaction.step(ClientEvent::timer_k)) return end(transaction);
  const base::Instant now = wheel_.now();
  if (now >= transaction.give_up_at) {
    transaction.step(ClientEvent::timer_f);
    return finish(transaction, ClientOutcome::timeout, kTimeout);
  }
  transaction.step(ClientEvent::timer_e);
  // Twice as long each time, up to T2 [RFC3261 17.1.2.2].
  const base::Millis t2 = transaction.timing.t2;
  transaction.interval = transaction.state == ClientState::proceeding ? t2 : std::min(2 * transaction.interval, t2);
  if (PS_MUTANT("timer-e-slow")) transaction.interval = t2;
  transaction.resend_at = now + transaction.interval;
  arm(transaction);
  user_.resend(transaction.key);  // last: it may call back
}

void ClientTransactions::end(Transaction& transaction) {
  transaction.cancel();
  by_branch_.remove(hash_of(transaction.text), transaction.key.slot);
  transaction.text = std::string();
  slots_->give_back(transaction);
}

}  // namespace presentia::sip
