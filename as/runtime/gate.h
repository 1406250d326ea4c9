// The commit gate of one partition: what anyone outside can see waits here until the last commit that was handed to the
// store before it is durable. Nobody ever sees state that a crash would deny. Shard's thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "as/event/machine.h"
#include "as/ports/inspection.h"
#include "as/runtime/meters.h"

namespace presentia::runtime {

// The visible actions of one decision, in their order.
struct Batch {
  ports::Resource resource;
  RequestKind kind;  // of the request that is answered, if there is one
  std::vector<event::Action> actions;
  base::Instant cause{};                        // when that came about which is answered or told
  std::vector<ports::CoreEvent> told = {};      // to those who follow
  std::function<void(bool durable)> done = {};  // to an operator
};

class Gate {
 public:
  // A commit is about to be handed over; gives its number. Numbers rise by one and are never used again.
  std::uint64_t open() { return ++handed_; }
  // Gives the batch back if it may be run now, else keeps it. A NOTIFY that waits here is dropped when a later batch
  // abandons it: what takes rights away must not be preceded by what it takes away.
  [[nodiscard]] std::optional<Batch> offer(Batch batch);
  // The store is done with the commit of that number, and so with all before it; gives what may be run now, in order.
  [[nodiscard]] std::vector<Batch> finished(std::uint64_t number);
  // Gives all that waits, to be refused instead of run.
  [[nodiscard]] std::vector<Batch> give_up();
  // Commits handed over and not finished.
  [[nodiscard]] std::uint64_t pending() const { return handed_ - finished_; }

 private:
  struct Waiting {
    std::uint64_t after = 0;
    Batch batch;
  };
  void forget_abandoned(const Batch& batch);

  std::uint64_t handed_ = 0;
  std::uint64_t finished_ = 0;
  std::deque<Waiting> waiting_;
};

}  // namespace presentia::runtime
