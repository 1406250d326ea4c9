// Which requests are made when there are many documents, and what the attributes change.
#include <algorithm>

#include "tests/support/spec.h"
#include "tests/unit/xdm_documents/fixture.h"
#include "xdm-client/documents/http_settings_of.h"

namespace presentia::test {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Schedule : public Following {
 protected:
  static std::string name(int number) { return "pres-rules/users/sip:u" + std::to_string(number) + "@x/index"; }
  void follow_many(int documents) {
    for (int i = 0; i < documents; ++i) {
      follow(name(i));
      answer(document("<a/>", "\"e1\""));
    }
    told();
  }
};

TEST_F(Schedule, PollsAreSpreadOverThePeriodAndEachDocumentHasOneInIt) {
  config.mutable_xdm()->set_poll_s(100);
  follow_many(1000);
  int polled = 0;
  for (int second = 0; second < 100; ++second) {
    int now_polled = 0;
    pass(1s);
    while (!asked.empty()) {
      answer(status(304));
      ++now_polled;
    }
    EXPECT_LT(now_polled, 40);  // 10 on average
    polled += now_polled;
  }
  EXPECT_EQ(polled, 1000);
}

TEST_F(Schedule, WithoutAPeriodADocumentIsNotAskedForAgain) {
  follow_many(1);
  pass(24h);
  EXPECT_THAT(asked, IsEmpty());
  config.mutable_xdm()->set_poll_s(60);
  settings_changed();
  pass(60s);
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(Schedule, WhatASubscriptionReportsOnIsPolledLess) {
  config.mutable_xdm()->set_poll_s(60);
  config.mutable_xdm()->mutable_diff()->set_verify_s(3600);
  follow_many(1);
  follower().covered(name(0), true, now);
  EXPECT_THAT(asked, IsEmpty());
  int requests = 0;
  for (int i = 0; i < 60; ++i) {
    pass(60s);
    if (!asked.empty()) answer(status(304)), ++requests;
  }
  EXPECT_EQ(requests, 1);
  follower().covered(name(0), false, now);
  pass(60s);
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(Schedule, RoutineLeavesRoomForThoseWhoWait) {
  config.mutable_xdm()->set_workers(2);
  config.mutable_xdm()->set_max_queue(6);
  follow_many(20);
  follower().look_again("", now);
  EXPECT_THAT(asked, SizeIs(4));  // twice the workers
  follow("pres-rules/users/sip:new@x/index");
  follow("pres-rules/users/sip:new2@x/index");
  follow("pres-rules/users/sip:new3@x/index");
  ASSERT_THAT(asked, SizeIs(6));
  EXPECT_EQ(asked[4].request.path, "/pres-rules/users/sip:new@x/index");
  answer(status(404));
  EXPECT_EQ(asked.back().request.path, "/pres-rules/users/sip:new3@x/index");
  int answers = 1;
  for (; !asked.empty(); ++answers) answer(status(404));
  EXPECT_EQ(answers, 23);
}

TEST_F(Schedule, WhoWaitedTooLongIsToldSoAndServedInTurn) {
  config.mutable_xdm()->set_workers(1);
  config.mutable_xdm()->set_max_queue(4);
  for (int i = 0; i < 10; ++i) follow(name(i));
  EXPECT_THAT(asked, SizeIs(4));
  pass(1500ms);
  EXPECT_THAT(told(), AllOf(SizeIs(6), Each("unavailable too many requests wait")));
  for (int i = 0; i < 3; ++i) answer(status(404));
  EXPECT_THAT(asked, SizeIs(2));  // twice the workers, not all that the queue takes
  while (!asked.empty()) answer(status(404));
  EXPECT_EQ(gauge("absent"), 10);
}

TEST_F(Schedule, WithoutRootsEverythingIsAbsentAtOnce) {
  PS_SPEC("XCP-03");
  config.mutable_xdm()->clear_root();
  config.mutable_xdm()->set_poll_s(60);
  follow(kRules);
  follow(kList, "resource-lists");
  EXPECT_THAT(told(), ElementsAre("absent", "absent"));
  follower().look_again("", now);
  pass(1h);
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(Schedule, WhenRootsAppearAFailureIsNotTakenForAbsence) {
  PS_SPEC("XCP-05");
  config.mutable_xdm()->clear_root();
  follow(kRules);
  told();
  config.mutable_xdm()->add_root()->set_uri("http://one.example.org");
  settings_changed();
  EXPECT_THAT(told(), IsEmpty());
  answer(status(500));
  EXPECT_THAT(told(), ElementsAre("unavailable status 500"));
}

TEST_F(Schedule, ChangedRootsAreAskedForEverythingAndOldAnswersDoNotCount) {
  follow_many(3);
  follower().look_again(name(0), now);
  config.mutable_xdm()->mutable_root(0)->set_uri("http://two.example.org");
  settings_changed();
  ASSERT_THAT(asked, SizeIs(4));
  for (const Asked& each : asked) EXPECT_EQ(each.request.if_none_match, std::nullopt);
  answer(status(404));  // of the old root
  EXPECT_THAT(told(), IsEmpty());
  answer(document("<a/>", "\"other\""));
  answer(document("<b/>", "\"e1\""));
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(told(), ElementsAre("present other <a/>", "present e1 <b/>"));
  config.mutable_xdm()->clear_root();
  settings_changed();
  EXPECT_THAT(told(), ElementsAre("absent", "absent", "absent"));
}

TEST(HttpSettingsOf, TheAttributesArriveAndAreReadOnceForAVersion) {
  config::Config config = mgmt::defaults();
  config::Xdm& xdm = *config.mutable_xdm();
  xdm.add_root()->set_uri("http://one.example.org/xcap");
  xdm.add_root()->set_uri("https://two.example.org/xcap");
  xdm.set_identity(config::Xdm::ASSERTED_3GPP);
  xdm.set_workers(3);
  xdm.set_max_queue(77);
  xdm.set_first_byte_timeout_ms(321);
  xdm.set_idle_connection_s(9);
  xdm.set_check_host_name(false);
  mgmt::Live live(std::make_shared<const mgmt::Snapshot>(config, 1));
  xdm::LiveHttpSettings settings(live);
  const auto first = settings.current();
  EXPECT_THAT(first->roots, ElementsAre("http://one.example.org/xcap", "https://two.example.org/xcap"));
  EXPECT_EQ(first->identity, xdm::IdentityMode::asserted_3gpp);
  EXPECT_EQ(first->workers, 3);
  EXPECT_EQ(first->max_queue, 77);
  EXPECT_EQ(first->first_byte_timeout, 321ms);
  EXPECT_EQ(first->idle_timeout, 9s);
  EXPECT_FALSE(first->tls.check_host_name);
  EXPECT_TRUE(xdm::check(*first));
  EXPECT_EQ(settings.current(), first);
  xdm.set_workers(4);
  live.swap(std::make_shared<const mgmt::Snapshot>(config, 2));
  EXPECT_EQ(settings.source()()->workers, 4);
}

TEST(HttpSettingsOf, TheDefaultsAreOnesThatTheClientTakes) {
  const mgmt::Snapshot snapshot(mgmt::defaults(), 1);
  EXPECT_TRUE(xdm::check(xdm::http_settings_of(snapshot)));
}

}  // namespace
}  // namespace presentia::test
