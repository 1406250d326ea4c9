#include "as/store/manifest_note.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>

#include <cstdint>
#include <mutex>
#include <sstream>
#include <vector>

namespace presentia::store {
namespace {

constexpr const char* kTemporary = "manifest.length.dbtmp";

class Noter final : public rocksdb::EventListener {
 public:
  void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& /*info*/) override { note_manifest(*db); }
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& /*info*/) override {
    note_manifest(*db);
  }
};

base::Unexpected<base::Error> failed(std::string text) { return {{"store.damaged", std::move(text)}}; }

}  // namespace

base::Result<base::Done> check_manifest(const std::string& path, rocksdb::Env& env) {
  std::string note, current;
  if (!rocksdb::ReadFileToString(&env, path + "/" + kManifestNote, &note).ok()) return base::Done{};
  if (!rocksdb::ReadFileToString(&env, path + "/CURRENT", &current).ok()) return failed("the file CURRENT is missing");
  std::string noted;
  std::uint64_t length = 0;
  if (!(std::istringstream(note) >> noted >> length)) return failed(std::string(kManifestNote) + " cannot be read");
  if (!current.empty() && current.back() == '\n') current.pop_back();
  // numbers have six digits, and more when they are larger
  if (current.size() > noted.size() || (current.size() == noted.size() && current > noted)) return base::Done{};
  if (current != noted) return failed("CURRENT names " + current + ", but " + noted + " came after it");
  std::uint64_t found = 0;
  if (!env.GetFileSize(path + "/" + current, &found).ok()) return failed(current + " is missing");
  if (found < length) {
    return failed(current + " has " + std::to_string(found) + " bytes, but had " + std::to_string(length));
  }
  return base::Done{};
}

// Flushes and compactions end on several threads.
void note_manifest(rocksdb::DB& db) {
  static std::mutex one_writes;
  const std::lock_guard lock(one_writes);
  std::vector<std::string> files;
  std::uint64_t length = 0;  // what has been synced
  if (!db.GetLiveFiles(files, &length, false).ok()) return;
  for (const std::string& file : files) {
    if (!file.starts_with("/MANIFEST-")) continue;
    rocksdb::Env& env = *db.GetEnv();
    const std::string folder = db.GetName() + "/";
    const std::string note = file.substr(1) + " " + std::to_string(length) + "\n";
    if (!rocksdb::WriteStringToFile(&env, note, folder + kTemporary, true).ok()) return;
    env.RenameFile(folder + kTemporary, folder + kManifestNote).PermitUncheckedError();
  }
}

std::shared_ptr<rocksdb::EventListener> manifest_noter() { return std::make_shared<Noter>(); }

}  // namespace presentia::store
