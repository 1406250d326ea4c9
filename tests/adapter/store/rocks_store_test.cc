// RocksStore as the shards use it: what is committed is loaded, in order, once, also after a restart.
#include "as/store/rocks_store.h"

#include <sys/stat.h>

#include <fstream>

#include "as/store/open_store.h"
#include "tests/adapter/store/support.h"

namespace presentia::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RocksStore : public StoreTest {
 protected:
  const std::string path = folder.path("state");
};

TEST_F(RocksStore, EveryKindIsThereAfterARestartWithAllItsFieldsInOrder) {
  open(path);
  EXPECT_EQ(code(commit(one_of_each())), "done");
  std::vector<std::string> all;
  for (const auto& change : one_of_each()) all.push_back(text(change));
  EXPECT_EQ(load(), all);
  open(path);
  EXPECT_EQ(load(), all);
  EXPECT_THAT(load(kHome + 1), IsEmpty());
  EXPECT_THAT(load(0), IsEmpty());
}

TEST_F(RocksStore, ARefreshAndAHotDialogKeepWhatTheyDoNotWrite) {
  open(path);
  auto record = dialog("0aBdialog");
  EXPECT_EQ(code(commit({ports::PutPublication{publication(3)}, ports::PutDialog{record}})), "done");
  record.local_cseq_ceiling = 768;
  ports::DialogInfo unwritten;
  unwritten.local_tag = "0aBdialog";
  record.info = std::make_shared<const ports::DialogInfo>(unwritten);
  EXPECT_EQ(code(commit({ports::RetagPublication{"presence", 3, "old", "new", at(5), ports::Source::pua, mark(1)},
                         ports::PutDialog{record, false}})),
            "done");
  auto refreshed = publication(3, "new");
  refreshed.expires_at = at(5);
  refreshed.source = ports::Source::pua;
  refreshed.mark = mark(1);
  record.info = dialog("0aBdialog").info;
  open(path);
  EXPECT_THAT(load(), ElementsAre(text(ports::PutPublication{refreshed}), text(ports::PutDialog{record})));
}

TEST_F(RocksStore, WithinACommitChangesTakeEffectInTheirOrder) {
  open(path);
  EXPECT_EQ(code(commit({ports::PutSent{{.id = 9}}, ports::PutSubscription{subscription(9)}, published(1),
                         ports::DropPublished{"presence"}, published(2)})),
            "done");
  EXPECT_THAT(load(), ElementsAre(text(published(2)), text(ports::PutSubscription{subscription(9)})));
}

TEST_F(RocksStore, CommitsOfAnOlderEpochFailAlsoAfterARestart) {
  open(path);
  EXPECT_EQ(code(commit({published(1)}, 5)), "done");
  EXPECT_EQ(code(commit({published(2)}, 4)), "fenced");
  EXPECT_EQ(code(commit({published(2)}, 4, kHome + 1)), "done");
  open(path);
  EXPECT_EQ(code(commit({published(3)}, 4)), "fenced");
  EXPECT_THAT(load(), ElementsAre(text(published(1))));
  EXPECT_EQ(code(commit({published(3)}, 5)), "done");
}

TEST_F(RocksStore, ACommitThatCannotBeStoredFailsAloneAndItsPartitionMustBeLoaded) {
  open(path);
  EXPECT_EQ(code(commit({published(1)})), "done");
  EXPECT_EQ(code(commit({published(2), ports::DropDialog{std::string("a\0b", 3)}})), "store.name");
  EXPECT_EQ(code(commit({published(3)})), "store.not_loaded");
  EXPECT_EQ(code(commit({published(3)}, 1, kHome + 1)), "done");
  EXPECT_THAT(load(), ElementsAre(text(published(1))));
  EXPECT_EQ(code(commit({published(4)})), "done");
  EXPECT_THAT(load(), ElementsAre(text(published(4))));
}

TEST_F(RocksStore, TheFolderIsForItsOwnerAlone) {
  open(folder.path("a/b/state"));
  struct stat found {};
  ASSERT_EQ(::stat(folder.path("a/b/state").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
}

TEST_F(RocksStore, ASecondServerIsRefused) {
  open(path);
  config::Config config = mgmt::defaults();
  config.mutable_store()->set_path(path);
  const mgmt::Live live{std::make_shared<const mgmt::Snapshot>(config, 1)};
  base::Metrics metrics;
  const auto second = store::open_store(live, metrics);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, "store.locked");
  EXPECT_THAT(second.error().text, HasSubstr("another server uses " + path));
}

TEST_F(RocksStore, EnginesAreChosenByName) {
  config::Config config = mgmt::defaults();
  config.mutable_store()->set_engine(config::Store::MEMORY);
  config.mutable_store()->set_path("/dev/null/not/used");
  const mgmt::Live memory{std::make_shared<const mgmt::Snapshot>(config, 1)};
  base::Metrics metrics;
  EXPECT_TRUE(store::open_store(memory, metrics).has_value());
  config.mutable_store()->set_engine(config::Store::ROCKSDB);
  const mgmt::Live rocksdb{std::make_shared<const mgmt::Snapshot>(config, 1)};
  const auto refused = store::open_store(rocksdb, metrics);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "store.path");
}

