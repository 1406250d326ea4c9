#include "tests/adapter/store/fault_files.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace presentia::tests {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

bool is_log(const std::string& name) { return name.ends_with(".log"); }

std::shared_ptr<rocksdb::FileSystem> memory() {
  const std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  return env->GetFileSystem();
}

IOStatus dead() { return IOStatus::IOError("no power"); }

}  // namespace

class FaultFiles::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, FaultFiles& files)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), files_(files) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return files_.append(name_, data.size(), [&](std::size_t bytes) {
      return target()->Append(Slice(data.data(), bytes), options, debug);
    });
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& /*info*/,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override { return files_.sync(name_); }
  IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override { return files_.sync(name_); }
  [[nodiscard]] bool IsSyncThreadSafe() const override { return true; }  // as of a file on a disk
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  const std::string name_;
  FaultFiles& files_;
};

class FaultFiles::Directory final : public rocksdb::FSDirectory {
 public:
  Directory(std::string name, FaultFiles& files) : name_(std::move(name)), files_(files) {}
  IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    const std::lock_guard lock(files_.mutex_);
    if (auto counted = files_.count(); !counted.ok()) return counted;
    if (files_.fault_ == Fault::failing_sync) return IOStatus::IOError("fsync of the folder fails");
    for (auto& [name, kept] : files_.files_) {
      if (name.starts_with(name_)) kept.in_directory = true;
    }
    return IOStatus::OK();
  }

 private:
  const std::string name_;
  FaultFiles& files_;
};

FaultFiles::FaultFiles() : FileSystemWrapper(memory()) {
  env_ = rocksdb::NewCompositeEnv(std::shared_ptr<rocksdb::FileSystem>(this, [](FileSystem*) {}));
}

void FaultFiles::set(Fault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

void FaultFiles::hold() {
  const std::lock_guard lock(mutex_);
  hold_ = true;
}

void FaultFiles::release() {
  {
    const std::lock_guard lock(mutex_);
    hold_ = false;
  }
  changed_.notify_all();
}

void FaultFiles::wait_until_held() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return held_; });
}

std::size_t FaultFiles::syncs() const {
  const std::lock_guard lock(mutex_);
  return syncs_;
}

std::size_t FaultFiles::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

void FaultFiles::cut_power_after(std::size_t operations) {
  const std::lock_guard lock(mutex_);
  operations_left_ = operations;
}

void FaultFiles::restore_power(std::size_t kept) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Kept> rest;
  for (const auto& [name, file] : files_) {
    if (!file.in_directory) {
      target_->DeleteFile(name, IOOptions(), nullptr).PermitUncheckedError();
      continue;
    }
    const std::size_t lucky = is_log(name) ? kept : 0;
    const std::size_t length = std::min(file.written, file.synced + lucky);
    cut(name, length);
    rest[name] = {length, length, true};
  }
  files_ = std::move(rest);
  operations_left_ = SIZE_MAX;
  powered_ = true;
}

IOStatus FaultFiles::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                     std::unique_ptr<rocksdb::FSWritableFile>* made, IODebugContext* debug) {
  {
    const std::lock_guard lock(mutex_);
    if (!powered_) return dead();
    files_[name] = {};
  }
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = target_->NewWritableFile(name, options, &file, debug);
  if (status.ok()) *made = std::make_unique<File>(std::move(file), name, *this);
  return status;
}

IOStatus FaultFiles::NewDirectory(const std::string& name, const IOOptions& /*options*/,
                                  std::unique_ptr<rocksdb::FSDirectory>* made, IODebugContext* /*debug*/) {
  *made = std::make_unique<Directory>(name, *this);
  return IOStatus::OK();
}

// The new name counts at once, and so does what came before, as with a journal.
IOStatus FaultFiles::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  if (!powered_) return dead();
  IOStatus status = target_->RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  files_[to] = files_[from];
  files_.erase(from);
  for (auto& [name, kept] : files_) kept.in_directory = true;
  return status;
}

IOStatus FaultFiles::DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  if (!powered_) return dead();
  files_.erase(name);
  return target_->DeleteFile(name, options, debug);
}

IOStatus FaultFiles::append(const std::string& name, std::size_t bytes, const Write& write) {
  const std::lock_guard lock(mutex_);
  const bool was_powered = powered_;
  const IOStatus counted = count();
  const bool fails = !counted.ok() || fault_ == Fault::no_space;
  if (!was_powered) return counted;
  const std::size_t reached = fails ? bytes / 2 : bytes;
  IOStatus status = write(reached);
  files_[name].written += reached;
  if (!counted.ok()) return counted;
  if (fault_ == Fault::no_space) {
    status = IOStatus::NoSpace("no space left on the device");
    status.SetRetryable(true);  // as RocksDB's own file system says it
  }
  return status;
}

IOStatus FaultFiles::sync(const std::string& name) {
  std::unique_lock lock(mutex_);
  if (is_log(name)) {
    ++syncs_;
    held_ = hold_;
    if (hold_) changed_.notify_all();
    changed_.wait(lock, [this] { return !hold_; });
    held_ = false;
  }
  if (auto counted = count(); !counted.ok()) return counted;
  if (fault_ == Fault::failing_sync) return IOStatus::IOError("fsync of " + name + " fails");
  files_[name].synced = files_[name].written;
  return IOStatus::OK();
}

IOStatus FaultFiles::count() {
  ++operations_;
  if (powered_ && operations_left_-- == 0) powered_ = false;
  return powered_ ? IOStatus::OK() : dead();
}

void FaultFiles::cut(const std::string& name, std::size_t length) {
  std::string content;
  rocksdb::ReadFileToString(target_.get(), name, &content).PermitUncheckedError();
  content.resize(std::min(length, content.size()));
  rocksdb::WriteStringToFile(target_.get(), content, name).PermitUncheckedError();
}

}  // namespace presentia::tests
