// An immutable value that is replaced as a whole, and that other threads look at often: looking costs one atomic load
// unless it was replaced.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace presentia::base {

// The value; null until the first replacement. Any thread.
template <class T>
class Shared {
 public:
  [[nodiscard]] std::shared_ptr<const T> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  // Replaces it by what `change` makes of it (null for null). Nobody else replaces it meanwhile; gives what `change`
  // says beside: the pair's second.
  template <class Change>
  auto replace(const Change& change) {
    const std::lock_guard lock(mutex_);
    auto [next, result] = change(value_);
    value_ = std::move(next);
    version_.fetch_add(1, std::memory_order_release);
    return result;
  }
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<std::uint64_t> version_{0};
};

// One thread's view of it.
template <class T>
class SharedView {
 public:
  explicit SharedView(const Shared<T>& shared) : shared_(&shared) {}
  // Valid until the next call; null if there is none.
  [[nodiscard]] const T* get() {
    const std::uint64_t version = shared_->version();
    if (version != seen_) {
      held_ = shared_->get();
      seen_ = version;
    }
    return held_.get();
  }

 private:
  const Shared<T>* shared_;
  std::shared_ptr<const T> held_;
  std::uint64_t seen_ = 0;
};

}  // namespace presentia::base
