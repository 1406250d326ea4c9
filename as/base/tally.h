// Counts by name what many threads hold. One of the few places with a lock: what it guards is a number, for a moment.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace presentia::base {

class Tally {
  using Counts = std::unordered_map<std::string, std::size_t>;

 public:
  // Counts one under a name, as long as it lives. Moved, not copied; may end on any thread, before the tally.
  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept
        : tally_(std::exchange(other.tally_, nullptr)), counted_(std::exchange(other.counted_, nullptr)) {}
    Hold& operator=(Hold&& other) noexcept {
      Hold taken(std::move(other));
      std::swap(tally_, taken.tally_);
      std::swap(counted_, taken.counted_);
      return *this;
    }
    ~Hold() {
      if (tally_ != nullptr) tally_->release(*counted_);
    }
    explicit operator bool() const { return tally_ != nullptr; }

   private:
    friend class Tally;
    Hold(Tally* tally, Counts::value_type* counted) : tally_(tally), counted_(counted) {}
    Tally* tally_ = nullptr;
    Counts::value_type* counted_ = nullptr;
  };

  Tally() = default;
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  [[nodiscard]] Hold hold(std::string_view name);                // any thread
  [[nodiscard]] std::size_t count(std::string_view name) const;  // any thread
  // Of all names together. Any thread.
  [[nodiscard]] std::size_t total() const { return total_.load(std::memory_order_relaxed); }

 private:
  struct Stripe {
    mutable std::mutex mutex;
    Counts counts;  // nobody's name is kept
  };
  [[nodiscard]] std::size_t stripe_of(std::string_view name) const {
    return std::hash<std::string_view>{}(name) % stripes_.size();
  }
  void release(Counts::value_type& counted);

  std::array<Stripe, 64> stripes_;
  std::atomic<std::size_t> total_{0};
};

}  // namespace presentia::base
