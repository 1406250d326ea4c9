// Keys of a document: several share it, and each is told only what is new for it.
#include "tests/support/spec.h"
#include "tests/unit/xdm_documents/fixture.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kLists =
    R"(<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:x="urn:x">)"
    R"(<list name="friends"><entry uri="sip:bob@example.org" x:level="1"/></list><list name="work"/></resource-lists>)";
constexpr const char* kFriends = "resource-lists/list%5B@name=%22friends%22%5D";

class Keys : public Following {
 protected:
  void look() { follower().look_again("", now); }
};

TEST_F(Keys, AllNodesOfADocumentShareOneFetch) {
  follow(kList, kFriends);
  follow(kList);
  follow(kList, "resource-lists/list%5B@name=%22work%22%5D");
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.path, std::string("/") + kList);  // never the node: servers fail at it
  answer(document(kLists, "\"e1\"", kListType));
  EXPECT_THAT(told(), SizeIs(3));
  EXPECT_THAT(set, ElementsAre(std::string("+") + kList));
}

TEST_F(Keys, AnElementIsToldWithTheNamespacesThatItNeeds) {
  follow(kList, kFriends);
  answer(document(kLists, "\"e1\"", kListType));
  ASSERT_EQ(last.status, ports::DocumentStatus::present);
  EXPECT_EQ(last.content_type, "application/xcap-el+xml");
  EXPECT_EQ(last.etag, "e1");
  xml::Reader reader;
  const auto alone = reader.parse(*last.text);
  ASSERT_TRUE(alone) << *last.text;
  EXPECT_TRUE((*alone)->root().is("urn:ietf:params:xml:ns:resource-lists", "list"));
  EXPECT_EQ((*alone)->root().first_child().attribute("level", "urn:x"), "1");
}

TEST_F(Keys, ANodeThatDoesNotExistIsAbsentUntilItDoes) {
  follow(kList, "resource-lists/list%5B@name=%22none%22%5D");
  answer(document(kLists, "\"e1\"", kListType));
  EXPECT_THAT(told(), ElementsAre("absent"));
  look();
  std::string text = kLists;
  text.replace(text.find("work"), 4, "none");
  answer(document(text, "\"e2\"", kListType));
  EXPECT_THAT(told(), ElementsAre(HasSubstr("present e2 <list ")));
}

TEST_F(Keys, ANodeIsToldOnlyIfItsOwnTextChanged) {
  follow(kList, kFriends);
  follow(kList);
  answer(document(kLists, "\"e1\"", kListType));
  told();
  look();
  std::string text = kLists;
  text.replace(text.find("work"), 4, "home");
  answer(document(text, "\"e2\"", kListType));
  ASSERT_THAT(told(), SizeIs(1));
  EXPECT_EQ(last.key.node, "");
}

TEST_F(Keys, OfADocumentThatIsNotWellFormedOrHasADtdNodesAreUnavailable) {
  PS_SPEC("XCP-10");
  follow(kList, kFriends);
  answer(document("<resource-lists>", "\"e1\"", kListType));
  EXPECT_THAT(told(), ElementsAre(HasSubstr("unavailable xml.malformed")));
  look();
  answer(document("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "\"e2\"", kListType));
  EXPECT_THAT(told(), IsEmpty());  // still unavailable
  EXPECT_EQ(count("presentia_xdm_refused_total", "reason", "not_well_formed"), 2);
  look();
  answer(document(kLists, "\"e3\"", kListType));
  EXPECT_THAT(told(), ElementsAre(HasSubstr("present e3 <list")));
}

TEST_F(Keys, ADocumentNestedWithoutEndIsBounded) {
  PS_SPEC("XCP-10");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (int i = 0; i < 100'000; ++i) deep += "</a>";
  follow(kList, kFriends);
  answer(document(deep, "\"e1\"", kListType));
  EXPECT_THAT(told(), ElementsAre(HasSubstr("unavailable xml.too-deep")));
}

TEST_F(Keys, ASelectorThatIsNoneIsUnavailableAndNoHarmToOthers) {
  follow(kList, "][");
  follow(kList, kFriends);
  answer(document(kLists, "\"e1\"", kListType));
  EXPECT_THAT(told(), ElementsAre(HasSubstr("unavailable no node selector"), HasSubstr("present e1")));
}

TEST_F(Keys, FollowingAgainTellsTheReadingAgain) {
  follow(kRules);
  follow(kList);
  answer(document("<a/>", "\"e1\""));
  answer(status(404));
  told();
  follow(kList);
  EXPECT_THAT(told(), ElementsAre("absent"));
  follow(kRules);  // its text is not held
  EXPECT_THAT(told(), IsEmpty());
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.if_none_match, std::nullopt);
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(told(), ElementsAre("present e1 <a/>"));
}

TEST_F(Keys, FollowingAgainDuringAConditionalRequestGetsTheTextToo) {
  config.mutable_xdm()->set_poll_s(60);
  follow(kRules);
  answer(document("<a/>", "\"e1\""));
  told();
  pass(60s);
  follow(kRules);
  answer(status(304));
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.if_none_match, std::nullopt);
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(told(), ElementsAre("present e1 <a/>"));
}

TEST_F(Keys, FollowingAgainWhileTheServerFailsIsToldSo) {
  PS_SPEC("XCP-05");
  follow(kRules);
  answer(status(500));
  told();
  follow(kRules);
  EXPECT_THAT(told(), ElementsAre("unavailable status 500"));
  unfollow(kRules);
  follow(kRules);
  answer(document("<a/>", "\"e1\""));
  told();
  look();
  answer(status(500));
  follow(kRules);  // a good copy counts, but its text is not here
  answer(status(500));
  EXPECT_THAT(told(), ElementsAre("unavailable status 500"));
  pass(2s);
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(told(), ElementsAre("present e1 <a/>"));
}

TEST_F(Keys, UnfollowedIsForgottenAtOnceAndALateAnswerIsNothing) {
  follow(kRules);
  follow(kRules, "ruleset");
  unfollow(kRules);
  EXPECT_EQ(follower().count(""), 1);
  unfollow(kRules, "ruleset");
  unfollow(kRules, "ruleset");
  EXPECT_EQ(follower().count(""), 0);
  EXPECT_THAT(set, ElementsAre(std::string("+") + kRules, std::string("-") + kRules));
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(told(), IsEmpty());
  for (const char* each : {"asked", "present", "absent", "stale", "unavailable"}) EXPECT_EQ(gauge(each), 0) << each;
  pass(1h);
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(Keys, LookingAgainIsForWhatBeginsSo) {
  follow(kRules);
  follow(kList);
  answer(document("<a/>", "\"e1\""));
  answer(status(404));
  EXPECT_EQ(follower().count("pres-rules/users/"), 1);
  EXPECT_EQ(follower().count(""), 2);
  follower().look_again("/pres-rules/users/", now);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.path, std::string("/") + kRules);
  EXPECT_EQ(asked[0].request.if_none_match, std::nullopt);
  follower().look_again("pres-rules", now);  // once more after the one under way
  EXPECT_THAT(asked, SizeIs(1));
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(asked, SizeIs(1));
}

}  // namespace
}  // namespace presentia::test
