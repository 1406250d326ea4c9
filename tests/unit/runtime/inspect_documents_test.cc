// The documents of others as an operator lists them: page by page over shards, with what their source says of them.
#include "as/runtime/inspect_documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "as/runtime/inspector.h"
#include "mgmt/attributes/values.h"

namespace presentia::runtime {
namespace {

using namespace std::chrono_literals;
using ports::FollowedDocument;
using ports::FollowedState;
using ports::InspectTrouble;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::Instant kRead{base::Seconds(1000)};

event::DocumentState state(ports::DocumentStatus status) {
  event::DocumentState state;
  state.status = status;
  state.fetched_at = kRead;
  return state;
}

// A source that follows whatever it is told to, and says how documents stand as the test has it.
class Source final : public ports::Documents {
 public:
  void follow(const ports::DocumentKey& /*key*/) override {}
  void unfollow(const ports::DocumentKey& /*key*/) override {}
  std::size_t look_again(std::string_view /*path*/) override { return 0; }
  void standings(std::vector<std::string> documents,
                 std::function<void(std::vector<ports::DocumentStanding>)> told) override {
    std::vector<ports::DocumentStanding> standings;
    for (const std::string& document : documents) {
      ++asked;
      if (const auto found = known.find(document); found != known.end()) standings.push_back(found->second);
    }
    if (silent) return kept.push_back(std::move(told));
    if (!stopped) told(std::move(standings));
  }
  void stand(const ports::DocumentStanding& standing) { known.insert_or_assign(standing.document, standing); }

  std::map<std::string, ports::DocumentStanding> known;
  std::size_t asked = 0;
  bool silent = false, stopped = false;
  std::vector<std::function<void(std::vector<ports::DocumentStanding>)>> kept;
};

// Shards that answer at once, in the caller's thread.
class Shards final : public Exchange {
 public:
  explicit Shards(const mgmt::Live& live) : live_(live) {}
  bool post(base::Partition partition, base::Lane /*lane*/, Work work) override {
    const Inquiry& inquiry = *std::get<InspectWork>(work).inquiry;
    ++asked;
    inquiry.answer(list_documents(tables.at(partition), std::get<DocumentsSlice>(inquiry.question), *live_.snapshot()));
    return true;
  }
  std::array<DocumentTable, 3> tables;
  std::size_t asked = 0;

