#include "as/runtime/subscriber_table.h"

#include <algorithm>
#include <utility>

namespace presentia::runtime {
namespace {

constexpr std::uint64_t kOne = 1000;       // question, in `credit_`
constexpr base::Millis kFirstPause{1000};  // after a question that failed
constexpr base::Millis kLongestPause{30'000};
constexpr std::uint8_t kMostFailures = 6;  // that still make the pause longer
constexpr base::Millis kRefill{10};        // until the pace lets somebody be asked about again

constexpr base::Instant kFarAway = base::Instant(base::Seconds(1LL << 40U));  // sums with it do not overflow

base::Millis pause_after(std::uint8_t failures) {
  return std::min(kFirstPause * (1U << std::min(failures, kMostFailures)), kLongestPause);
}

}  // namespace

SubscriberTable::Known SubscriberTable::look(const ports::Resource& user, base::Instant now, const Policy& policy) {
  Entry& held = entry(user);
  if (!held.needed) unneeded_.splice(unneeded_.begin(), unneeded_, held.place);
  const bool may_ask = !held.asking && held.ask_after <= now;
  const bool good = held.facts && now < held.good_until && !held.doubtful;
  // Who is unknown may have been provisioned meanwhile.
  const bool usable =
      held.facts && (good || (!held.facts->unknown && now < std::min(held.good_until, kFarAway) + policy.stale));
  Known known{usable ? Standing::known : Standing::unavailable, usable ? held.facts : nullptr, false};
  if (!good && may_ask) {
    begin(user, held);
    known.ask = true;
  }
  if (!usable && held.asking) known.standing = Standing::asking;
  trim(policy);
  return known;
}

void SubscriberTable::adopt(const ports::Resource& user, event::SubscriberPtr facts, base::Instant now,
                            const Policy& policy) {
  Entry& held = entry(user);
  if (held.facts == nullptr) {
    held.facts = std::move(facts);
    held.good_until = now + policy.ttl;
    held.doubtful = true;  // its own answer may say more
  }
  trim(policy);
}

void SubscriberTable::need(const ports::Resource& user, base::Instant now) {
  Entry& held = entry(user);
  if (held.needed) return;
  unneeded_.erase(held.place);
  held.needed = true;
  if (held.asking || held.due) return;
  plan(user, held, held.facts && !held.doubtful ? held.renew_at : std::max(now, held.ask_after));
}

void SubscriberTable::release(const ports::Resource& user, const Policy& policy) {
  const auto found = entries_.find(user);
  if (found == entries_.end() || !found->second.needed) return;
  Entry& held = found->second;
  held.needed = false;
  unneeded_.push_front(user);
  held.place = unneeded_.begin();
  plan(user, held, std::nullopt);
  trim(policy);
}

bool SubscriberTable::answered(const ports::Resource& user, Answer answer, base::Instant now, const Policy& policy) {
  Entry& held = entry(user);
  end(held);
  held.failures = 0;
  held.ask_after = {};
  held.doubtful = std::exchange(held.overtaken, false);
  const bool is_new = held.facts == nullptr || !(*held.facts == *answer.facts);
  const bool unknown = answer.facts->unknown;
  if (is_new) held.facts = std::move(answer.facts);
  held.good_until = now + (unknown ? policy.negative_ttl : policy.ttl);
  if (answer.followed) held.good_until = *answer.followed;
  held.renew_at = answer.renew_at.value_or(held.good_until);
  if (held.needed) plan(user, held, held.doubtful ? now : held.renew_at);
  trim(policy);
  return is_new;
}

bool SubscriberTable::pushed(const ports::Resource& user, event::SubscriberPtr facts) {
  const auto found = entries_.find(user);
  if (found == entries_.end() || found->second.facts == nullptr) return false;
  found->second.facts = std::move(facts);
  found->second.overtaken = found->second.asking;  // its answer may be what was true before
  return true;
}

void SubscriberTable::failed(const ports::Resource& user, bool definite, base::Instant now, const Policy& policy) {
  Entry& held = entry(user);
  end(held);
  const base::Millis pause = definite ? base::Millis(policy.negative_ttl) : pause_after(held.failures);
  if (!definite && held.failures < kMostFailures) ++held.failures;
  held.ask_after = now + pause;
  if (held.needed) plan(user, held, held.ask_after);
  trim(policy);
}

void SubscriberTable::doubt(base::Instant now) {
  for (auto& [user, held] : entries_) {
    held.doubtful = true;
    held.failures = 0;
    held.ask_after = {};
    if (held.needed && !held.asking) plan(user, held, now);
  }
}

void SubscriberTable::forget_all(base::Instant now) {
  for (auto& [user, held] : entries_) held.good_until = {};
  doubt(now);
}

std::vector<ports::Resource> SubscriberTable::take_due(base::Instant now, const Policy& policy) {
  std::vector<ports::Resource> taken;
  if (due_.empty() || due_.begin()->first > now) return taken;
  const auto passed = std::min<base::Millis>(now - refilled_, base::Seconds(1));
  const std::uint64_t most = std::max<std::uint64_t>(policy.rereads_per_s * kOne / 10, kOne);  // of a tenth of a second
  credit_ = std::min(credit_ + static_cast<std::uint64_t>(passed.count()) * policy.rereads_per_s, most);
  refilled_ = now;
  while (!due_.empty() && due_.begin()->first <= now && credit_ >= kOne) {
    const ports::Resource user = due_.begin()->second;
    Entry& held = entries_.at(user);
    plan(user, held, std::nullopt);
    if (held.asking) continue;
    credit_ -= kOne;
    begin(user, held);
    taken.push_back(user);
  }
  return taken;
}

std::optional<base::Instant> SubscriberTable::next() const {
  if (due_.empty()) return std::nullopt;
  return credit_ < kOne ? std::max(due_.begin()->first, refilled_ + kRefill) : due_.begin()->first;
}

base::Instant SubscriberTable::usable_until(const ports::Resource& user, const Policy& policy) const {
  const auto found = entries_.find(user);
  if (found == entries_.end()) return {};
  return std::min(found->second.good_until, kFarAway) + policy.stale;
}

event::SubscriberPtr SubscriberTable::facts(const ports::Resource& user) const {
  const auto found = entries_.find(user);
  return found == entries_.end() ? nullptr : found->second.facts;
}

SubscriberTable::Entry& SubscriberTable::entry(const ports::Resource& user) {
  const auto [found, is_new] = entries_.try_emplace(user);
  if (is_new) {
    unneeded_.push_front(user);
    found->second.place = unneeded_.begin();
  }
  return found->second;
}

void SubscriberTable::plan(const ports::Resource& user, Entry& held, std::optional<base::Instant> at) {
  if (held.due) due_.erase({*held.due, user});
  held.due = at;
  if (at) due_.emplace(*at, user);
}

void SubscriberTable::begin(const ports::Resource& user, Entry& held) {
  plan(user, held, std::nullopt);
  held.asking = true;
  ++asking_;
}

void SubscriberTable::end(Entry& held) {
  if (held.asking) --asking_;
  held.asking = false;
}

// One that is asked about stays until the answer comes.
void SubscriberTable::trim(const Policy& policy) {
  auto last = unneeded_.end();
  for (std::size_t more = unneeded_.size(); more > policy.max_users && last != unneeded_.begin(); --more) {
    --last;
    const auto found = entries_.find(*last);
    if (found->second.asking) continue;
    plan(*last, found->second, std::nullopt);
    entries_.erase(found);
    last = unneeded_.erase(last);
  }
}

}  // namespace presentia::runtime
