// Ends the process at a given moment, whatever hangs: a stop that waits for a store or a peer for ever is none.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace presentia {

class LastResort {
 public:
  // From `at` on the process is gone, with status 1, unless this has been destroyed before.
  explicit LastResort(std::chrono::steady_clock::time_point at);
  ~LastResort();
  LastResort(const LastResort&) = delete;
  LastResort& operator=(const LastResort&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace presentia
