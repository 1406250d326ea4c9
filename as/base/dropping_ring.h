// Values from one writer to one reader, through a ring on which the writer never waits: what has not been taken when
// its place is needed again is dropped, the oldest first, and counted.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace presentia::base {

template <class T>
class DroppingRing {
 public:
  // Holds `capacity` values, at least one.
  explicit DroppingRing(std::size_t capacity) : places_(std::max<std::size_t>(1, capacity)) {}
  ~DroppingRing() {
    for (auto& place : places_) delete place.load(std::memory_order_relaxed);
  }
  DroppingRing(const DroppingRing&) = delete;
  DroppingRing& operator=(const DroppingRing&) = delete;

  // One thread, the writer's.
  void push(T value) {
    const std::uint64_t number = pushed_.load(std::memory_order_relaxed);
    auto node = std::make_unique<Node>(Node{number, std::move(value)});
    const std::unique_ptr<Node> dropped(
        places_[number % places_.size()].exchange(node.release(), std::memory_order_acq_rel));
    pushed_.store(number + 1, std::memory_order_release);
  }

  // Appends what has come since the last call, in order, and gives how many values between were dropped. One thread at
  // a time, the reader's.
  std::uint64_t take(std::vector<T>& out) {
    // What is written meanwhile may already stand in places of older values: it is kept for the next call.
    const std::uint64_t end = pushed_.load(std::memory_order_acquire);
    const std::uint64_t begin = end > next_ + places_.size() ? end - places_.size() : next_;
    for (std::uint64_t number = begin; number < end; ++number) {
      std::unique_ptr<Node> node(places_[number % places_.size()].exchange(nullptr, std::memory_order_acq_rel));
      if (node) taken_.push_back(std::move(node));
    }
    std::ranges::sort(taken_, {}, [](const auto& node) { return node->number; });
    std::size_t given = 0;
    while (given < taken_.size() && taken_[given]->number < end) out.push_back(std::move(taken_[given++]->value));
    taken_.erase(taken_.begin(), taken_.begin() + static_cast<std::ptrdiff_t>(given));
    return end - std::exchange(next_, end) - given;
  }

 private:
  struct Node {
    std::uint64_t number;  // how many were pushed before
    T value;
  };
  std::vector<std::atomic<Node*>> places_;
  std::atomic<std::uint64_t> pushed_{0};
  std::uint64_t next_ = 0;                    // reader's: number of the next to be given
  std::vector<std::unique_ptr<Node>> taken_;  // reader's: not given yet
};

}  // namespace presentia::base
