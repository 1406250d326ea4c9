// The store on disk. Commits of all shards queue up for one thread, which writes what waits together, syncs once, and
// says so to each. When a write fails, the store can only be read until the folder takes writes again.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "as/base/metrics.h"
#include "as/ports/state_store.h"
#include "as/store/record_codec.h"
#include "as/store/rocks_database.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::store {

class RocksStore final : public ports::StateStore {
 public:
  struct Setup {
    std::string path;
    const mgmt::Live& live;  // store.durability and store.batch are read for every batch
    base::Metrics& metrics;
    rocksdb::Env* env = nullptr;             // for tests: where the files are
    base::Millis first_pause = kFirstPause;  // before it is tried whether the folder takes writes again; doubles
  };
  static constexpr base::Millis kFirstPause{250};

  // Everything in `setup` outlives it. Codes of errors as RocksDatabase::open(), and store.newer (written by a newer
  // version), store.foreign (not ours); the text says what to do.
  static base::Result<std::unique_ptr<RocksStore>> open(const Setup& setup);
  // Writes what still waits.
  ~RocksStore() override;

  base::Result<base::Done> load(base::Partition partition, const Sink& sink) override;
  [[nodiscard]] std::uint64_t epoch(base::Partition partition) const override { return homes_[partition].seen; }
  // `done` comes on the thread of the store, in the order of the commits. Once one has failed, the later ones of its
  // partition fail too, until it has been loaded again. Codes of errors: store.read_only, store.not_loaded, fenced,
  // store.name, and those of RocksDatabase::write().
  void commit(base::Partition partition, std::uint64_t epoch, ports::Commit commit, OnDone done) override;
  [[nodiscard]] bool writable() const override { return writable_.load(std::memory_order_acquire); }
  [[nodiscard]] base::Result<base::Done> backup(const std::string& folder) override;

 private:
  struct Waiting {
    base::Partition partition = 0;
    std::uint64_t epoch = 0;
    ports::Commit commit;
    OnDone done;
    base::Result<base::Done> outcome = base::Done{};
  };
  struct Home {                         // of a partition
    std::uint64_t seen = 0;             // epoch; committer's thread while it has commits of the partition
    std::uint64_t stored = 0;           // epoch on disk
    bool torn = false;                  // a batch with a commit of it failed, which may be on disk nevertheless
    std::atomic<bool> doubtful{false};  // a commit failed and it has not been loaded since
  };
  struct Meters {
    explicit Meters(base::Metrics& metrics);
    void failed(const std::string& code);
    base::Metrics& metrics;
    base::Counter commits, batches, bytes;
    base::Gauge writable, queue;
    base::Histogram together, write_time;
  };
  class Batch;
  using Clock = std::chrono::steady_clock;

  RocksStore(const Setup& setup, std::unique_ptr<RocksDatabase> database);
  base::Result<base::Done> check_format();
  base::Result<base::Done> read_epochs();
  [[nodiscard]] base::Result<base::Done> check_records() const;
  [[nodiscard]] base::Result<base::Done> read_records(std::uint32_t from, std::uint32_t to, const Sink& sink) const;
  void run();
  // Waits for work; false at the end.
  bool take(std::deque<Waiting>& work);
  void write_some(std::deque<Waiting>& work);
  base::Result<base::Done> add(Waiting& waiting, Batch& batch);
  void write_failed(std::vector<Waiting>& written, const base::Error& error);
  void try_again();
  void set_writable(bool writable);

  const std::unique_ptr<RocksDatabase> database_;
  mgmt::Reader settings_;  // committer's thread
  Meters meters_;
  RecordEncoder encoder_;
  std::array<Home, base::kPartitions> homes_;
  std::atomic<bool> writable_{true};
  const base::Millis first_pause_;
  base::Millis pause_;
  Clock::time_point try_at_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Waiting> queue_;
  bool stopping_ = false;
  std::thread committer_;
};

}  // namespace presentia::store
