// What RocksStore refuses to open: it says what is wrong and what to do, and leaves the records as they are.
#include <rocksdb/write_batch.h>

#include <fstream>
#include <iterator>

#include "as/store/rocks_store.h"
#include "tests/adapter/store/support.h"

namespace presentia::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

class DamagedStore : public StoreTest {
 protected:
  // A store with some records in tables and some in the log.
  void SetUp() override {
    open(path);
    fill(1);
    open(path);
    fill(2);
    close();
  }
  void fill(std::uint64_t round) {
    for (base::Partition partition = 0; partition < 50; ++partition) {
      auto record = publication(round);
      record.body = std::make_shared<const std::string>(5000, static_cast<char>('a' + partition % 26));
      ASSERT_EQ(code(commit({ports::PutPublication{record}}, 1, partition)), "done");
    }
  }
  fs::path file(const std::string& begin, const std::string& end) const {
    for (const auto& entry : fs::directory_iterator(path)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(begin) && name.ends_with(end) && entry.file_size() > 0) return entry.path();
    }
    ADD_FAILURE() << "no file " << begin << "…" << end;
    return {};
  }
  static void flip(const fs::path& name, std::uintmax_t where) {
    std::fstream stream(name, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(where));
    const int was = stream.get();
    stream.seekp(static_cast<std::streamoff>(where));
    stream.put(static_cast<char>(was ^ 0xFF));
  }
  static void cut(const fs::path& name) { fs::resize_file(name, fs::file_size(name) / 2); }
  void write(const std::string& key, const std::string& value) {
    auto database = store::RocksDatabase::open(path, nullptr);
    ASSERT_TRUE(database.has_value());
    rocksdb::WriteBatch batch;
    batch.Put(key, value);
    ASSERT_TRUE((*database)->write(batch, true).has_value());
  }
  void expect_refused(const std::string& expected_code, const std::string& text) {
    const Outcome opened = try_open(path);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, expected_code) << opened.error().text;
    EXPECT_THAT(opened.error().text, AllOf(HasSubstr("store.path"), HasSubstr(path), HasSubstr(text)));
    if (expected_code == "store.damaged") {
      EXPECT_THAT(opened.error().text, AllOf(HasSubstr("naming a backup"), HasSubstr("move the folder away")));
    }
  }

  const std::string path = folder.path("state");
};

TEST_F(DamagedStore, IsFineAsItIs) {
  open(path);
  EXPECT_EQ(load().size(), 2U);
}

TEST_F(DamagedStore, ATruncatedTable) {
  cut(file("", ".sst"));
  expect_refused("store.damaged", ".sst");
}

TEST_F(DamagedStore, AByteOfATable) {
  const fs::path table = file("", ".sst");
  flip(table, 100);
  expect_refused("store.damaged", "checksum");
}

TEST_F(DamagedStore, AMissingTable) {
  fs::remove(file("", ".sst"));
  expect_refused("store.damaged", "No such file");
}

TEST_F(DamagedStore, ATruncatedManifest) {
  cut(file("MANIFEST-", ""));
  const auto before = std::distance(fs::directory_iterator(path), {});
  expect_refused("store.damaged", "bytes, but had");
  EXPECT_EQ(std::distance(fs::directory_iterator(path), {}), before);
}

TEST_F(DamagedStore, AMissingManifest) {
  fs::remove(file("MANIFEST-", ""));
  expect_refused("store.damaged", "MANIFEST");
}

TEST_F(DamagedStore, AMissingCurrentIsNoReasonForAnEmptyStore) {
  fs::remove(fs::path(path) / "CURRENT");
  expect_refused("store.damaged", "CURRENT is missing");
}

TEST_F(DamagedStore, AByteInTheMiddleOfTheLog) {
  const fs::path log = file("", ".log");
  flip(log, fs::file_size(log) / 2);
  expect_refused("store.damaged", "");
}

TEST_F(DamagedStore, ALogThatEndsInTheMiddleOfAWriteIsWhatACrashLeaves) {
  const fs::path log = file("", ".log");
  fs::resize_file(log, fs::file_size(log) - 1000);
  open(path);
  EXPECT_EQ(load(48).size(), 2U);
  EXPECT_EQ(load(49).size(), 1U);
}

TEST_F(DamagedStore, ALogWithAHoleInItsLastWriteIsWhatAPowerCutLeaves) {
  const fs::path log = file("", ".log");
  flip(log, fs::file_size(log) - 1000);
  open(path);
  EXPECT_EQ(load(48).size(), 2U);
  EXPECT_EQ(load(49).size(), 1U);
}

TEST_F(DamagedStore, ANewerFormat) {
  write(store::format_key(), store::encode_format(store::kFormatVersion + 1));
  expect_refused("store.newer", "newer version");
  write(store::format_key(), store::encode_format(store::kFormatVersion));
  open(path);
  EXPECT_EQ(load().size(), 2U);
}

TEST_F(DamagedStore, AnUnreadableFormat) {
  write(store::format_key(), "\x07");
  expect_refused("store.damaged", "which format");
}

TEST_F(DamagedStore, ARecordThatCannotBeReadIsNamed) {
  std::string key;
  store::write_key({.partition = kHome,
                    .resource = kAlice,
                    .kind = store::Kind::publication,
                    .name = "presence",
                    .number = 1,
                    .part = {}},
                   key);
  write(key, "\x07");
  expect_refused("store.damaged", "partition 17, resource sip:alice@example.com, publication presence 1");
}

TEST_F(DamagedStore, AStoreOfSomethingElse) {
  fs::remove_all(path);
  write("key", "value");
  expect_refused("store.foreign", "not written by this server");
}

TEST_F(DamagedStore, AFolderOfSomethingElse) {
  fs::remove_all(path);
  fs::create_directory(path);
  std::ofstream(fs::path(path) / "letter.txt") << "dear";
  expect_refused("store.path", "letter.txt");
  EXPECT_EQ(std::distance(fs::directory_iterator(path), {}), 1);
}

TEST_F(DamagedStore, AFileInsteadOfAFolder) {
  fs::remove_all(path);
  std::ofstream(path) << "no folder";
  expect_refused("store.path", "folder");
}

TEST_F(DamagedStore, AStartThatWasStoppedWhileItMadeTheStoreIsNoDamage) {
  fs::remove_all(path);
  fs::create_directories(fs::path(path) / "lost+found");
  std::ofstream(fs::path(path) / "MANIFEST-000001") << "half";
  std::ofstream(fs::path(path) / "LOCK");
  open(path);
  EXPECT_THAT(load(), IsEmpty());
}

}  // namespace
}  // namespace presentia::tests
