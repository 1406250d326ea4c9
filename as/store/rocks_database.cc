#include "as/store/rocks_database.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <utility>
#include <vector>

#include "as/base/log.h"
#include "as/store/manifest_note.h"

namespace presentia::store {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kKiB = 1024;
constexpr std::size_t kPartitionSize = 2;
constexpr mode_t kOwnerOnly = 0700;
constexpr const char* kProbeFile = "/000000.dbtmp";  // of a kind that RocksDB clears away itself

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

base::Unexpected<base::Error> failed(std::string code, std::string text) {
  return {{std::move(code), std::move(text)}};
}

rocksdb::Options options(rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  // A record torn at the very end is what a crash leaves, and was never acknowledged; anything else in the log is
  // damage and is refused. Log files cannot be recycled with that: RocksDB then takes every damage for an end.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.paranoid_checks = true;
  // Errors are ours to get over (RocksStore), not a thread's in there.
  options.max_bgerror_resume_count = 0;
  options.max_background_jobs = 2;
  options.write_buffer_size = 64 * kMiB;
  options.max_total_wal_size = 256 * kMiB;  // bounds how long opening takes
  options.bytes_per_sync = kMiB;            // so that a sync of the log does not wait for a whole table
  options.compression = rocksdb::kLZ4Compression;
  options.allow_concurrent_memtable_write = false;  // one thread writes
  // Where the last record of a partition went into the memory table is where the search for the next one begins.
  options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(kPartitionSize));
  options.enable_write_thread_adaptive_yield = false;
  options.keep_log_file_num = 4;
  options.max_log_file_size = 4 * kMiB;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  rocksdb::BlockBasedTableOptions table;  // no bloom filter: only ranges are read, and only at start
  table.block_size = 16 * kKiB;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

base::Result<std::unique_ptr<rocksdb::DB>, rocksdb::Status> open_db(const rocksdb::Options& options,
                                                                    const std::string& path, bool read_only = false) {
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      read_only ? rocksdb::DB::OpenForReadOnly(options, path, &db) : rocksdb::DB::Open(options, path, &db);
  if (!status.ok()) return base::Unexpected{status};
  return std::unique_ptr<rocksdb::DB>(db);
}

std::string code_of(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return "store.no_space";
  if (status.IsCorruption()) return "store.damaged";
  return "store.io";
}

bool ends_with_any(const std::string& name, std::initializer_list<std::string_view> ends) {
  return std::ranges::any_of(ends, [&](std::string_view end) { return std::string_view(name).ends_with(end); });
}

// What RocksDB leaves when it was stopped before it had made a new store, and what file systems put into a new folder.
bool holds_no_records(const std::string& name) {
  return name == "." || name == ".." || name == "lost+found" || name == "LOCK" || name == "IDENTITY" ||
         name.starts_with("LOG") || name.starts_with("MANIFEST-") || name.starts_with("OPTIONS-") ||
         name == kManifestNote || name.ends_with(".dbtmp");
}

base::Result<base::Done> make_folder(const std::string& path, rocksdb::Env* env) {
  if (env != rocksdb::Env::Default()) {
    const rocksdb::Status made = env->CreateDirIfMissing(path);
    if (!made.ok()) return failed("store.path", made.ToString());
    return base::Done{};
  }
  std::error_code error;
  std::string folder = path;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  std::filesystem::create_directories(std::filesystem::path(folder).parent_path(), error);
  if (::mkdir(folder.c_str(), kOwnerOnly) == 0 || errno == EEXIST) return base::Done{};
  return failed("store.path", std::strerror(errno));
}

}  // namespace

std::string damage(const std::string& path, const std::string& what) {
  return "store.path: the store in " + path + " is damaged: " + what +
         ". No record has been changed. Start with store.path naming a backup or, to give up what is stored, move the "
         "folder away";
}

RocksDatabase::RocksDatabase(std::string path, rocksdb::Env* env)
    : path_(std::move(path)), env_(env == nullptr ? rocksdb::Env::Default() : env) {}

RocksDatabase::~RocksDatabase() {
  if (db_ && !log_failed_) db_->SyncWAL().PermitUncheckedError();  // durability os may have waited; the end is orderly
}

base::Result<std::unique_ptr<RocksDatabase>> RocksDatabase::open(std::string path, rocksdb::Env* env) {
  std::unique_ptr<RocksDatabase> database(new RocksDatabase(std::move(path), env));
  if (auto opened = database->open_files(); !opened) return base::Unexpected{std::move(opened).error()};
  return database;
}

base::Result<base::Done> RocksDatabase::open_files() {
  if (auto fit = check_folder(); !fit) return fit;
  rocksdb::Options how = options(env_);
  how.create_if_missing = true;
  how.listeners.push_back(manifest_noter());
  auto opened = open_db(how, path_);
  if (!opened && opened.error().IsCorruption() && only_the_tail_is_torn()) {
    base::log(base::Module::store, base::Level::warn, "store.tail_torn",
              {{"path", path_}, {"text", "what was being written at the end, and not acknowledged, is left out"}});
    how.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    opened = open_db(how, path_);
  }
  if (!opened) return refused(opened.error());
  db_ = *std::move(opened);
  log_failed_ = false;
  note_manifest(*db_);
  return base::Done{};
}

