#include "as/store/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace presentia::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ports::Resource kAlice = "sip:alice@example.com";

ports::Commit one(ports::RecordChange change) { return {{{kAlice, std::move(change)}}}; }

ports::PublicationRecord publication(const std::string& etag, std::uint64_t arrival) {
  ports::PublicationRecord record;
  record.package = "presence";
  record.etag = etag;
  record.arrival = arrival;
  return record;
}

bool commit(MemoryStore& store, std::uint64_t epoch, ports::Commit commit) {
  bool good = false;
  store.commit(1, epoch, std::move(commit), [&](base::Result<base::Done> result) { good = result.has_value(); });
  return good;
}

std::vector<std::string> etags(MemoryStore& store, base::Partition partition = 1) {
  std::vector<std::string> found;
  EXPECT_TRUE(store.load(partition, [&](const ports::ResourceChange& change) {
    EXPECT_EQ(change.resource, kAlice);
    if (const auto* put = std::get_if<ports::PutPublication>(&change.change)) found.push_back(put->record.etag);
  }));
  return found;
}

TEST(MemoryStore, GivesBackWhatWasCommittedByArrival) {
  MemoryStore store(true);
  EXPECT_TRUE(commit(store, 1, one(ports::PutPublication{publication("b", 1)})));
  EXPECT_TRUE(commit(store, 1, one(ports::PutPublication{publication("a", 2)})));
  EXPECT_THAT(etags(store), ElementsAre("b", "a"));
  EXPECT_THAT(etags(store, 2), IsEmpty());
}

TEST(MemoryStore, ARefreshRenamesAndADropForgets) {
  MemoryStore store(true);
  commit(store, 1, one(ports::PutPublication{publication("a", 1)}));
  commit(
      store, 1,
      one(ports::RetagPublication{"presence", 1, "a", "b", base::Instant(base::Seconds(9)), ports::Source::pua, {}}));
  EXPECT_THAT(etags(store), ElementsAre("b"));
  commit(store, 1, one(ports::DropPublication{"presence", 1, "b"}));
  EXPECT_THAT(etags(store), IsEmpty());
}

TEST(MemoryStore, ACommitOfAnEarlierOwnerFailsAndChangesNothing) {
  MemoryStore store(true);
  EXPECT_TRUE(commit(store, 2, one(ports::PutPublication{publication("a", 1)})));
  EXPECT_FALSE(commit(store, 1, one(ports::DropPublication{"presence", 1, "a"})));
  EXPECT_THAT(etags(store), ElementsAre("a"));
}

TEST(MemoryStore, KeepsNothingWhereNothingIsToSurvive) {
  MemoryStore store(false);
  EXPECT_TRUE(commit(store, 1, one(ports::PutPublication{publication("a", 1)})));
  EXPECT_THAT(etags(store), IsEmpty());
}

}  // namespace
}  // namespace presentia::store
