// A store for tests: the memory store that retains, whose n-th commit goes wrong in a chosen way.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <utility>

#include "as/store/memory_store.h"

namespace presentia::test {

enum class CommitFault {
  none,
  lost,            // fails, and nothing of it was stored
  stored_failed,   // fails, but all of it was stored: the outcome of a failed commit is unknown
  crash_unstored,  // not stored, and the process dies
  crash_before,    // stored; the process dies before it learns so
  crash_after,     // stored; the process dies after it acted
};

// Opens what is stored: nothing at first, then what an earlier one left behind.
using MakeStore = std::function<std::unique_ptr<ports::StateStore>(std::unique_ptr<ports::StateStore> before)>;

inline std::unique_ptr<ports::StateStore> make_memory_store(std::unique_ptr<ports::StateStore> before) {
  return before ? std::move(before) : std::make_unique<store::MemoryStore>(true);
}

class FaultStore final : public ports::StateStore {
 public:
  explicit FaultStore(MakeStore make) : make_(std::move(make)), records_(make_(nullptr)) {}
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
  // The process died: what waited for a commit is gone, and what is stored is opened anew.
  void restart() {
    held_.clear();
    records_ = make_(std::move(records_));
  }
  // Commits fail at once, and what is stored can be read.
  void set_writable(bool writable) { writable_ = writable; }

  base::Result<base::Done> load(base::Partition partition, const Sink& sink) override {
    if (std::exchange(fail_load_, false)) return base::Unexpected{base::Error{"io", "the disk cannot be read"}};
    return records_->load(partition, sink);
  }
  [[nodiscard]] std::uint64_t epoch(base::Partition partition) const override { return records_->epoch(partition); }
  void fail_next_load() { fail_load_ = true; }

  void commit(base::Partition partition, std::uint64_t epoch, ports::Commit commit, OnDone done) override {
    if (crash_) return;  // nobody is there any more who could have handed it over
    const CommitFault fault = ++commits_ == faulty_ ? fault_ : CommitFault::none;
    crash_ = crash_ || fault == CommitFault::crash_unstored || fault == CommitFault::crash_before ||
             fault == CommitFault::crash_after;
    if (fault == CommitFault::crash_unstored) return;
    if (fault == CommitFault::lost) return done(base::Unexpected{base::Error{"io", "the disk is full"}});
    if (!writable_) return done(base::Unexpected{base::Error{"io", "the disk is full"}});
    finished(stored(partition, epoch, std::move(commit)), fault, std::move(done));
  }
  [[nodiscard]] bool writable() const override { return writable_ && records_->writable(); }
  base::Result<base::Done> backup(const std::string& folder) override { return records_->backup(folder); }

 private:
  // Waits for a store that has a thread of its own.
  base::Result<base::Done> stored(base::Partition partition, std::uint64_t epoch, ports::Commit commit) {
    std::promise<base::Result<base::Done>> promise;
    auto result = promise.get_future();
    records_->commit(partition, epoch, std::move(commit),
                     [&promise](base::Result<base::Done> done) { promise.set_value(std::move(done)); });
    return result.get();
  }
  void finished(base::Result<base::Done> result, CommitFault fault, OnDone done) {
    if (fault == CommitFault::crash_before) return;
    if (fault == CommitFault::stored_failed) result = base::Unexpected{base::Error{"io", "no answer from the disk"}};
    if (!holding_) return done(std::move(result));
    held_.emplace_back([done = std::move(done), result] { done(result); });
  }

  MakeStore make_;
  std::unique_ptr<ports::StateStore> records_;
  bool writable_ = true;
  std::size_t commits_ = 0;
  std::size_t faulty_ = 0;
  CommitFault fault_ = CommitFault::none;
  bool crash_ = false;
  bool holding_ = false;
  bool fail_load_ = false;
  std::deque<std::function<void()>> held_;
};

}  // namespace presentia::test