 private:
  const mgmt::Live& live_;
};

class InspectDocuments : public testing::Test {
 protected:
  InspectDocuments() {
    for (DocumentTable& table : shards.tables) table.connect(source);
    inspector.connect(source);
  }
  void hold(std::size_t shard, const ports::DocumentKey& key, std::optional<event::DocumentState> state) {
    shards.tables.at(shard).add(key, {7, "sip:alice@example.com"});
    if (state) shards.tables.at(shard).arrived(key, *std::move(state));
  }
  static std::string name(std::size_t number) {
    std::string digits = std::to_string(10'000 + number);
    return "pres-rules/users/u" + digits + "/index";
  }
  // All pages; each document once.
  std::vector<FollowedDocument> all(ports::DocumentsQuestion question) {
    std::vector<FollowedDocument> found;
    do {
      const auto page = inspector.documents(question, 10s);
      EXPECT_TRUE(page);
      if (!page) break;
      EXPECT_LE(page->documents.size(), question.limit);
      found.insert(found.end(), page->documents.begin(), page->documents.end());
      question.cursor = page->cursor;
    } while (!question.cursor.empty());
    std::set<ports::DocumentKey> keys;
    for (const FollowedDocument& one : found) EXPECT_TRUE(keys.insert(one.key).second) << one.key.document;
    return found;
  }

  mgmt::Live live{std::make_shared<const mgmt::Snapshot>(mgmt::defaults(), 1)};
  Source source;
  Shards shards{live};
  Tails tails{3, 16};
  const event::Packages packages;
  Inspector inspector{shards, 3, tails, packages, live};
};

TEST_F(InspectDocuments, PagesOfEverySizeGiveEveryDocumentOnce) {
  for (std::size_t i = 0; i < 40; ++i) {
    hold(i % 3, {name(i)}, state(ports::DocumentStatus::present));
    hold(i % 3, {name(i), "a/b"}, state(ports::DocumentStatus::present));
  }
  for (const std::size_t limit : {1U, 3U, 7U, 1000U}) EXPECT_THAT(all({.limit = limit}), SizeIs(80));
  EXPECT_THAT(all({.prefix = "pres-rules/users/u1001", .limit = 3}), SizeIs(20));
  EXPECT_THAT(all({.prefix = "pres-rules/users/u10017/index", .limit = 1}), SizeIs(2));
  EXPECT_THAT(all({.prefix = "resource-lists/"}), IsEmpty());
}

TEST_F(InspectDocuments, ManyAreLookedAtInSlicesAndFewOfThemAreFound) {
  constexpr std::size_t kMany = 3500;
  for (std::size_t i = 0; i < kMany; ++i) {
    event::DocumentState read = state(ports::DocumentStatus::present);
    if (i % 1000 == 999) read.bad_reason = "xml.malformed";
    hold(1, {name(i)}, std::move(read));
  }
  EXPECT_THAT(all({.state = FollowedState::bad, .limit = 2}), SizeIs(3));
  EXPECT_EQ(source.asked, 3U) << "only what may be in the state";
  shards.asked = 0;
  EXPECT_THAT(all({}), SizeIs(kMany));
  EXPECT_GE(shards.asked, 4U) << "a thousand at most at once";
}

TEST_F(InspectDocuments, WhatTheSourceKnowsIsAdded) {
  const base::Instant confirmed = kRead + 5s;
  hold(0, {name(1)}, state(ports::DocumentStatus::present));
  hold(0, {name(2)}, state(ports::DocumentStatus::present));
  hold(0, {name(3)}, state(ports::DocumentStatus::absent));
  auto away = state(ports::DocumentStatus::unavailable);
  away.why = "the first reason";
  hold(0, {name(4)}, away);
  hold(0, {name(5)}, std::nullopt);
  source.stand({name(1), ports::Following::xcap_diff, false, "", confirmed});
  source.stand({name(2), ports::Following::polling, true, "status 500", confirmed});
  source.stand({name(3), ports::Following::polling, true, "status 503", confirmed});
  source.stand({name(4), ports::Following::none, false, "the newest reason", std::nullopt});
  const auto found = all({});
  ASSERT_THAT(found, SizeIs(5));
  EXPECT_EQ(found[0].state, FollowedState::good);
  EXPECT_EQ(found[0].following, ports::Following::xcap_diff);
  EXPECT_EQ(found[0].read_at, kRead);
  EXPECT_EQ(found[0].confirmed_at, confirmed);
  EXPECT_EQ(found[0].presentities, 1U);
  EXPECT_EQ(found[1].state, FollowedState::stale);
  EXPECT_EQ(found[1].why, "status 500");
  EXPECT_EQ(found[2].state, FollowedState::stale) << "that it is absent is not known for sure any more";
  EXPECT_EQ(found[3].state, FollowedState::unavailable);
  EXPECT_EQ(found[3].why, "the newest reason");
  EXPECT_EQ(found[4].state, FollowedState::waiting);
  EXPECT_EQ(found[4].read_at, std::nullopt);
  EXPECT_EQ(found[4].following, ports::Following::none) << "it is not followed any more";
  EXPECT_THAT(all({.state = FollowedState::stale}), SizeIs(2));
  EXPECT_THAT(all({.state = FollowedState::good}), SizeIs(1));
  EXPECT_THAT(all({.state = FollowedState::waiting}), SizeIs(1));
}

TEST_F(InspectDocuments, ABadOneSaysWhyAndWhetherAnOlderOneIsInForce) {
  auto good = state(ports::DocumentStatus::present);
  good.parsed = std::make_shared<const event::Document>();
  auto bad = state(ports::DocumentStatus::present);
  bad.bad_reason = "xml.malformed";
  bad.bad = "line 2: no end";
  bad.etag = "e2";
  hold(0, {name(1)}, good);
  hold(0, {name(1)}, bad);
  hold(0, {name(2)}, bad);
  source.stand({name(1), ports::Following::polling, true, "status 500", kRead});
  auto found = all({});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].state, FollowedState::bad) << "although it is stale, too";
  EXPECT_EQ(found[0].why, "line 2: no end (xml.malformed); cannot be had now: status 500");
  EXPECT_EQ(found[0].etag, "e2");
  EXPECT_TRUE(found[0].last_good);
  EXPECT_FALSE(found[1].last_good);
  config::Config config = mgmt::defaults();
  config.mutable_rules()->set_bad_document(config::Rules::AS_UNAVAILABLE);
  live.swap(std::make_shared<const mgmt::Snapshot>(config, 2));
  EXPECT_FALSE(all({})[0].last_good) << "rules.bad_document";
}

TEST_F(InspectDocuments, ASourceThatDoesNotAnswerIsWaitedForNoLongerThanAsked) {
  hold(0, {name(1)}, state(ports::DocumentStatus::present));
  source.silent = true;
  EXPECT_EQ(inspector.documents({}, 1ms).error().trouble, InspectTrouble::late);
  source.silent = false;
  source.stopped = true;
  EXPECT_EQ(inspector.documents({}, 10s).error().trouble, InspectTrouble::unserved);
}

TEST_F(InspectDocuments, WithoutDocumentsThePageIsEmptyAndNobodyIsAsked) {
  const auto page = inspector.documents({}, 10s);
  ASSERT_TRUE(page);
  EXPECT_THAT(page->documents, IsEmpty());
  EXPECT_EQ(page->cursor, "");
  EXPECT_EQ(source.asked, 0U);
}

TEST_F(InspectDocuments, ACursorOfNoPageIsRefused) {
  for (const char* cursor : {"x", "3:", "1", ":", "0:pres-rules", "70000:", "-1:"}) {
    const auto page = inspector.documents({.cursor = cursor}, 10s);
    ASSERT_FALSE(page) << cursor;
    EXPECT_EQ(page.error().trouble, InspectTrouble::unknown);
  }
  const DocumentsCursor cursor{2, ports::DocumentKey{"a/users/u/i", "b/c"}};
  EXPECT_EQ(read_documents_cursor(to_text(cursor)), cursor);
}

}  // namespace
}  // namespace presentia::runtime
