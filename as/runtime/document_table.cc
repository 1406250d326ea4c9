#include "as/runtime/document_table.h"

#include <algorithm>
#include <utility>

namespace presentia::runtime {
namespace {

constexpr std::size_t kUnknown = 3;

event::DocumentStatePtr no_source() {
  event::DocumentState state;
  state.status = ports::DocumentStatus::absent;
  return std::make_shared<const event::DocumentState>(std::move(state));
}

}  // namespace

std::size_t DocumentTable::slot_of(const event::DocumentStatePtr& state) {
  return state ? static_cast<std::size_t>(state->status) : kUnknown;
}

void DocumentTable::put(Entry& entry, event::DocumentStatePtr state) {
  --counts_[slot_of(entry.state)];
  entry.state = std::move(state);
  ++counts_[slot_of(entry.state)];
}

void DocumentTable::drop(Entries::iterator at) {
  --counts_[slot_of(at->second.state)];
  if (source_ != nullptr) source_->unfollow(at->first);
  entries_.erase(at);
}

event::DocumentStatePtr DocumentTable::add(const ports::DocumentKey& key, const Dependent& dependent) {
  const auto [at, is_new] = entries_.try_emplace(key);
  Entry& entry = at->second;
  if (is_new) ++counts_[kUnknown];
  if (!is_new && entry.dependents.empty()) unneeded_.erase({entry.unneeded_since, key});
  entry.dependents.insert(dependent);
  if (is_new && source_ == nullptr) put(entry, no_source());
  if (is_new && source_ != nullptr) source_->follow(key);
  return entry.state;
}

void DocumentTable::remove(const ports::DocumentKey& key, const Dependent& dependent, base::Instant now) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.dependents.erase(dependent) == 0) return;
  if (!found->second.dependents.empty()) return;
  found->second.unneeded_since = now;
  unneeded_.emplace(now, key);
}

void DocumentTable::arrived(const ports::DocumentKey& key, event::DocumentState state) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;  // let go meanwhile
  Entry& entry = found->second;
  if (!state.bad_reason.empty() && entry.state) state.parsed = entry.state->parsed;
  put(entry, std::make_shared<const event::DocumentState>(std::move(state)));
  // A walk that is on its way goes on with the newer state, and this one starts anew for those that it has seen.
  const bool many = entry.dependents.size() > kFew;
  if (many) tellings_.push_back({key, true});
  if (!entry.dependents.empty()) tellings_.push_back({key, false});
}

bool DocumentTable::tell(std::size_t most, const Tell& tell) {
  while (!tellings_.empty()) {
    Telling& telling = tellings_.front();
    const auto found = entries_.find(telling.key);
    if (found != entries_.end()) {
      const auto& dependents = found->second.dependents;
      auto next = telling.last ? dependents.upper_bound(*telling.last) : dependents.begin();
      for (; next != dependents.end(); ++next) {
        if (most == 0) return true;
        --most;
        telling.last = *next;
        tell(*next, telling.key, found->second.state, telling.losses_only);
      }
    }
    tellings_.pop_front();
  }
  return false;
}

void DocumentTable::expire(base::Instant now, base::Seconds keep, std::size_t most) {
  while (!unneeded_.empty()) {
    const auto first = unneeded_.begin();
    if (first->first + keep > now && entries_.size() <= most) return;
    const auto found = entries_.find(first->second);
    unneeded_.erase(first);
    if (found != entries_.end()) drop(found);
  }
}

std::optional<base::Instant> DocumentTable::next_expiry(base::Seconds keep) const {
  if (unneeded_.empty()) return std::nullopt;
  return unneeded_.begin()->first + keep;
}

void DocumentTable::look(const std::optional<ports::DocumentKey>& after, std::string_view prefix,
                         const Look& look) const {
  const ports::DocumentKey first{std::string(prefix)};
  auto at = after && *after >= first ? entries_.upper_bound(*after) : entries_.lower_bound(first);
  while (at != entries_.end() && at->first.document.starts_with(prefix) &&
         look(at->first, at->second.state, at->second.dependents.size()))
    ++at;
}

}  // namespace presentia::runtime
