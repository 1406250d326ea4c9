// RocksStore on a file system that fails: with a full disk or a failing sync it is read-only, and comes back by itself;
// a power cut loses nothing that was acknowledged.
#include <random>

#include "as/store/rocks_store.h"
#include "tests/adapter/store/support.h"

namespace presentia::tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FailingStore : public StoreTest, public testing::WithParamInterface<FaultFiles::Fault> {
 protected:
  void reopen_store() { open("/state", files.env()); }
};

TEST_P(FailingStore, IsReadOnlyAndComesBackByItself) {
  reopen_store();
  EXPECT_EQ(code(commit({published(1)})), "done");
  files.set(GetParam());
  const std::string expected = GetParam() == FaultFiles::Fault::no_space ? "store.no_space" : "store.io";
  EXPECT_EQ(code(commit({published(2)})), expected);
  EXPECT_FALSE(store().writable());
  EXPECT_EQ(gauge("presentia_store_writable"), 0);
  EXPECT_EQ(code(commit({published(3)})), "store.read_only");
  EXPECT_EQ(code(commit({published(3)}, 1, kHome + 1)), "store.read_only");
  EXPECT_THAT(load(), ElementsAre(text(published(1))));  // before it has been opened anew, and after
  while (counted("presentia_store_errors_total", {{"kind", expected}}) < 3) std::this_thread::yield();
  EXPECT_THAT(load(), ElementsAre(testing::AnyOf(text(published(1)), text(published(2)))));

  files.set(FaultFiles::Fault::none);
  wait_until_writable();
  (void)load();
  EXPECT_EQ(gauge("presentia_store_writable"), 1);
  EXPECT_EQ(code(commit({published(4)})), "done");
  EXPECT_THAT(load(), ElementsAre(text(published(4))));
  files.restore_power();
  reopen_store();
  EXPECT_THAT(load(), ElementsAre(text(published(4))));
}

// What failed may be on the disk all the same. Its partition, loaded meanwhile without it, must not go on as if not.
TEST_P(FailingStore, WhatFailedIsEitherThereForAllOrForNobody) {
  reopen_store();
  EXPECT_EQ(code(commit({ports::PutPublication{publication(3)}})), "done");
  files.set(GetParam());
  EXPECT_NE(code(commit({ports::DropPublication{"presence", 3, "tag"}})), "done");
  EXPECT_THAT(load(), SizeIs(1));
  files.set(FaultFiles::Fault::none);
  wait_until_writable();
  EXPECT_EQ(code(commit({ports::RetagPublication{"presence", 3, "tag", "new", at(1), {}, {}}})), "store.not_loaded");
  const auto now_there = load();
  reopen_store();
  EXPECT_EQ(load(), now_there);
}

TEST_P(FailingStore, RefusesABackupAndCanBeClosedWhileItFails) {
  reopen_store();
  EXPECT_EQ(code(commit({published(1)})), "done");
  files.set(GetParam());
  EXPECT_NE(code(commit({published(2)})), "done");
  EXPECT_EQ(code(store().backup("/backup")), "backup.failed");
  close();
  files.set(FaultFiles::Fault::none);
  reopen_store();
  EXPECT_THAT(load(), ElementsAre(testing::AnyOf(text(published(1)), text(published(2)))));
}

