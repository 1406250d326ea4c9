#include "tests/scenario/core/fake_sip.h"

#include <gtest/gtest.h>

namespace presentia::test {

void FakeSip::respond(const ports::RequestKey& key, ports::SipResponse response) {
  ledger_.answered(key.slot, response, clock_.now());
  responses[key.slot] = std::move(response);
}

void FakeSip::send(ports::SendKey key, ports::SipOutgoing request) {
  EXPECT_TRUE(open_.insert(key).second) << "a send key was used twice";
  notifies.push_back(take_apart(key, request));
  notifies.back().at = clock_.now();
  ledger_.sent(notifies.back());
  const Reaction now = fault && fault->first == notifies.size() ? fault->second : reaction;
  const ports::SipOutcome answered{key, ports::OutcomeKind::response, now.status, now.retry_after, {}};
  if (now.kind == Reaction::Kind::silence) {
    timed_.emplace(clock_.now() + kTimerF, ports::SipOutcome{key, ports::OutcomeKind::timeout, 408, {}, {}});
  } else if (now.kind == Reaction::Kind::answer && now.after > base::Seconds(0)) {
    timed_.emplace(clock_.now() + now.after, answered);
  } else if (now.kind == Reaction::Kind::answer) {
    finish(answered);
  }
}

void FakeSip::abandon(ports::SendKey key) {
  abandons.push_back(key);
  ledger_.abandoned(key);
  if (!open_.contains(key)) return;
  std::erase_if(timed_, [key](const auto& entry) { return entry.second.key == key; });
  finish({key, ports::OutcomeKind::timeout, 408, {}, {}});
}

void FakeSip::answer(ports::SendKey key, int status, std::optional<base::Seconds> retry_after) {
  if (open_.contains(key)) finish({key, ports::OutcomeKind::response, status, retry_after, {}});
}

void FakeSip::finish(ports::SipOutcome outcome) {
  open_.erase(outcome.key);
  outcomes_.push_back(std::move(outcome));
}

std::vector<ports::SipOutcome> FakeSip::take_outcomes() {
  while (!timed_.empty() && timed_.begin()->first <= clock_.now()) {
    finish(std::move(timed_.begin()->second));
    timed_.erase(timed_.begin());
  }
  std::vector<ports::SipOutcome> due(std::make_move_iterator(outcomes_.begin()),
                                     std::make_move_iterator(outcomes_.end()));
  outcomes_.clear();
  for (const ports::SipOutcome& outcome : due) ledger_.finished(outcome.key, outcome.status / 100 == 2);
  return due;
}

std::optional<base::Instant> FakeSip::next() const {
  if (timed_.empty()) return std::nullopt;
  return timed_.begin()->first;
}

void FakeSip::forget() {
  open_.clear();
  outcomes_.clear();
  timed_.clear();
}

}  // namespace presentia::test
