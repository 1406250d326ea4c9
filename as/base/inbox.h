// The only way into a thread of ours: a queue of values with two lanes. Many producers, one consumer.
// Completions (answers to our own questions, timers' work) are never refused and are drained first; admissions (new
// requests) are bounded, with a reserved tenth for what frees state.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "as/base/time.h"

namespace presentia::base {

enum class Lane { completion, admission, relief };  // relief: removals and unsubscribes, refused last

template <class T>
class Inbox {
 public:
  // `wake` is called (on the producer's thread, without the lock) when the inbox turns from empty to not empty.
  explicit Inbox(std::size_t capacity, std::function<void()> wake = {}) : capacity_(capacity), wake_(std::move(wake)) {}

  // False if refused: the lane is full (never for completions) or the inbox closed. Any thread.
  bool post(Lane lane, T value) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return false;
      if (lane == Lane::admission && admissions_.size() >= capacity_ - capacity_ / 10) return false;
      if (lane == Lane::relief && admissions_.size() >= capacity_) return false;
      was_empty = completions_.empty() && admissions_.empty();
      (lane == Lane::completion ? completions_ : admissions_).push_back(std::move(value));
    }
    if (was_empty) {
      if (wake_) wake_();
      arrived_.notify_one();
    }
    return true;
  }

  // Takes all completions, then all admissions, in order of arrival, appending to `out`. Consumer's thread.
  void drain(std::vector<T>& out) {
    const std::lock_guard lock(mutex_);
    take(completions_, out);
    take(admissions_, out);
  }

  // As drain(), but waits until there is something, `until` comes by the steady clock, or the inbox is closed.
  void wait_and_drain(std::vector<T>& out, std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    arrived_.wait_until(lock, until, [this] { return closed_ || !completions_.empty() || !admissions_.empty(); });
    take(completions_, out);
    take(admissions_, out);
  }

  // Nothing is taken in any more; the consumer wakes. What is inside can still be drained. Any thread.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    if (wake_) wake_();
    arrived_.notify_all();
  }

  [[nodiscard]] std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return completions_.size() + admissions_.size();
  }

 private:
  static void take(std::vector<T>& from, std::vector<T>& out) {
    for (T& value : from) out.push_back(std::move(value));
    from.clear();
  }

  const std::size_t capacity_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<T> completions_;
  std::vector<T> admissions_;
  bool closed_ = false;
};

}  // namespace presentia::base
