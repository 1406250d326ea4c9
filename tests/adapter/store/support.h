// A RocksStore for tests, on files in memory that fail as told or in a folder of its own, and commits that are waited
// for.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "as/store/rocks_store.h"
#include "mgmt/attributes/values.h"
#include "tests/adapter/store/fault_files.h"
#include "tests/support/state_records.h"

namespace presentia::tests {

using Outcome = base::Result<base::Done>;

inline std::string code(const Outcome& outcome) { return outcome ? "done" : outcome.error().code; }

// A folder that is gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "presentia-store-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

class StoreTest : public testing::Test {
 protected:
  static constexpr base::Partition kHome = 17;
  static constexpr const char* kAlice = "sip:alice@example.com";

  StoreTest() { config().mutable_store()->set_batch(256); }

  config::Config& config() { return config_; }
  void apply_config() { live_.swap(std::make_shared<const mgmt::Snapshot>(config_, ++version_)); }

  Outcome try_open(const std::string& path, rocksdb::Env* env = nullptr) {
    store_.reset();
    auto opened = store::RocksStore::open(
        {.path = path, .live = live_, .metrics = metrics_, .env = env, .first_pause = base::Millis(1)});
    if (!opened) return base::Unexpected{opened.error()};
    store_ = *std::move(opened);
    return base::Done{};
  }
  void open(const std::string& path, rocksdb::Env* env = nullptr) {
    const Outcome opened = try_open(path, env);
    ASSERT_TRUE(opened.has_value()) << opened.error().text;
  }
  void close() { store_.reset(); }
  store::RocksStore& store() { return *store_; }

  std::future<Outcome> begin(base::Partition partition, std::vector<ports::RecordChange> changes,
                             std::uint64_t epoch = 1) {
    ports::Commit commit;
    for (auto& change : changes) commit.changes.push_back({kAlice, std::move(change)});
    auto promise = std::make_shared<std::promise<Outcome>>();
    auto future = promise->get_future();
    store_->commit(partition, epoch, std::move(commit), [promise](Outcome outcome) { promise->set_value(outcome); });
    return future;
  }
  Outcome commit(std::vector<ports::RecordChange> changes, std::uint64_t epoch = 1, base::Partition partition = kHome) {
    return begin(partition, std::move(changes), epoch).get();
  }
  std::vector<std::string> load(base::Partition partition = kHome) {
    std::vector<std::string> found;
    const Outcome loaded =
        store_->load(partition, [&](const ports::ResourceChange& put) { found.push_back(as_text(put)); });
    EXPECT_TRUE(loaded.has_value()) << (loaded ? "" : loaded.error().text);
    return found;
  }
  // Commits until the store takes writes again, and fails if it does not within some seconds.
  void wait_until_writable() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!store_->writable() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    ASSERT_TRUE(store_->writable());
  }
  double gauge(const std::string& name) { return metrics_.gauge(name).value(); }
  double counted(const std::string& name, const base::Labels& labels = {}) {
    return metrics_.counter(name, labels).value();
  }

  static ports::RecordChange published(std::uint64_t changes) {
    return ports::PutPublished{{.package = "presence", .changes = changes, .lost = false}};
  }
  static std::string text(const ports::RecordChange& change) { return as_text(ports::ResourceChange{kAlice, change}); }

  FaultFiles files;
  TemporaryFolder folder;

 private:
  config::Config config_ = mgmt::defaults();
  std::uint64_t version_ = 1;
  mgmt::Live live_{std::make_shared<const mgmt::Snapshot>(config_, 1)};
  base::Metrics metrics_;
  std::unique_ptr<store::RocksStore> store_;
};

}  // namespace presentia::tests
