#include "as/main/last_resort.h"

#include <unistd.h>

#include <cstdio>

namespace presentia {
namespace {

constexpr int kHung = 1;

}  // namespace

LastResort::LastResort(std::chrono::steady_clock::time_point at)
    : thread_([this, at] {
        std::unique_lock lock(mutex_);
        if (changed_.wait_until(lock, at, [this] { return over_; })) return;
        // Neither the log nor any destructor can be relied upon now.
        std::fputs("presentia: not everything has stopped within drain.timeout_s; ended all the same\n", stderr);
        _exit(kHung);
      }) {}

LastResort::~LastResort() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

}  // namespace presentia
