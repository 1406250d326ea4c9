#include "as/store/record_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/state_records.h"

namespace presentia::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::as_text;

constexpr base::Partition kHome = 513;
constexpr const char* kAlice = "sip:alice@example.com";

// An ordered store in memory, as simple as can be.
class Disk final : public RecordSink {
 public:
  void put(std::string_view key, std::string_view value) override {
    written += key.size() + value.size();
    records.insert_or_assign(std::string(key), std::string(value));
  }
  void drop(std::string_view key) override { records.erase(std::string(key)); }

  void apply(const ports::RecordChange& change, const std::string& resource = kAlice) {
    EXPECT_TRUE(encoder.encode(kHome, {resource, change}, *this).has_value());
  }
  base::Result<base::Done> load(std::vector<std::string>& found) const {
    const ports::StateStore::Sink sink = [&](const ports::ResourceChange& put) { found.push_back(as_text(put)); };
    RecordDecoder decoder(sink);
    for (const auto& [key, value] : records) {
      if (auto taken = decoder.take(key, value); !taken) return taken;
    }
    return decoder.finish();
  }
  [[nodiscard]] std::vector<std::string> load() const {
    std::vector<std::string> found;
    const auto loaded = load(found);
    EXPECT_TRUE(loaded.has_value()) << (loaded ? "" : loaded.error().text);
    return found;
  }
  [[nodiscard]] std::string error() const {
    std::vector<std::string> found;
    const auto loaded = load(found);
    if (loaded) return {};
    EXPECT_EQ(loaded.error().code, "store.damaged");
    return loaded.error().text;
  }

  RecordEncoder encoder;
  std::map<std::string, std::string> records;  // std::string compares bytes as unsigned, as stores do
  std::size_t written = 0;
};

std::vector<std::string> texts(const std::vector<ports::RecordChange>& changes, const std::string& resource = kAlice) {
  std::vector<std::string> all;
  for (const ports::RecordChange& change : changes) all.push_back(as_text(ports::ResourceChange{resource, change}));
  return all;
}

TEST(RecordCodec, EveryKindComesBackWithAllItsFieldsInTheOrderOfALoad) {
  Disk disk;
  auto all = tests::one_of_each();
  for (const auto& change : all) disk.apply(change);
  EXPECT_EQ(disk.load(), texts(all));
}

TEST(RecordCodec, WhatIsAbsentComesBackAbsent) {
  ports::PublicationRecord publication;
  publication.package = "presence";
  ports::DialogRecord dialog;
  dialog.info = std::make_shared<const ports::DialogInfo>();
  const std::vector<ports::RecordChange> bare = {ports::PutPublished{{.package = ""}},
                                                 ports::PutPublication{publication},
                                                 ports::PutDialog{dialog},
                                                 ports::PutSubscription{},
                                                 ports::PutSent{},
                                                 ports::PutAnswered{}};
  Disk disk;
  for (const auto& change : bare) disk.apply(change);
  EXPECT_EQ(disk.load(), texts(bare));
}

TEST(RecordCodec, ResourcesStandTogetherAndPublicationsByArrival) {
  Disk disk;
  disk.apply(ports::PutPublication{tests::publication(256)}, "sip:al@example.com");
  disk.apply(ports::PutPublication{tests::publication(1)}, "sip:al@example.com");
  disk.apply(ports::PutPublication{tests::publication(255)}, "sip:al@example.com");
  disk.apply(ports::PutSubscription{tests::subscription(1)}, "sip:al@example.com\x01");
  disk.apply(ports::PutPublished{{.package = "presence"}}, "sip:al@example.com");
  const auto found = disk.load();
  EXPECT_THAT(found, ElementsAre(HasSubstr("published|"), HasSubstr("|1|1|"), HasSubstr("|255|1|"),
                                 HasSubstr("|256|1|"), HasSubstr("subscription|")));
}

TEST(RecordCodec, ARefreshWritesTheHeadOnlyInLessThan200Bytes) {
  Disk disk;
  disk.apply(ports::PutPublication{tests::publication(3)});
  disk.written = 0;
  ports::RetagPublication retag{
      "presence",     3, "0aBq7Zk2mP9x", "0aBnewetag12", tests::at(1'700'009'000'000), ports::Source::network,
      tests::mark(12)};
  disk.apply(retag);
  EXPECT_GT(disk.written, 0U);
  EXPECT_LT(disk.written, 200U);
  auto refreshed = tests::publication(3, "0aBnewetag12");
  refreshed.expires_at = retag.expires_at;
  refreshed.mark = retag.mark;
  EXPECT_EQ(disk.load(), texts({ports::PutPublication{refreshed}}));
}

TEST(RecordCodec, ADialogCanBeWrittenWithoutWhatSeldomChanges) {
  Disk disk;
  auto record = tests::dialog("0aBdialog");
  disk.apply(ports::PutDialog{record});
  record.remote_cseq = 5;
  record.local_cseq_ceiling = 1024;
  record.mark = tests::mark(99);
  disk.written = 0;
  disk.apply(ports::PutDialog{record, false});
  EXPECT_LT(disk.written, 100U);
  EXPECT_EQ(disk.load(), texts({ports::PutDialog{record}}));
}

