// What one answer says, and what is told of it.
#include "tests/support/spec.h"
#include "tests/unit/xdm_documents/fixture.h"

namespace presentia::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class Answers : public Following {};

TEST_F(Answers, AFollowedDocumentIsFetchedAtOnceAndTold) {
  PS_SPEC("XCP-03");
  follow(kRules);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.path, "/pres-rules/users/sip:alice@example.org/index");
  EXPECT_EQ(asked[0].request.if_none_match, std::nullopt);
  EXPECT_EQ(asked[0].request.within, 1500ms);
  answer(document("<ruleset/>", "\"e1\"", "Application/Auth-Policy+XML; charset=utf-8"));
  EXPECT_THAT(told(), ElementsAre("present e1 <ruleset/>"));
  EXPECT_EQ(last.content_type, kRulesType);
  EXPECT_EQ(last.fetched_at, now);
  EXPECT_EQ(last.key, (ports::DocumentKey{kRules}));
}

TEST_F(Answers, ADocumentThatIsNotThereIsAbsentAndNoFailure) {
  PS_SPEC("XCP-03");
  for (const int code : {404, 410}) {
    follow(kRules);
    answer(status(code));
    EXPECT_THAT(told(), ElementsAre("absent")) << code;
    unfollow(kRules);
  }
  EXPECT_EQ(count("presentia_xdm_fetches_total", "result", "absent"), 2);
}

TEST_F(Answers, TheSecondFetchHasTheTagAsItsConditionAndA304ChangesNothing) {
  PS_SPEC("XCP-04");
  config.mutable_xdm()->set_poll_s(60);
  follow(kRules);
  answer(document("<ruleset/>", "\"e1\""));
  told();
  pass(60s);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.if_none_match, "\"e1\"");
  answer(status(304));
  EXPECT_THAT(told(), IsEmpty());
  pass(60s);
  answer(document("<ruleset>new</ruleset>", "\"e2\""));
  EXPECT_THAT(told(), ElementsAre("present e2 <ruleset>new</ruleset>"));
}

TEST_F(Answers, TagsWithoutQuotesAndWeakOnesAreUnderstood) {
  config.mutable_xdm()->set_poll_s(60);
  follow(kRules);
  answer(document("<a/>", "sip-cfg-1"));
  EXPECT_THAT(told(), ElementsAre("present sip-cfg-1 <a/>"));
  pass(60s);
  EXPECT_EQ(asked.at(0).request.if_none_match, "\"sip-cfg-1\"");
  answer(document("<a/>", "W/\"w\""));
  EXPECT_THAT(told(), ElementsAre("present w <a/>"));
  pass(60s);
  EXPECT_EQ(asked.at(0).request.if_none_match, "W/\"w\"");
}

TEST_F(Answers, WithoutATagTheDocumentIsFetchedWholeAndToldOnlyIfItChanged) {
  config.mutable_xdm()->set_poll_s(60);
  for (const auto& tag : {std::optional<std::string>(), std::optional(std::string(5000, 'x'))}) {
    follow(kRules);
    answer(document("<a/>", tag));
    EXPECT_THAT(told(), ElementsAre("present  <a/>"));
    pass(60s);
    EXPECT_EQ(asked.at(0).request.if_none_match, std::nullopt);
    answer(document("<a/>", tag));
    EXPECT_THAT(told(), IsEmpty());
    pass(60s);
    answer(document("<b/>", tag));
    EXPECT_THAT(told(), ElementsAre("present  <b/>"));
    unfollow(kRules);
  }
}

TEST_F(Answers, A304WithTheTagOfSomethingElseIsNotBelieved) {
  config.mutable_xdm()->set_poll_s(60);
  follow(kRules);
  answer(document("<a/>", "\"e1\""));
  told();
  pass(60s);
  xdm::HttpAnswer wrong = status(304);
  wrong.etag = "\"e7\"";
  answer(wrong);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.if_none_match, std::nullopt);
  answer(document("<b/>", "\"e7\""));
  EXPECT_THAT(told(), ElementsAre("present e7 <b/>"));
}

