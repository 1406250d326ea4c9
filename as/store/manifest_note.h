// RocksDB takes a manifest (its list of tables) that ends too early for one that a crash has cut, leaves out the tables
// that stood behind, and deletes them. So the length that is known to be on the disk is noted beside it.
#pragma once

#include <memory>
#include <string>

#include "as/base/result.h"

namespace rocksdb {
class DB;
class Env;
class EventListener;
}  // namespace rocksdb

namespace presentia::store {

inline constexpr const char* kManifestNote = "manifest.length";  // name of the file

// Fails with what is wrong if the manifest in the folder is shorter or older than the note says. No note is no fault.
[[nodiscard]] base::Result<base::Done> check_manifest(const std::string& path, rocksdb::Env& env);
// Writes the note for an open database. A failure leaves the older note, which stays true.
void note_manifest(rocksdb::DB& db);
// For the options of a database: notes whenever the manifest has grown.
[[nodiscard]] std::shared_ptr<rocksdb::EventListener> manifest_noter();

}  // namespace presentia::store
