// Reports of xcap-diff: what is patched, what is fetched, what is believed at once.
#include "tests/support/spec.h"
#include "tests/unit/xdm_documents/fixture.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kLists =
    R"(<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="a"/></resource-lists>)";
constexpr const char* kPatched =
    R"(<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="b"/></resource-lists>)";

class Reports : public Following {
 protected:
  void fetched(const std::string& etag = "\"e1\"") {
    follow(kRules);
    answer(document("<a/>", etag));
    told();
  }
  void patching() {
    config.mutable_xdm()->mutable_diff()->set_processing(config::XdmDiff::XCAP_PATCHING);
    config.mutable_xdm()->mutable_diff()->set_max_patches(2);
  }
  void fetched_list() {
    follow(kList);
    answer(document(kLists, "\"e1\"", kListType));
    told();
  }
  static xcap::DocumentChange patch(const std::string& previous, const std::string& next, const std::string& name,
                                    const std::string& document = kList) {
    auto made = change(previous, next, document);
    made.operations.push_back(R"(<d:replace xmlns="urn:ietf:params:xml:ns:resource-lists" )"
                              R"(xmlns:d="urn:ietf:params:xml:ns:xcap-diff" sel="resource-lists/list/@name">)" +
                              name + "</d:replace>");
    return made;
  }
};

TEST_F(Reports, ATagThatIsOursNeedsNoFetchAndAnotherOneDoes) {
  PS_SPEC("XDI-01");
  fetched();
  report(change("e0", "e1"));
  EXPECT_THAT(asked, IsEmpty());
  report(change("e1", "e2"));
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.if_none_match, std::nullopt);
  answer(document("<b/>", "\"e2\""));
  EXPECT_THAT(told(), ElementsAre("present e2 <b/>"));
  EXPECT_EQ(count("presentia_xdm_reports_total", "kind", "changed"), 2);
}

TEST_F(Reports, WhatMayHaveBeenMissedIsLookedAtWithTheTagThatIsHeld) {
  PS_SPEC("XCP-04 XDP-03");
  fetched();
  follower().missed(kRules, now);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.if_none_match, "\"e1\"");
  answer(status(304));
  EXPECT_THAT(told(), IsEmpty());
  follower().missed("pres-rules/users/sip:nobody@example.org/index", now);
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(Reports, AReportOfWhatIsHeldMakesALookThatWaitsUnnecessary) {
  config.mutable_xdm()->set_workers(1);
  config.mutable_xdm()->set_max_queue(2);
  fetched();
  for (const char* other : {"pres-rules/users/sip:a@x/index", "pres-rules/users/sip:b@x/index"}) follow(other);
  follower().missed(kRules, now);
  EXPECT_THAT(asked, SizeIs(2));  // no room
  report(change({}, "e1"));
  while (!asked.empty()) answer(status(404));
  EXPECT_THAT(told(), ElementsAre("absent", "absent"));

  for (const char* other : {"pres-rules/users/sip:c@x/index", "pres-rules/users/sip:d@x/index"}) follow(other);
  follower().look_again(kRules, now);  // by somebody who does not believe the tag
  report(change({}, "e1"));
  answer(status(404));
  answer(status(404));
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.if_none_match, std::nullopt);
}

