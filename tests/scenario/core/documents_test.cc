// An operator lists the documents that are followed: which are there, which are bad, who depends on them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/core/rules_documents.h"
#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Seconds;
using ports::FollowedDocument;
using ports::FollowedState;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kRoot = "http://xdms.example.com/xcap/";
const ports::DocumentKey kTeam{"resource-lists/global/team"};

ports::DocumentKey rules_of(const std::string& user) { return {"pres-rules/users/" + uri_of(user) + "/index"}; }

// Of all shards, by key.
std::map<ports::DocumentKey, FollowedDocument> listed(Scene& scene, const ports::DocumentsQuestion& question = {}) {
  std::map<ports::DocumentKey, FollowedDocument> all;
  for (std::uint16_t shard = 0; shard < scene.core().shards().size(); ++shard) {
    const auto answer = scene.ask(runtime::DocumentsSlice{question, {shard}});
    for (const FollowedDocument& one : std::get<runtime::DocumentsListed>(answer).documents)
      EXPECT_TRUE(all.emplace(one.key, one).second) << "one home each";
  }
  return all;
}

class DocumentsListing : public testing::Test {
 protected:
  DocumentsListing() {
    scene.set("rules.documents", "pres-rules/index");
    scene.set("hard_state.documents", "");
    scene.xdms();
  }
  void watch(const std::string& presentity, const std::string& user = "bob") {
    Watcher watcher{.user = user, .resource = presentity};
    scene.subscribe(watcher);
  }

  Scene scene;
};

TEST_F(DocumentsListing, SaysWhatIsThereAndWhatIsNot) {
  PS_SPEC("XCP-05");
  scene.xdms().put(rules_of("alice"), ruleset(allow("r", external_list(kRoot + kTeam.document), kServices)));
  scene.xdms().put(rules_of("carol"), ruleset(allow("r", external_list(kRoot + kTeam.document), kServices)));
  scene.xdms().put(kTeam, list_of({uri_of("bob")}));
  scene.xdms().fail(rules_of("erin"));
  for (const char* presentity : {"alice", "carol", "dave", "erin"}) watch(presentity);
  const base::Instant read = scene.now();
  scene.xdms().silent = true;
  watch("frank");
  scene.advance(Seconds(5));
  auto all = listed(scene);
  ASSERT_THAT(all, SizeIs(6));
  EXPECT_EQ(all[rules_of("alice")].state, FollowedState::good);
  EXPECT_EQ(all[rules_of("alice")].etag, "tag1");
  EXPECT_EQ(all[rules_of("alice")].read_at, read);
  EXPECT_EQ(all[rules_of("alice")].presentities, 1U);
  EXPECT_EQ(all[kTeam].presentities, 2U) << "one copy for both";
  EXPECT_EQ(all[rules_of("dave")].state, FollowedState::absent);
  EXPECT_EQ(all[rules_of("dave")].read_at, read);
  EXPECT_EQ(all[rules_of("erin")].state, FollowedState::unavailable);
  EXPECT_EQ(all[rules_of("erin")].why, "by order of the test");
  EXPECT_EQ(all[rules_of("frank")].state, FollowedState::waiting);
  EXPECT_EQ(all[rules_of("frank")].read_at, std::nullopt);
  EXPECT_THAT(listed(scene, {.prefix = "resource-lists/"}), SizeIs(1));
  EXPECT_THAT(listed(scene, {.prefix = "pres-rules/users/" + uri_of("a")}), SizeIs(0));
  EXPECT_THAT(listed(scene, {.prefix = rules_of("alice").document}), SizeIs(1));
  EXPECT_THAT(listed(scene, {.state = FollowedState::waiting}), SizeIs(1));
}

TEST_F(DocumentsListing, SaysWhyADocumentIsBadAndThatTheLastGoodOneIsInForce) {
  PS_SPEC("XCP-07");
  scene.xdms().put(rules_of("alice"), ruleset(allow("r", one("bob"), kServices)));
  watch("alice");
  scene.advance(Seconds(30));
  scene.xdms().put(rules_of("alice"), "<ruleset xmlns='urn:ietf:params:xml:ns:common-policy'>\n<rule");
  scene.xdms().put(rules_of("carol"), "<html/>");
  scene.run();
  watch("carol");
  auto all = listed(scene, {.state = FollowedState::bad});
  ASSERT_THAT(all, SizeIs(2));
  const FollowedDocument& torn = all[rules_of("alice")];
  EXPECT_THAT(torn.why, HasSubstr("line 2"));
  EXPECT_THAT(torn.why, HasSubstr("(xml.malformed)"));
  EXPECT_EQ(torn.etag, "tag2");
  EXPECT_EQ(torn.read_at, scene.now());
  EXPECT_TRUE(torn.last_good);
  EXPECT_FALSE(all[rules_of("carol")].last_good) << "there was none";
  scene.xdms().put(rules_of("alice"), ruleset(""));
  scene.run();
  EXPECT_EQ(listed(scene)[rules_of("alice")].state, FollowedState::good);
}

TEST_F(DocumentsListing, WhatNobodyNeedsIsListedUntilItIsLetGo) {
  scene.xdms().put(rules_of("alice"), ruleset(allow("r", one("bob"), kServices)));
  Watcher watcher{.user = "bob", .resource = "alice"};
  scene.subscribe(watcher, 0);
  scene.advance(Seconds(1));
  EXPECT_EQ(listed(scene)[rules_of("alice")].presentities, 0U);
  scene.advance(Seconds(301));
  EXPECT_THAT(listed(scene), IsEmpty()) << "rules.cache.keep_s";
}

TEST(DocumentsListingWithoutServer, IsEmpty) {
  Scene scene;
  Watcher watcher{.user = "bob", .resource = "alice"};
  EXPECT_EQ(scene.subscribe(watcher).status, 200);
  EXPECT_THAT(listed(scene), IsEmpty());
}

}  // namespace
}  // namespace presentia::test
