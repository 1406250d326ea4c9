// Where our NOTIFYs go, and which of these places are deaf: a watcher behind its next hop that left one unanswered.
// Bounded. Shard's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace presentia::runtime {

class Hops {
 public:
  enum class Verdict : std::uint8_t { answered, silent, none };  // none: abandoned, or not delivered at all

  // `most_deaf`: places remembered as deaf; beyond, the one found first is forgotten.
  explicit Hops(std::size_t most_deaf = 65536) : most_deaf_(most_deaf) {}

  // A NOTIFY goes there. `hop`: event::hop_of().
  void sent(std::uint64_t hop) { ++places_[hop].outstanding; }
  // It has its outcome. Any answer says that somebody listens.
  void finished(std::uint64_t hop, Verdict verdict);
  // NOTIFYs without outcome to a place that is deaf; 0 for any other.
  [[nodiscard]] std::size_t unheard(std::uint64_t hop) const;
  [[nodiscard]] bool deaf(std::uint64_t hop) const;
  // Places remembered.
  [[nodiscard]] std::size_t size() const { return places_.size(); }

 private:
  struct Place {
    std::size_t outstanding = 0;
    bool deaf = false;
  };
  void forget_one();

  std::size_t most_deaf_;
  std::unordered_map<std::uint64_t, Place> places_;
  std::deque<std::uint64_t> deaf_;  // in the order found; some may hear again
  std::size_t deaf_count_ = 0;
};

}  // namespace presentia::runtime