TEST_F(Reports, TheSelectorMayBeSpeltInOtherWays) {
  follow("pres-rules/users/sip:alice@example.org/my%20rules");
  answer(document("<a/>", "\"e1\""));
  report(change({}, "e2", "/pres-rules/users/sip%3Aalice%40example.org/my%20rules"));
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(Reports, WhatIsNotFollowedOrNoDocumentIsCountedAndIgnored) {
  fetched();
  report(change("e1", "e2", "pres-rules/users/sip:other@x/index"));
  report(change("e1", "e2", "../etc/passwd"));
  report(change("e1", "e2", std::string(kRules) + "/~~/ruleset"));
  EXPECT_THAT(asked, IsEmpty());
  EXPECT_EQ(count("presentia_xdm_reports_total", "kind", "unknown"), 1);
  EXPECT_EQ(count("presentia_xdm_reports_total", "kind", "malformed"), 2);
}

TEST_F(Reports, ARemovedDocumentIsAbsentAtOnce) {
  PS_SPEC("XDI-01");
  fetched();
  report(change("e1", {}));
  EXPECT_THAT(told(), ElementsAre("absent"));
  EXPECT_THAT(asked, IsEmpty());
  report(change("e1", {}));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(Reports, ARemovalOfAnotherVersionIsNotBelievedButLookedAt) {
  fetched("\"e5\"");
  report(change("e1", {}));
  EXPECT_THAT(told(), IsEmpty());
  ASSERT_THAT(asked, SizeIs(1));
  answer(document("<a/>", "\"e5\""));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Reports, ARemovalDuringARequestIsNotUndoneByItsAnswer) {
  fetched();
  follower().look_again("", now);
  report(change("e1", {}));
  EXPECT_THAT(told(), ElementsAre("absent"));
  ASSERT_THAT(asked, SizeIs(2));
  answer(document("<a/>", "\"e1\""));  // from before the removal
  EXPECT_THAT(told(), IsEmpty());
  answer(status(404));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Reports, AReportDuringARequestLeadsToOneMoreUnlessTheAnswerIsThatVersion) {
  follow(kRules);
  report(change("e1", "e2"));
  answer(document("<b/>", "\"e2\""));
  EXPECT_THAT(asked, IsEmpty());

  follower().look_again("", now);
  report(change("e2", "e3"));
  answer(document("<b/>", "\"e2\""));
  ASSERT_THAT(asked, SizeIs(1));
  answer(document("<b/>", "\"e2\""));  // whatever it is
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(Reports, AReportDuringARequestThatFailsIsNotForgotten) {
  config.mutable_xdm()->set_poll_s(60);
  fetched();
  pass(60s);
  ASSERT_EQ(asked.at(0).request.if_none_match, "\"e1\"");
  report(change("e1", "e2"));
  answer(status(500));
  pass(1s);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.if_none_match, std::nullopt);
}

TEST_F(Reports, APatchIsAppliedToTheCopyItWasMadeFor) {
  PS_SPEC("XDI-02");
  patching();
  fetched_list();
  report(patch("e1", "e2", "b"));
  EXPECT_THAT(asked, IsEmpty());
  EXPECT_THAT(told(), ElementsAre(std::string("present e2 ") + kPatched));
  follow(kList);  // the copy is held
  EXPECT_THAT(told(), ElementsAre(std::string("present e2 ") + kPatched));
}

TEST_F(Reports, AGapLeadsToAWholeGetWithoutCondition) {
  PS_SPEC("XDI-02 XDP-03");
  patching();
  fetched_list();
  report(patch("e2", "e3", "b"));
  EXPECT_THAT(told(), IsEmpty());
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.if_none_match, std::nullopt);
}

TEST_F(Reports, APatchThatDoesNotApplyIsSaidAndTheDocumentFetched) {
  PS_SPEC("XDP-04");
  patching();
  fetched_list();
  auto wrong = patch("e1", "e2", "b");
  wrong.operations[0].replace(wrong.operations[0].find("list/@name"), 10, "none/@name");
  report(wrong);
  EXPECT_THAT(set.back(), std::string("!") + kList);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_THAT(asked, SizeIs(1));
  EXPECT_EQ(count("presentia_xdm_reports_total", "kind", "patch_failed"), 1);
}

TEST_F(Reports, AfterSoManyPatchesTheWholeDocumentIsFetched) {
  patching();
  fetched_list();
  report(patch("e1", "e2", "b"));
  report(patch("e2", "e3", "c"));
  EXPECT_THAT(asked, IsEmpty());
  report(patch("e3", "e4", "d"));
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(Reports, RulesAreNeverPatched) {
  patching();
  config.mutable_rules()->clear_documents();
  config.mutable_rules()->add_documents("org.example.rules/index");
  for (const char* rules : {kRules, "org.openmobilealliance.pres-rules/users/sip:a@x/pres-rules",
                            "org.example.rules/users/sip:a@x/index"}) {
    follow(rules);
    answer(document(kLists, "\"e1\"", kRulesType));
    told();
    report(patch("e1", "e2", "b", rules));
    EXPECT_THAT(told(), IsEmpty()) << rules;
    EXPECT_THAT(asked, SizeIs(1)) << rules;
    asked.clear();
  }
}

}  // namespace
}  // namespace presentia::test