// RocksDB would make a new, empty store where its file CURRENT is missing.
base::Result<base::Done> RocksDatabase::check_folder() {
  if (auto made = make_folder(path_, env_); !made)
    return failed("store.path", "store.path: the folder " + path_ + " cannot be made: " + made.error().text);
  std::vector<std::string> names;
  if (const rocksdb::Status listed = env_->GetChildren(path_, &names); !listed.ok())
    return failed("store.path", "store.path: " + path_ + " cannot be used as a folder: " + listed.ToString());
  if (std::ranges::find(names, "CURRENT") != names.end()) {
    if (auto whole = check_manifest(path_, *env_); !whole)
      return failed("store.damaged", damage(path_, whole.error().text));
    return base::Done{};
  }
  for (const std::string& name : names) {
    if (ends_with_any(name, {".sst", ".log"}))
      return refused(rocksdb::Status::Corruption("there is " + name + ", but the file CURRENT is missing"));
    if (!holds_no_records(name))
      return failed("store.path", "store.path: " + path_ + " holds something that is no store (" + name +
                                      "); name a folder of its own, it is made if it is missing");
  }
  return base::Done{};
}

// After a power cut the last write, which was not acknowledged, may be there in pieces, with a hole. Then nothing whole
// comes after it. If something does, what is unreadable had been acknowledged.
bool RocksDatabase::only_the_tail_is_torn() const {
  rocksdb::Options how = options(env_);
  how.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  const auto before = open_db(how, path_, true);
  how.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  const auto all = open_db(how, path_, true);
  return before && all && (*before)->GetLatestSequenceNumber() == (*all)->GetLatestSequenceNumber();
}

base::Unexpected<base::Error> RocksDatabase::refused(const rocksdb::Status& status) const {
  const std::string text = status.ToString();
  if (status.IsIOError() && text.find("/LOCK: ") != std::string::npos) {
    return failed("store.locked", "store.path: another server uses " + path_ + "; one at a time can (" + text + ")");
  }
  if (status.IsCorruption() || status.IsNotSupported() || status.IsInvalidArgument() || status.IsNotFound() ||
      status.IsPathNotFound()) {
    return failed("store.damaged", damage(path_, text));
  }
  return failed(code_of(status), "store.path: the store in " + path_ + " cannot be opened: " + text);
}

base::Result<base::Done> RocksDatabase::write(rocksdb::WriteBatch& batch, bool sync) {
  const std::shared_lock lock(mutex_);
  if (!db_) return failed("store.io", "the store is closed");
  rocksdb::WriteOptions how;
  how.sync = sync;
  const rocksdb::Status status = db_->Write(how, &batch);
  if (status.ok()) return base::Done{};
  log_failed_ = true;
  return failed(code_of(status), status.ToString());
}

base::Result<base::Done> RocksDatabase::read(std::string_view from, std::string_view to, const Each& each) const {
  const std::shared_lock lock(mutex_);
  if (!db_) return failed("store.io", "the store is closed");
  rocksdb::ReadOptions how;
  const rocksdb::Slice end = slice(to);
  how.iterate_upper_bound = &end;
  how.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(how));
  for (at->Seek(slice(from)); at->Valid(); at->Next()) {
    if (auto taken = each(view(at->key()), view(at->value())); !taken) return taken;
  }
  if (!at->status().ok()) return failed(code_of(at->status()), at->status().ToString());
  return base::Done{};
}

base::Result<base::Done> RocksDatabase::copy_to(const std::string& folder) const {
  const std::shared_lock lock(mutex_);
  if (!db_) return failed("store.io", "the store is closed");
  if (log_failed_) return failed("backup.failed", "no backup in " + folder + ": the store can only be read at present");
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(folder);
  if (status.IsInvalidArgument()) return failed("backup.exists", folder + " exists; a backup makes its folder itself");
  if (!status.ok()) return failed("backup.failed", "no backup in " + folder + ": " + status.ToString());
  if (env_ == rocksdb::Env::Default() && ::chmod(folder.c_str(), kOwnerOnly) != 0)
    return failed("backup.failed", folder + " cannot be kept from others: " + std::strerror(errno));
  return base::Done{};
}

base::Result<base::Done> RocksDatabase::reopen() {
  if (auto sound = try_folder(); !sound) return sound;
  const std::unique_lock lock(mutex_);
  db_.reset();
  auto opened = open_files();
  if (opened) return opened;
  if (auto readable = open_db(options(env_), path_, true)) db_ = *std::move(readable);
  return opened;
}

// Closing and opening costs; it is tried only when a file can be written and synced again.
base::Result<base::Done> RocksDatabase::try_folder() {
  const std::string name = path_ + kProbeFile;
  rocksdb::Status status = rocksdb::WriteStringToFile(env_, std::string(kMiB, '\0'), name, true);
  const rocksdb::Status deleted = env_->DeleteFile(name);
  if (status.ok()) status = deleted;
  if (!status.ok()) return failed(code_of(status), status.ToString());
  return base::Done{};
}

}  // namespace presentia::store