TEST_P(FailingStore, LosesNothingThatWasAcknowledgedInManyRounds) {
  reopen_store();
  std::mt19937 random(7);
  std::map<base::Partition, std::uint64_t> acknowledged;
  std::uint64_t number = 0;
  for (int round = 0; round < 50; ++round) {
    files.set(round % 2 == 0 ? FaultFiles::Fault::none : GetParam());
    if (round % 2 == 0) wait_until_writable();
    std::vector<std::tuple<base::Partition, std::uint64_t, std::future<Outcome>>> commits;
    for (int i = 0; i < 20; ++i) {
      const auto partition = static_cast<base::Partition>(random() % 8);
      (void)load(partition);
      ++number;
      commits.emplace_back(partition, number, begin(partition, {published(number)}));
    }
    for (auto& [partition, stored, outcome] : commits) {
      if (outcome.get()) acknowledged[partition] = stored;
    }
  }
  files.set(FaultFiles::Fault::none);
  wait_until_writable();
  close();
  files.restore_power();
  reopen_store();
  for (const auto& [partition, least] : acknowledged) {
    std::uint64_t found = 0;
    ASSERT_TRUE(store().load(partition, [&](const ports::ResourceChange& put) {
      found = std::get<ports::PutPublished>(put.change).record.changes;
    }));
    EXPECT_GE(found, least) << partition;
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, FailingStore,
                         testing::Values(FaultFiles::Fault::no_space, FaultFiles::Fault::failing_sync),
                         [](const auto& of) {
                           return of.param == FaultFiles::Fault::no_space ? "NoSpace" : "FailingSync";
                         });

class PowerCut : public StoreTest {
 protected:
  // The commits of a partition: the n-th says n and leaves an answer n; so what is found tells which have been carried
  // out.
  static std::vector<ports::RecordChange> nth(std::uint64_t n) {
    return {published(n), ports::PutAnswered{{mark(n), std::string(100, 'x')}}};
  }
  std::uint64_t found(base::Partition partition) {
    std::uint64_t answers = 0, last = 0;
    const auto loaded = store().load(partition, [&](const ports::ResourceChange& put) {
      if (const auto* one = std::get_if<ports::PutPublished>(&put.change)) last = one->record.changes;
      if (std::holds_alternative<ports::PutAnswered>(put.change)) ++answers;
    });
    EXPECT_TRUE(loaded.has_value());
    EXPECT_EQ(answers, last);  // all or nothing, and none is missing before another
    return last;
  }
};

TEST_F(PowerCut, LosesNothingThatWasAcknowledgedAThousandTimes) {
  constexpr int kRounds = 1000;
  constexpr int kRoundsOfAStore = 25;  // loading all of it takes longer and longer
  constexpr base::Partition kPartitions = 4;
  std::string path;
  std::mt19937 random(1);
  std::array<std::uint64_t, kPartitions> next{}, acknowledged{};
  std::uint64_t acknowledged_in_all = 0;
  for (int round = 0; round < kRounds; ++round) {
    if (round % kRoundsOfAStore == 0) {
      path = "/state" + std::to_string(round);
      next = acknowledged = {};
    }
    files.cut_power_after(random() % 120);  // also while it opens
    if (try_open(path, files.env())) {
      std::array<std::vector<std::future<Outcome>>, kPartitions> commits;
      for (int i = 0; i < 40; ++i) {
        const std::size_t partition = random() % kPartitions;
        commits[partition].push_back(begin(static_cast<base::Partition>(partition), nth(++next[partition])));
      }
      close();
      for (std::size_t partition = 0; partition < kPartitions; ++partition) {
        for (auto& one : commits[partition]) {
          if (!one.get()) continue;
          ++acknowledged[partition];
          ++acknowledged_in_all;
        }
      }
    }
    files.restore_power(random() % 3 == 0 ? random() % 4000 : 0);
    const Outcome opened = try_open(path, files.env());
    ASSERT_TRUE(opened.has_value()) << round << ": " << opened.error().text;
    for (base::Partition partition = 0; partition < kPartitions; ++partition) {
      const std::uint64_t there = found(partition);
      ASSERT_GE(there, acknowledged[partition]) << "round " << round;
      ASSERT_LE(there, next[partition]) << "round " << round;
      next[partition] = acknowledged[partition] = there;
    }
  }
  EXPECT_GT(acknowledged_in_all, 1000U);  // the power was not always gone at once
}

TEST_F(PowerCut, WithoutSyncsLosesOnlyWhatCameLast) {
  config().mutable_store()->set_durability(config::Store::OS);
  apply_config();
  open("/state", files.env());
  for (std::uint64_t n = 1; n <= 20; ++n) EXPECT_EQ(code(commit(nth(n))), "done");
  files.cut_power_after(0);
  close();
  files.restore_power(700);
  open("/state", files.env());
  EXPECT_LT(found(kHome), 20U);
  EXPECT_GT(found(kHome), 0U);
}

}  // namespace
}  // namespace presentia::tests
