// Drives operations against the server: a bounded number in flight, retransmission over UDP, an answer to each NOTIFY,
// and a check of everything that comes back. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/presentia-bench/message.h"
#include "tools/presentia-bench/population.h"
#include "tools/presentia-bench/requests.h"
#include "tools/presentia-bench/tally.h"
#include "tools/presentia-bench/wire.h"

namespace presentia::bench {

using Instant = std::chrono::steady_clock::time_point;

enum class Action { kCreate, kRefresh, kModify, kRemove, kSubscribe, kFetch, kResubscribe, kUnsubscribe };

// One operation to be done: on a presentity, or on a dialog (kResubscribe, kUnsubscribe).
struct Step {
  Action action;
  std::uint32_t presentity = kNone;
  std::uint32_t dialog = kNone;
};

struct Phase {
  // Null result: everything that could be operated on is busy; asked again later. No function: only wait and answer.
  std::function<std::optional<Step>()> next;
  std::uint64_t count = UINT64_MAX;          // operations; with `lasts`, what ends first
  std::chrono::milliseconds lasts{120'000};  // no operation starts later
  std::uint32_t in_flight = 32;
  double rate = 0;  // operations started per second; 0: as fast as `in_flight` allows
  // Operations come at their times whatever became of those before; latency counts from then, and a 503 with
  // Retry-After is an answer like any other. Needs `rate`.
  bool open_loop = false;
  bool deaf_leave = false;                    // the deaf watchers do not answer NOTIFYs any more
  std::chrono::milliseconds sample_every{0};  // 0: never
  std::function<void()> sample;
};

class Engine {
 public:
  // All three outlive the engine. `reliable`: the transport retransmits by itself.
  // `deaf_every`: every so many-th dialog is that of a watcher who can fall silent; 0: none.
  Engine(Wire& wire, const Requests& requests, Population& population, bool reliable, std::uint32_t deaf_every)
      : wire_(wire), requests_(requests), population_(population), reliable_(reliable), deaf_every_(deaf_every) {}

  [[nodiscard]] bool deaf(std::uint32_t dialog) const {
    return deaf_every_ > 0 && dialog % deaf_every_ == deaf_every_ - 1;
  }

  // Returns when every operation that was started is over; starts nothing more after many failures. Throws WireError.
  Tally run(const Phase& phase);

 private:
  struct Operation {
    bool active = false;
    bool answered = false;
    std::uint32_t generation = 0;
    std::uint32_t notifies_due = 0;
    std::uint32_t oldest_revision = 0;  // that the NOTIFY of a SUBSCRIBE may show
    Step step{Action::kCreate};
    Instant started, retransmit_at, gives_up;
    std::chrono::milliseconds interval{0};
    std::string request;
  };

  void start_due(const Phase& phase);
  void come_due(const Phase& phase, std::uint64_t due);
  void start(Step step, Instant at);
  void shed(std::uint32_t slot, const Message& message);
  std::string write(std::uint32_t slot, Step& step);
  std::string write_publish(Key transaction, const Step& step);
  std::string write_subscribe(Key transaction, const Step& step);
  void check_timers(Instant now);

  void received(const Origin& origin, std::string_view text);
  void on_response(const Message& message);
  void on_success(std::uint32_t slot, const Message& message);
  void on_notify(const Message& message);
  void on_subscribe_notify(Operation& operation, const Dialog& dialog, const Message& message);

  void finish_if_done(std::uint32_t slot);
  void fail(std::uint32_t slot, const std::string& reason);
  void release(std::uint32_t slot);
  void unexpected(const std::string& what) { ++tally_.unexpected[what]; }

  Wire& wire_;
  const Requests& requests_;
  Population& population_;
  bool reliable_;
  std::vector<Operation> operations_;
  std::vector<std::uint32_t> idle_;  // slots
  Tally tally_;
  std::uint64_t started_ = 0;
  std::uint32_t generation_ = 0;
  bool open_loop_ = false;
  const std::uint32_t deaf_every_;
  bool deaf_leave_ = false;
  Instant begun_, next_check_;
};

}  // namespace presentia::bench