TEST(RecordCodec, APutSubscriptionDropsWhatItWasLastSentButNotWhatComesAfterIt) {
  Disk disk;
  disk.apply(ports::PutSent{{.id = 9}});
  disk.apply(ports::PutSubscription{tests::subscription(9)});
  EXPECT_THAT(disk.load(), ElementsAre(HasSubstr("subscription|9|")));
  disk.apply(ports::PutSent{{.id = 9}});
  EXPECT_THAT(disk.load(), ElementsAre(HasSubstr("subscription|9|"), HasSubstr("sent|9|")));
}

TEST(RecordCodec, NothingIsLeftOfWhatIsDropped) {
  Disk disk;
  for (const auto& change : tests::one_of_each()) disk.apply(change);
  disk.apply(ports::DropPublished{"presence"});
  disk.apply(ports::DropPublication{"presence", 3, "any"});
  disk.apply(ports::DropDialog{"0aBdialog"});
  disk.apply(ports::DropSubscription{9});
  disk.apply(ports::DropAnswered{11});
  disk.apply(ports::DropRegistration{});
  disk.apply(ports::DropLink{});
  EXPECT_THAT(disk.records, IsEmpty());
}

TEST(RecordCodec, ANameWithANulIsRefused) {
  Disk disk;
  const std::string nul("a\0b", 3);
  auto publication = tests::publication(1);
  publication.package = nul;
  for (const ports::ResourceChange& change :
       std::vector<ports::ResourceChange>{{nul, ports::DropSubscription{1}},
                                          {kAlice, ports::PutPublication{publication}},
                                          {kAlice, ports::RetagPublication{nul, 1, "a", "b", {}, {}, {}}},
                                          {kAlice, ports::DropPublication{nul, 1, "a"}},
                                          {kAlice, ports::PutPublished{{.package = nul}}},
                                          {kAlice, ports::DropPublished{nul}},
                                          {kAlice, ports::PutDialog{tests::dialog(nul)}},
                                          {kAlice, ports::DropDialog{nul}}}) {
    const auto refused = disk.encoder.encode(kHome, change, disk);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, "store.name");
  }
  EXPECT_THAT(disk.records, IsEmpty());
}

TEST(RecordCodec, DamageIsToldWithTheNameOfTheRecord) {
  Disk whole;
  for (const auto& change : tests::one_of_each()) whole.apply(change);
  for (const auto& [key, value] : whole.records) {
    Disk disk;
    disk.records = whole.records;
    disk.records[key] = value + '\x07';  // a field of a wire type that there is not
    EXPECT_THAT(disk.error(), HasSubstr("partition 513, resource sip:alice@example.com, ")) << readable_key(key);
    EXPECT_THAT(disk.error(), HasSubstr("cannot be read"));
  }
}

TEST(RecordCodec, AMissingPartIsDamage) {
  Disk disk;
  disk.apply(ports::PutPublication{tests::publication(3)});
  const auto head = *disk.records.begin();
  const auto body = *disk.records.rbegin();
  disk.records = {head};
  EXPECT_EQ(disk.error(),
            "the record of partition 513, resource sip:alice@example.com, publication presence 3 (body) is missing");
  disk.records = {body};
  EXPECT_THAT(disk.error(), HasSubstr("(body) stands alone"));
  disk.records = {head};
  disk.apply(ports::PutSubscription{tests::subscription(1)});
  EXPECT_THAT(disk.error(), HasSubstr("publication presence 3 (body) is missing"));
}

TEST(RecordCodec, AnUnknownKindOrValueIsDamage) {
  Disk disk;
  disk.records = {{std::string("\x02\x01sip:a\0\x09xyz", 11), ""}};
  EXPECT_THAT(disk.error(), HasSubstr("key 0201"));
  disk.records.clear();
  auto record = tests::subscription(1);
  record.state = static_cast<ports::SubscriptionState>(17);
  disk.apply(ports::PutSubscription{record});
  EXPECT_THAT(disk.error(), HasSubstr("subscription 1 cannot be read"));
}

TEST(RecordCodec, KeysOfTheStoreItselfStandBehindAllPartitions) {
  const std::string end = partition_begin(base::kPartitions);
  EXPECT_GT(format_key(), end);
  EXPECT_GT(probe_key(), end);
  EXPECT_GT(epoch_key(0), end);
  EXPECT_LT(partition_begin(255), partition_begin(256));
  EXPECT_EQ(decode_epoch(encode_epoch(0xFFFFFFFFFFFFFFFF)), 0xFFFFFFFFFFFFFFFF);
  EXPECT_EQ(decode_format(encode_format(3)), 3U);
}

}  // namespace
}  // namespace presentia::store