TEST_F(Answers, EachUsageHasItsTypeAndAnythingElseIsRefused) {
  PS_SPEC("XCP-07 PRU-25 XCP-11");
  const struct {
    const char *document, *right, *wrong;
  } kCases[] = {
      {"pres-rules/users/sip:a@x/index", "application/auth-policy+xml", "application/xml"},
      {"org.openmobilealliance.pres-rules/users/sip:a@x/pres-rules", "application/auth-policy+xml", "text/html"},
      {"resource-lists/users/sip:a@x/index", "application/resource-lists+xml", "application/auth-policy+xml"},
      {"rls-services/users/sip:a@x/index", "application/rls-services+xml", "application/resource-lists+xml"},
      {"pidf-manipulation/users/sip:a@x/index", "application/pidf+xml", "text/plain"},
      {"org.example.unknown/global/index", "application/foo+xml", "text/html"},
  };
  for (const auto& each : kCases) {
    follow(each.document);
    answer(document("<a/>", "\"e\"", each.right));
    EXPECT_THAT(told(), ElementsAre("present e <a/>")) << each.document;
    unfollow(each.document);
    follow(each.document);
    answer(document("<a/>", "\"e\"", each.wrong));
    EXPECT_THAT(told(), ElementsAre("unavailable Content-Type " + std::string(each.wrong))) << each.document;
    unfollow(each.document);
  }
  EXPECT_EQ(count("presentia_xdm_refused_total", "reason", "content_type"), 6);
}

TEST_F(Answers, ADocumentWithoutTypeOrTextIsRefused) {
  PS_SPEC("XCP-07");
  follow(kRules);
  answer(document("<a/>", "\"e\"", ""));
  EXPECT_THAT(told(), ElementsAre("unavailable a document without Content-Type"));
  unfollow(kRules);
  follow(kRules);
  answer(document("", "\"e\""));
  EXPECT_THAT(told(), ElementsAre("unavailable an empty document"));
}

TEST_F(Answers, AllElseIsAFailureWithItsReason) {
  PS_SPEC("XCP-05");
  for (const int code : {201, 204, 301, 304, 400, 401, 403, 409, 412, 500, 503}) {
    follow(kRules);
    answer(status(code));
    EXPECT_THAT(told(), ElementsAre(AllOf(StartsWith("unavailable"), testing::HasSubstr(std::to_string(code)))));
    unfollow(kRules);
  }
  for (int kind = 0; kind < xdm::kFailureKinds; ++kind) {
    const auto failed = static_cast<xdm::FailureKind>(kind);
    if (failed == xdm::FailureKind::queue_full || failed == xdm::FailureKind::stopped) continue;
    follow(kRules);
    answer(failure(failed));
    EXPECT_THAT(told(), ElementsAre("unavailable " + std::string(xdm::word(failed)) + ": the reason"));
    unfollow(kRules);
  }
  EXPECT_EQ(count("presentia_xdm_refused_total", "reason", "too_large"), 1);
}

TEST_F(Answers, ADeletedDocumentIsAbsentAtOnceAndMayComeBack) {
  PS_SPEC("XCP-03");
  config.mutable_xdm()->set_poll_s(60);
  follow(kRules);
  answer(document("<a/>", "\"e1\""));
  told();
  pass(60s);
  answer(status(404));
  EXPECT_THAT(told(), ElementsAre("absent"));
  pass(60s);
  EXPECT_EQ(asked.at(0).request.if_none_match, std::nullopt);
  answer(status(404));
  EXPECT_THAT(told(), IsEmpty());
  pass(60s);
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(told(), ElementsAre("present e1 <a/>"));
}

TEST_F(Answers, ItIsAskedOnBehalfOfTheUserOrOfWhoIsSet) {
  PS_SPEC("XCP-08");
  follow("pres-rules/users/sip:a%20b@example.org/index");
  follow("resource-lists/global/index");
  EXPECT_EQ(asked.at(0).request.identity, "sip:a b@example.org");
  EXPECT_EQ(asked.at(1).request.identity, "");
  config.mutable_xdm()->set_asserted_uri("sip:presence@example.org");
  settings_changed();
  follow(kRules);
  EXPECT_EQ(asked.at(2).request.identity, "sip:presence@example.org");
}

TEST_F(Answers, WhatIsNoDocumentIsNotAskedFor) {
  for (const char* path : {"", "pres-rules", "pres-rules/users/sip:a@x/../../secret", "pres-rules/global/%zz"}) {
    follow(path);
    EXPECT_THAT(told(), ElementsAre("unavailable no document selector")) << path;
  }
  EXPECT_THAT(asked, IsEmpty());
  EXPECT_THAT(set, IsEmpty());
}

}  // namespace
}  // namespace presentia::test
