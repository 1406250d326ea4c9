// The SIP port of scenario tests: records answers and NOTIFYs as values, and answers NOTIFYs as told.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "as/base/time.h"
#include "as/ports/sip_port.h"
#include "tests/scenario/core/ledger.h"
#include "tests/scenario/core/messages.h"

namespace presentia::test {

// What the watcher's side does with a NOTIFY.
struct Reaction {
  enum class Kind { answer, silence, hold };  // silence: timer F ends it; hold: the test will answer
  Kind kind = Kind::answer;
  int status = 200;
  std::optional<base::Seconds> retry_after = {};
  base::Seconds after{0};  // answer: so much later
};

class FakeSip final : public ports::SipPort {
 public:
  static constexpr base::Seconds kTimerF{32};

  FakeSip(Ledger& ledger, const base::Clock& clock) : ledger_(ledger), clock_(clock) {}

  void respond(const ports::RequestKey& key, ports::SipResponse response) override;
  void forward(const ports::RequestKey& key) override { forwarded.push_back(key.slot); }
  void send(ports::SendKey key, ports::SipOutgoing request) override;
  void abandon(ports::SendKey key) override;

  // Outcomes that are due now; each once.
  std::vector<ports::SipOutcome> take_outcomes();
  [[nodiscard]] std::optional<base::Instant> next() const;
  // Answers a NOTIFY that is held.
  void answer(ports::SendKey key, int status, std::optional<base::Seconds> retry_after = {});
  // The process died: what it sent is nobody's any more.
  void forget();

  Reaction reaction;                                      // to every NOTIFY
  std::optional<std::pair<std::size_t, Reaction>> fault;  // to the n-th NOTIFY of all (from 1)
  std::vector<Notified> notifies;
  std::map<std::uint32_t, ports::SipResponse> responses;  // by slot
  std::vector<std::uint32_t> forwarded;
  std::vector<ports::SendKey> abandons;

 private:
  void finish(ports::SipOutcome outcome);

  Ledger& ledger_;
  const base::Clock& clock_;
  std::set<ports::SendKey> open_;
  std::deque<ports::SipOutcome> outcomes_;
  std::multimap<base::Instant, ports::SipOutcome> timed_;
};

}  // namespace presentia::test
