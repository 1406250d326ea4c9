// One RocksDB in one folder: opening it with a clear refusal, writing batches, reading ranges, copying, and opening it
// anew when it has failed. What the keys and values mean is the business of RocksStore.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "as/base/result.h"

namespace rocksdb {
class DB;
class Env;
class Status;
class WriteBatch;
}  // namespace rocksdb

namespace presentia::store {

// Text for a store that is refused as damaged: what is wrong, and what an operator can do.
[[nodiscard]] std::string damage(const std::string& path, const std::string& what);

class RocksDatabase {
 public:
  using Each = std::function<base::Result<base::Done>(std::string_view key, std::string_view value)>;

  // Makes the folder (for its owner alone) if it is missing, with a new store in it. Codes of errors: store.path
  // (folder cannot be made or used, or holds something else), store.locked (another server uses it), store.damaged,
  // store.io; the text says what to do. `env`: the file system, null for the real one; must outlive this. The process
  // must not fork afterwards: RocksDB's threads would be gone, and writes would wait for them without end.
  static base::Result<std::unique_ptr<RocksDatabase>> open(std::string path, rocksdb::Env* env);
  ~RocksDatabase();
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;

  // All or nothing; with `sync` it is on the disk afterwards. After a failure, whose outcome is unknown, nothing more
  // can be written before reopen(). Codes: store.no_space, store.io, store.damaged. One thread at a time.
  base::Result<base::Done> write(rocksdb::WriteBatch& batch, bool sync);
  // Gives what has keys in [from, to), in their order, until `each` fails. Any thread.
  base::Result<base::Done> read(std::string_view from, std::string_view to, const Each& each) const;
  // Makes all that was written durable, then a copy in `folder`, which must not exist. Codes: backup.exists,
  // backup.failed (also after a failed write, until reopen() succeeds). Any thread.
  base::Result<base::Done> copy_to(const std::string& folder) const;
  // Closes and opens again: what is on the disk counts. If it fails, what is there can still be read, if at all
  // possible. The thread that writes.
  base::Result<base::Done> reopen();
  // Of the folder; for messages.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  RocksDatabase(std::string path, rocksdb::Env* env);
  base::Result<base::Done> open_files();
  base::Result<base::Done> check_folder();
  [[nodiscard]] bool only_the_tail_is_torn() const;
  [[nodiscard]] base::Unexpected<base::Error> refused(const rocksdb::Status& status) const;
  base::Result<base::Done> try_folder();

  const std::string path_;
  rocksdb::Env* const env_;
  mutable std::shared_mutex mutex_;  // alone: to exchange db_
  std::unique_ptr<rocksdb::DB> db_;  // null only if reopening failed twice over
  // A write of db_ failed: RocksDB, as Debian builds it, ends the process when such a log is to be synced.
  std::atomic<bool> log_failed_{false};
};

}  // namespace presentia::store
