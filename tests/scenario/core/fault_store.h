// A store for tests: the memory store that retains, whose n-th commit goes wrong in a chosen way.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

#include "as/store/memory_store.h"

namespace presentia::test {

enum class CommitFault {
  none,
  lost,           // fails, and nothing of it was stored
  stored_failed,  // fails, but all of it was stored: the outcome of a failed commit is unknown
  crash_before,   // stored; the process dies before it learns so
  crash_after,    // stored; the process dies after it acted
};

class FaultStore final : public ports::StateStore {
 public:
  FaultStore() : records_(true) {}
  // The n-th commit (from 1) has that fault.
  void fault(std::size_t n, CommitFault fault) {
    faulty_ = n;
    fault_ = fault;
  }
  // Commits are stored, but done only when released.
  void hold() { holding_ = true; }
  void release() {
    holding_ = false;
    while (!held_.empty()) {
      auto done = std::move(held_.front());
      held_.pop_front();
      done();
    }
  }
  [[nodiscard]] std::size_t commits() const { return commits_; }
  // The process is to die now. True once.
  [[nodiscard]] bool take_crash() { return std::exchange(crash_, false); }
  // What waited for a commit died with the process.
  void forget_held() { held_.clear(); }

  base::Result<base::Done> load(base::Partition partition, const Sink& sink) override {
    if (std::exchange(fail_load_, false)) return base::Unexpected{base::Error{"io", "the disk cannot be read"}};
    return records_.load(partition, sink);
  }
  [[nodiscard]] bool writable() const override { return true; }
  base::Result<base::Done> backup(const std::string& folder) override { return records_.backup(folder); }
  void fail_next_load() { fail_load_ = true; }

  void commit(base::Partition partition, std::uint64_t epoch, ports::Commit commit, OnDone done) override {
    const CommitFault fault = ++commits_ == faulty_ ? fault_ : CommitFault::none;
    crash_ = crash_ || fault == CommitFault::crash_before || fault == CommitFault::crash_after;
    if (fault == CommitFault::lost) return done(base::Unexpected{base::Error{"io", "the disk is full"}});
    records_.commit(partition, epoch, std::move(commit), [&](base::Result<base::Done> result) {
      if (fault == CommitFault::crash_before) return;
      if (fault == CommitFault::stored_failed) result = base::Unexpected{base::Error{"io", "no answer from the disk"}};
      if (!holding_) return done(std::move(result));
      held_.emplace_back([done = std::move(done), result] { done(result); });
    });
  }

 private:
  store::MemoryStore records_;
  std::size_t commits_ = 0;
  std::size_t faulty_ = 0;
  CommitFault fault_ = CommitFault::none;
  bool crash_ = false;
  bool holding_ = false;
  bool fail_load_ = false;
  std::deque<std::function<void()>> held_;
};

}  // namespace presentia::test
