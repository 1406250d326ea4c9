// The events that operators follow as they happen: who follows, and the ring from each thread that tells to each who
// follows. Telling never waits, and costs one atomic load while nobody follows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "as/base/dropping_ring.h"
#include "as/base/shared_view.h"
#include "as/ports/inspection.h"

namespace presentia::runtime {

class Tails {
 public:
  struct Channel {  // to one who follows: a ring from each thread that tells
    Channel(std::size_t tellers, std::size_t capacity);
    std::vector<std::unique_ptr<base::DroppingRing<ports::CoreEvent>>> rings;
  };
  using Channels = std::vector<std::shared_ptr<Channel>>;

  // `tellers`: threads that tell, numbered from 0; each keeps `capacity` events for each who follows.
  Tails(std::size_t tellers, std::size_t capacity) : tellers_(tellers), capacity_(capacity) {}

  // Busy beyond kMost at a time. Must not outlive this. Any thread.
  [[nodiscard]] ports::Inspected<std::unique_ptr<ports::EventTail>> open();
  static constexpr std::size_t kMost = 8;

  [[nodiscard]] const base::Shared<Channels>& channels() const { return channels_; }

 private:
  class Tail;
  void close(const std::shared_ptr<Channel>& channel);

  const std::size_t tellers_;
  const std::size_t capacity_;
  base::Shared<Channels> channels_;
};

// One thread's way to tell.
class Teller {
 public:
  Teller(const Tails& tails, std::size_t number) : view_(tails.channels()), number_(number) {}
  // True while somebody follows: only then is it worth while to make an event.
  [[nodiscard]] bool heard() {
    const Tails::Channels* channels = view_.get();
    return channels != nullptr && !channels->empty();
  }
  void tell(const ports::CoreEvent& event);

 private:
  base::SharedView<Tails::Channels> view_;
  std::size_t number_;
};

}  // namespace presentia::runtime
