// A file system for RocksDB that keeps everything in memory and fails as told: no space, a failing sync, a sync that
// does not end yet, and a power cut, which leaves of each file what was synced.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace presentia::tests {

class FaultFiles final : public rocksdb::FileSystemWrapper {
 public:
  enum class Fault { none, no_space, failing_sync };

  FaultFiles();

  // For RocksStore::Setup.
  [[nodiscard]] rocksdb::Env* env() { return env_.get(); }
  // From now on. no_space: half of each append is written. Any thread.
  void set(Fault fault);
  // Syncs of the log wait until release(). Any thread.
  void hold();
  void release();
  // Waits until a sync of the log is being held.
  void wait_until_held();
  [[nodiscard]] std::size_t syncs() const;       // of the log, so far
  [[nodiscard]] std::size_t operations() const;  // appends and syncs of all files, so far

  // After so many more appends and syncs nothing reaches the files any more; the one in which it happens half.
  void cut_power_after(std::size_t operations);
  // What was not synced is lost; of what is lost, `kept` bytes (at most) of the end of the log happened to reach the
  // disk. Everything works again.
  void restore_power(std::size_t kept = 0);

  const char* Name() const override { return "FaultFiles"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* made,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* made, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  class File;
  class Directory;
  struct Kept {
    std::size_t written = 0;
    std::size_t synced = 0;
    bool in_directory = false;  // its name has been synced
  };
  using Write = std::function<rocksdb::IOStatus(std::size_t bytes)>;

  rocksdb::IOStatus append(const std::string& name, std::size_t bytes, const Write& write);
  rocksdb::IOStatus sync(const std::string& name);
  rocksdb::IOStatus count();  // fails if the power is cut, by this operation or before
  void cut(const std::string& name, std::size_t length);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Kept> files_;
  Fault fault_ = Fault::none;
  bool held_ = false, hold_ = false;
  bool powered_ = true;
  std::size_t syncs_ = 0, operations_ = 0;
  std::size_t operations_left_ = SIZE_MAX;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace presentia::tests
