// The Diameter protocol [RFC6733], by freeDiameter as a library: connections, watchdogs, routing to peers. Knows
// nothing of its applications but their dictionary. The library starts once in a process, so there is one of these,
// ever: another identity or realm needs a new process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "as/base/result.h"
#include "diameter/stack/stack_values.h"

namespace presentia::diameter {

class Stack {
 public:
  // Starts; peers are connected to from then on. `observer` outlives it, and may be called before this returns. The
  // error says what was wrong; another start in this process is one. Changes no signal mask for good; SIGPIPE is
  // blocked in the stack's threads.
  [[nodiscard]] static base::Result<std::unique_ptr<Stack>> start(const StackSettings& settings,
                                                                  StackObserver& observer);
  ~Stack();  // stops
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // False if it was not sent, and there will be no answer. Any thread.
  [[nodiscard]] bool send(OutgoingRequest request);
  // No answer is awaited any more to what was sent with that end-to-end identifier. Any thread.
  void forget(std::uint32_t end_to_end);
  // Each key once; an unknown one is harmless. Without AVPs it is not answered at all. Any thread.
  void answer(std::uint64_t key, const Avps& avps);
  // A further peer; a known identity changes nothing. False if the library refuses. Any thread.
  [[nodiscard]] bool connect(const StackPeer& peer);
  // Of all peers, as the library has it now. Any thread.
  [[nodiscard]] std::vector<PeerReport> peers() const;

  // Closes all connections, asking the peers; nobody is called any more when it returns, which takes up to 16 s where a
  // peer does not answer. Any thread but the stack's.
  void stop();

 private:
  class Impl;
  explicit Stack(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace presentia::diameter