TEST_F(RocksStore, ABackupHoldsWhatWasAcknowledgedAndCanBeStartedFrom) {
  open(path);
  EXPECT_EQ(code(commit(one_of_each())), "done");
  const auto before = load();
  // everything goes on meanwhile
  std::vector<std::future<Outcome>> others;
  for (base::Partition partition = 100; partition < 400; ++partition) others.push_back(begin(partition, one_of_each()));
  ASSERT_EQ(code(store().backup(folder.path("backup"))), "done");
  for (auto& other : others) EXPECT_EQ(code(other.get()), "done");
  EXPECT_EQ(code(commit({ports::DropPublished{"presence"}})), "done");

  EXPECT_EQ(code(store().backup(folder.path("backup"))), "backup.exists");
  EXPECT_EQ(code(store().backup(folder.path("no/such/folder"))), "backup.failed");
  struct stat found {};
  ASSERT_EQ(::stat(folder.path("backup").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
  open(folder.path("backup"));
  EXPECT_EQ(load(), before);
  EXPECT_EQ(code(commit({published(7)}, 2)), "done");
}

TEST_F(RocksStore, DurabilityAndBatchAreLive) {
  open("/state", files.env());
  auto before = files.syncs();
  EXPECT_EQ(code(commit({published(1)})), "done");
  EXPECT_EQ(files.syncs(), before + 1);
  config().mutable_store()->set_durability(config::Store::OS);
  apply_config();
  before = files.syncs();
  EXPECT_EQ(code(commit({published(2)})), "done");
  EXPECT_EQ(files.syncs(), before);
  config().mutable_store()->set_durability(config::Store::FSYNC);
  apply_config();
  EXPECT_EQ(code(commit({published(3)})), "done");
  EXPECT_EQ(files.syncs(), before + 1);
}

TEST_F(RocksStore, WhatWaitsTogetherIsWrittenTogetherUpToABatch) {
  config().mutable_store()->set_batch(10);
  apply_config();
  open("/state", files.env());
  files.hold();
  std::vector<std::future<Outcome>> commits;
  commits.push_back(begin(0, {published(0)}));
  files.wait_until_held();
  for (base::Partition partition = 1; partition <= 25; ++partition)
    commits.push_back(begin(partition, {published(partition)}));
  const auto before = counted("presentia_store_batches_total");
  files.release();
  for (auto& one : commits) EXPECT_EQ(code(one.get()), "done");
  EXPECT_EQ(counted("presentia_store_batches_total"), before + 4);  // the first, then 10, 10 and 5
  EXPECT_EQ(counted("presentia_store_commits_total"), 26);
}

TEST_F(RocksStore, DoneComesOnceForEachInTheOrderOfTheCommits) {
  open("/state", files.env());
  constexpr std::uint64_t kCommits = 1000;
  std::vector<std::uint64_t> order;  // by the store's thread alone
  std::promise<void> last;
  for (std::uint64_t i = 0; i < kCommits; ++i) {
    ports::Commit commit;
    commit.changes.push_back({kAlice, published(i)});
    const std::uint64_t epoch = i % 10 == 9 ? 0 : 1;  // some are refused, in their turn
    store().commit(kHome, epoch, std::move(commit), [&order, &last, i, epoch](const Outcome& outcome) {
      EXPECT_EQ(code(outcome), epoch == 0 ? "fenced" : "done");
      order.push_back(i);
      if (i + 1 == kCommits) last.set_value();
    });
  }
  last.get_future().wait();
  ASSERT_EQ(order.size(), kCommits);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST_F(RocksStore, WhatWaitsAtTheEndIsStillWritten) {
  open("/state", files.env());
  files.hold();
  auto first = begin(kHome, {published(1)});
  files.wait_until_held();
  auto second = begin(kHome, {published(2)});
  files.release();
  close();
  EXPECT_EQ(code(first.get()), "done");
  EXPECT_EQ(code(second.get()), "done");
  open("/state", files.env());
  EXPECT_THAT(load(), ElementsAre(text(published(2))));
}

}  // namespace
}  // namespace presentia::tests
