#include "as/store/rocks_store.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "as/base/log.h"

namespace presentia::store {
namespace {

constexpr base::Millis kLongestPause{4000};
constexpr unsigned kMostReaders = 8;
constexpr std::size_t kMostBytes = 8 * 1024 * 1024;  // of a batch; a single commit may be larger

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

base::Unexpected<base::Error> failed(std::string code, std::string text) {
  return {{std::move(code), std::move(text)}};
}

}  // namespace

// What is written together.
class RocksStore::Batch final : public RecordSink {
 public:
  void put(std::string_view key, std::string_view value) override { batch_.Put(slice(key), slice(value)); }
  void drop(std::string_view key) override { batch_.Delete(slice(key)); }
  // Begins a commit, which may be taken back.
  void begin() { batch_.SetSavePoint(); }
  void take_back() { batch_.RollbackToSavePoint(); }
  void keep() { batch_.PopSavePoint(); }
  [[nodiscard]] std::size_t bytes() const { return batch_.GetDataSize(); }
  [[nodiscard]] bool empty() const { return batch_.Count() == 0; }
  [[nodiscard]] rocksdb::WriteBatch& raw() { return batch_; }

 private:
  rocksdb::WriteBatch batch_;
};

RocksStore::Meters::Meters(base::Metrics& registry)
    : metrics(registry),
      commits(registry.counter("presentia_store_commits_total")),
      batches(registry.counter("presentia_store_batches_total")),
      bytes(registry.counter("presentia_store_bytes_total")),
      writable(registry.gauge("presentia_store_writable")),
      queue(registry.gauge("presentia_store_queue")),
      together(registry.histogram("presentia_store_batch_commits")),
      write_time(registry.histogram("presentia_store_write_seconds")) {
  writable.set(1);
}

void RocksStore::Meters::failed(const std::string& code) {
  metrics.counter("presentia_store_errors_total", {{"kind", code}}).add();
}

base::Result<std::unique_ptr<RocksStore>> RocksStore::open(const Setup& setup) {
  auto database = RocksDatabase::open(setup.path, setup.env);
  if (!database) return base::Unexpected{std::move(database).error()};
  std::unique_ptr<RocksStore> store(new RocksStore(setup, *std::move(database)));
  if (auto ours = store->check_format(); !ours) return base::Unexpected{std::move(ours).error()};
  if (auto read = store->read_epochs(); !read) return base::Unexpected{std::move(read).error()};
  if (auto sound = store->check_records(); !sound) return base::Unexpected{std::move(sound).error()};
  store->committer_ = std::thread([raw = store.get()] { raw->run(); });
  return store;
}

RocksStore::RocksStore(const Setup& setup, std::unique_ptr<RocksDatabase> database)
    : database_(std::move(database)),
      settings_(setup.live),
      meters_(setup.metrics),
      first_pause_(setup.first_pause),
      pause_(setup.first_pause) {}

RocksStore::~RocksStore() {
  if (!committer_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  committer_.join();
}

base::Result<base::Done> RocksStore::check_format() {
  std::optional<std::uint32_t> version;
  const std::string key = format_key();
  auto read = database_->read(key, key + '\0', [&](std::string_view, std::string_view value) {
    version = decode_format(value).value_or(0);
    return base::Result<base::Done>(base::Done{});
  });
  if (!read) return read;
  const std::string place = "store.path: the store in " + database_->path();
  if (version && *version > kFormatVersion) {
    return failed("store.newer", place + " has format " + std::to_string(*version) +
                                     " and was written by a newer "
                                     "version of the server; this one reads up to format " +
                                     std::to_string(kFormatVersion) +
                                     ". Use the newer version, or start with store.path naming a backup of this one's");
  }
  if (version == 0U) return failed("store.damaged", damage(database_->path(), "it does not say which format it has"));
  if (version) return read;
  bool anything = false;
  read = database_->read("", "\xFF\xFF\xFF", [&](std::string_view, std::string_view) {
    anything = true;
    return base::Result<base::Done>(base::Done{});
  });
  if (!read) return read;
  if (anything) return failed("store.foreign", place + " was not written by this server; name another folder");
  rocksdb::WriteBatch batch;
  batch.Put(slice(key), slice(encode_format(kFormatVersion)));
  return database_->write(batch, true);
}

base::Result<base::Done> RocksStore::read_epochs() {
  return database_->read(epoch_key(0), epoch_key(base::kPartitions), [&](std::string_view key, std::string_view value) {
    const auto partition = partition_of_epoch_key(key);
    const auto epoch = decode_epoch(value);
    if (!partition || !epoch)
      return base::Result<base::Done>(
          failed("store.damaged", damage(database_->path(), "the epoch of a partition cannot be read")));
    homes_[*partition].seen = homes_[*partition].stored = *epoch;
    return base::Result<base::Done>(base::Done{});
  });
}

// Reading all once finds what cannot be read before a record is changed or anybody served.
base::Result<base::Done> RocksStore::check_records() const {
  constexpr std::uint32_t kAtOnce = 32;  // partitions; few enough for all threads to end at about the same time
  std::atomic<std::uint32_t> next{0};
  std::mutex found;
  base::Result<base::Done> sound = base::Done{};
  const auto check = [&] {
    for (std::uint32_t at = next.fetch_add(kAtOnce); at < base::kPartitions; at = next.fetch_add(kAtOnce)) {
      auto read = read_records(at, at + kAtOnce, [](const ports::ResourceChange&) {});
      if (read) continue;
      const std::lock_guard lock(found);
      sound = std::move(read);
      next = base::kPartitions;
    }
  };
  {
    std::vector<std::jthread> helpers(std::clamp(std::thread::hardware_concurrency(), 1U, kMostReaders) - 1);
    for (std::jthread& helper : helpers) helper = std::jthread(check);
    check();
  }
  if (sound) return sound;
  return failed("store.damaged", damage(database_->path(), sound.error().text));
}

base::Result<base::Done> RocksStore::load(base::Partition partition, const Sink& sink) {
  homes_[partition].doubtful.store(false);  // first: what makes it doubtful while it is read must count
  auto loaded = read_records(partition, partition + 1U, sink);
  if (!loaded) homes_[partition].doubtful.store(true);
  return loaded;
}

base::Result<base::Done> RocksStore::read_records(std::uint32_t from, std::uint32_t to, const Sink& sink) const {
  RecordDecoder decoder(sink);
  auto read = database_->read(partition_begin(from), partition_begin(to),
                              [&](std::string_view key, std::string_view value) { return decoder.take(key, value); });
  if (read) read = decoder.finish();
  return read;
}

void RocksStore::commit(base::Partition partition, std::uint64_t epoch, ports::Commit commit, OnDone done) {
  bool was_empty = false;
  meters_.queue.add(1);
  {
    const std::lock_guard lock(mutex_);
    was_empty = queue_.empty();
    queue_.push_back({partition, epoch, std::move(commit), std::move(done)});
  }
  if (was_empty) arrived_.notify_one();
}

base::Result<base::Done> RocksStore::backup(const std::string& folder) { return database_->copy_to(folder); }

void RocksStore::run() {
  std::deque<Waiting> work;
  while (take(work)) {
    while (!work.empty()) write_some(work);
    if (!writable() && Clock::now() >= try_at_) try_again();
  }
}

bool RocksStore::take(std::deque<Waiting>& work) {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return stopping_ || !queue_.empty(); };
  if (writable()) {
    arrived_.wait(lock, ready);
  } else {
    arrived_.wait_until(lock, try_at_, ready);
  }
  work.swap(queue_);
  return !stopping_ || !work.empty();
}

void RocksStore::write_some(std::deque<Waiting>& work) {
  const auto& settings = settings_.snapshot()->config().store();
  Batch batch;
  std::vector<Waiting> together;
  while (!work.empty() && together.size() < settings.batch() && batch.bytes() < kMostBytes) {
    together.push_back(std::move(work.front()));
    work.pop_front();
    together.back().outcome = add(together.back(), batch);
  }
  if (!batch.empty()) {
    const auto begun = Clock::now();
    auto written = database_->write(batch.raw(), settings.durability() == config::Store::FSYNC);
    meters_.write_time.observe(std::chrono::duration<double>(Clock::now() - begun).count());
    if (written) {
      meters_.batches.add();
      meters_.together.observe(static_cast<double>(together.size()));
      meters_.bytes.add(static_cast<double>(batch.bytes()));
      for (const Waiting& one : together) {
        if (one.outcome) homes_[one.partition].stored = homes_[one.partition].seen;
      }
    } else {
      write_failed(together, written.error());
    }
  }
  meters_.queue.add(-static_cast<double>(together.size()));
  for (Waiting& one : together) {
    if (one.outcome) {
      meters_.commits.add();
    } else {
      meters_.failed(one.outcome.error().code);
    }
    one.done(std::move(one.outcome));
  }
}

base::Result<base::Done> RocksStore::add(Waiting& waiting, Batch& batch) {
  Home& home = homes_[waiting.partition];
  if (waiting.epoch < home.seen) return failed("fenced", "a later owner has committed");
  if (!writable()) {
    home.doubtful.store(true);
    return failed("store.read_only", "the store can only be read at present");
  }
  if (home.doubtful.load()) return failed("store.not_loaded", "an earlier commit of the partition has failed");
  batch.begin();
  for (const ports::ResourceChange& change : waiting.commit.changes) {
    if (auto encoded = encoder_.encode(waiting.partition, change, batch); !encoded) {
      batch.take_back();
      home.doubtful.store(true);
      return encoded;
    }
  }
  batch.keep();
  home.seen = waiting.epoch;
  if (home.stored < home.seen) batch.put(epoch_key(waiting.partition), encode_epoch(home.seen));
  return base::Done{};
}

void RocksStore::write_failed(std::vector<Waiting>& written, const base::Error& error) {
  for (Waiting& one : written) {
    if (!one.outcome) continue;
    one.outcome = base::Unexpected{error};
    homes_[one.partition].doubtful.store(true);
    homes_[one.partition].torn = true;
  }
  base::log(base::Module::store, base::Level::error, "store.read_only",
            {{"path", database_->path()}, {"code", error.code}, {"text", error.text}});
  pause_ = first_pause_;
  try_at_ = Clock::now() + pause_;
  set_writable(false);
}

void RocksStore::try_again() {
  auto works = database_->reopen();
  if (works) {
    rocksdb::WriteBatch probe;
    probe.Put(slice(probe_key()), {});
    works = database_->write(probe, true);
  }
  if (!works) {
    meters_.failed(works.error().code);
    base::log(base::Module::store, base::Level::debug, "store.still_read_only",
              {{"code", works.error().code}, {"text", works.error().text}});
    pause_ = std::min(2 * pause_, kLongestPause);
    try_at_ = Clock::now() + pause_;
    return;
  }
  // What failed may have been found on the disk now, after its partition was loaded without it.
  for (Home& home : homes_) {
    if (std::exchange(home.torn, false)) home.doubtful.store(true);
  }
  base::log(base::Module::store, base::Level::info, "store.writable", {{"path", database_->path()}});
  set_writable(true);
}

void RocksStore::set_writable(bool writable) {
  meters_.writable.set(writable ? 1 : 0);
  writable_.store(writable, std::memory_order_release);
}

}  // namespace presentia::store
