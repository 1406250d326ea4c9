#include "as/sip/transaction/server_transactions.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "as/base/mutants.h"

namespace presentia::sip {
namespace {

constexpr std::string_view kMagicCookie = "z9hG4bK";
constexpr int kLifetimeInT1 = 64;  // timer J, and how long the client waits for an answer (timer F)

void append_lower(std::string& out, std::string_view text) {
  for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// What tells transactions apart, the method first. Fields end in a line end, which no header value contains.
// A cookie with nothing behind it identifies nothing, and counts as none [RFC4475 3.2.1].
std::string key_text(const RequestId& id) {
  std::string text(id.method);
  text += '\n';
  if (id.branch.starts_with(kMagicCookie) && id.branch.size() > kMagicCookie.size()) {
    text.append(id.branch) += '\n';  // [RFC3261 17.2.3]
    append_lower(text, id.sent_by);
    return text;
  }
  for (const std::string_view field : {id.request_uri, id.to_tag, id.from_tag, id.call_id, id.top_via}) {
    text.append(field) += '\n';
  }
  return text + std::to_string(id.cseq);
}

std::string_view without_method(std::string_view key_text) { return key_text.substr(key_text.find('\n') + 1); }

// Empty for a request inside a dialog: only one without To tag can be merged [RFC3261 8.2.2.2].
std::string merge_text(const RequestId& id) {
  if (!id.to_tag.empty()) return {};
  std::string text = std::to_string(id.cseq) + ' ';
  text.append(id.method) += '\n';
  text.append(id.call_id) += '\n';
  return text.append(id.from_tag);
}

std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }

}  // namespace

struct ServerTransactions::Transaction final : base::Timer {
  TransactionKey key;
  ServerTransactions* owner = nullptr;
  std::string text;   // key_text
  std::string merge;  // merge_text
  Reply reply;
  base::Millis lifetime{};
  base::Instant given_up;  // when the client does, without an answer
  bool warned = false;     // late() was told
  base::Instant merges_until;
  bool reliable = false;
  bool answered = false;

 private:
  void fire() override { owner->expired(*this); }
};

ServerTransactions::ServerTransactions(base::TimerWheel& wheel, ServerTransactionUser& user, std::size_t capacity)
    : wheel_(wheel), user_(user), capacity_(capacity), slots_(std::make_unique<SlotTable<Transaction>>()) {}

ServerTransactions::~ServerTransactions() = default;

ServerTransactions::Transaction* ServerTransactions::find(std::size_t hash, std::string_view text) const {
  const std::uint32_t slot = by_key_.find(hash, [&](std::uint32_t one) { return slots_->at(one).text == text; });
  return slot == SlotIndex::kNone ? nullptr : &slots_->at(slot);
}

bool ServerTransactions::merges(std::size_t hash, std::string_view text, base::Instant now) const {
  const auto is_other = [&](std::uint32_t slot) {
    const Transaction& other = slots_->at(slot);
    return other.merge == text && now < other.merges_until;
  };
  return by_merge_.find(hash, is_other) != SlotIndex::kNone;
}

Admission ServerTransactions::on_request(const RequestId& id, bool reliable, Timers timers, base::Instant now) {
  std::string text = key_text(id);
  const std::size_t hash = hash_of(without_method(text));
  const Transaction* known = PS_MUTANT("retransmission-executed") ? nullptr : find(hash, text);
  if (known != nullptr) {
    if (!known->answered) return Absorb{};
    return Resend{known->reply};
  }
  std::string merge =
      PS_MUTANT("merged-accepted") || PS_MUTANT("retransmission-executed") ? std::string() : merge_text(id);
  const std::size_t merge_hash = hash_of(merge);
  if (!merge.empty() && merges(merge_hash, merge, now)) return Merged{};
  if (slots_->used() >= capacity_) return Full{};

  Transaction& transaction = slots_->take();
  transaction.owner = this;
  transaction.lifetime = kLifetimeInT1 * timers.t1;
  transaction.given_up = now + transaction.lifetime;
  transaction.warned = false;
  transaction.merges_until = now + timers.t4;
  transaction.reliable = reliable;
  transaction.answered = false;
  by_key_.add(hash, transaction.key.slot);
  if (!merge.empty()) by_merge_.add(merge_hash, transaction.key.slot);
  transaction.text = std::move(text);
  transaction.merge = std::move(merge);
  // Timer E doubles from T1: its intervals before the one of T2 add up to T2 - T1.
  const base::Millis patience = std::max(timers.t2 - timers.t1, timers.t1);
  wheel_.arm(transaction, now + std::min(patience, transaction.lifetime));
  return NewRequest{transaction.key};
}

bool ServerTransactions::on_response(TransactionKey key, Reply reply, base::Instant now) {
  Transaction* transaction = slots_->find(key);
  if (transaction == nullptr || transaction->answered) return false;
  transaction->answered = true;
  ++finished_;
  if (transaction->reliable) {
    end(*transaction);
    return true;
  }
  transaction->reply = std::move(reply);
  wheel_.arm(*transaction, now + transaction->lifetime);  // timer J
  return true;
}

bool ServerTransactions::forget(TransactionKey key) {
  Transaction* transaction = slots_->find(key);
  if (transaction == nullptr) return false;
  end(*transaction);
  return true;
}

bool ServerTransactions::open(TransactionKey key) const {
  const Transaction* transaction = slots_->find(key);
  return transaction != nullptr && !transaction->answered;
}

bool ServerTransactions::matches_cancel(const RequestId& cancel) const {
  const std::string text = key_text(cancel);
  const std::string_view wanted = without_method(text);
  const auto is_wanted = [&](std::uint32_t slot) { return without_method(slots_->at(slot).text) == wanted; };
  return by_key_.find(hash_of(wanted), is_wanted) != SlotIndex::kNone;
}

std::size_t ServerTransactions::size() const { return slots_->used(); }
std::size_t ServerTransactions::finished() const { return finished_; }

void ServerTransactions::end(Transaction& transaction) {
  transaction.cancel();
  if (transaction.answered) --finished_;
  by_key_.remove(hash_of(without_method(transaction.text)), transaction.key.slot);
  if (!transaction.merge.empty()) by_merge_.remove(hash_of(transaction.merge), transaction.key.slot);
  transaction.text = std::string();  // gives the memory back, as clear() would not
  transaction.merge = std::string();
  transaction.reply = Reply();
  slots_->give_back(transaction);
}

void ServerTransactions::expired(Transaction& transaction) {
  const TransactionKey key = transaction.key;
  if (!transaction.answered && !transaction.warned) {
    transaction.warned = true;
    wheel_.arm(transaction, transaction.given_up);
    user_.late(key);
    return;
  }
  const bool answered = transaction.answered;
  end(transaction);
  if (!answered) user_.unanswered(key);
}

}  // namespace presentia::sip
