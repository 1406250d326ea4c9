// Failures: for how long the last good reading counts, and when a server is asked again.
#include "tests/support/spec.h"
#include "tests/unit/xdm_documents/fixture.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Failures : public Following {
 protected:
  Failures() {
    config.mutable_xdm()->set_retry_first_ms(1000);
    config.mutable_xdm()->set_retry_max_ms(8000);
    config.mutable_rules()->mutable_cache()->set_stale_s(100);
  }
  void fetched() {
    follow(kRules);
    answer(document("<a/>", "\"e1\""));
    told();
  }
  void look() { follower().look_again("", now); }
  // How long until the next request.
  base::Millis pause() {
    const base::Instant from = now;
    while (asked.empty()) pass(1ms);
    return now - from;
  }
};

TEST_F(Failures, TheLastGoodReadingCountsUntilItIsTooOld) {
  PS_SPEC("XCP-05 OM1-15");
  fetched();
  look();
  answer(status(500));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(gauge("stale"), 1);
  pass(99'999ms);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_GT(metrics.gauge("presentia_xdm_oldest_stale_seconds").value(), 99);
  pass(1ms);
  EXPECT_THAT(told(), ElementsAre("unavailable status 500"));
  EXPECT_EQ(gauge("stale"), 0);
  EXPECT_EQ(gauge("unavailable"), 1);
  EXPECT_EQ(metrics.gauge("presentia_xdm_oldest_stale_seconds").value(), 0);
}

TEST_F(Failures, AreToldToWhoAsksHowDocumentsStand) {
  config.mutable_xdm()->set_poll_s(60);
  fetched();
  const base::Instant read = now;
  EXPECT_THAT(follower().standings({"nobody/follows/this"}), IsEmpty());
  const auto standing = [this] { return follower().standings({kRules, kList}).at(0); };
  EXPECT_EQ(standing().document, kRules);
  EXPECT_EQ(standing().following, ports::Following::polling);
  EXPECT_FALSE(standing().stale);
  EXPECT_EQ(standing().confirmed_at, read);
  pass(1s);
  look();
  answer(status(500));
  EXPECT_TRUE(standing().stale);
  EXPECT_EQ(standing().why, "status 500");
  EXPECT_EQ(standing().confirmed_at, read);
  pass(100s);
  EXPECT_FALSE(standing().stale) << "nothing counts any more";
  EXPECT_EQ(standing().why, "status 500");
  while (!asked.empty()) answer(status(500));
  look();
  answer(document("<a/>", "\"e2\""));
  EXPECT_EQ(standing().why, "");
  EXPECT_EQ(standing().confirmed_at, now);
  follower().covered(kRules, true, now);
  EXPECT_EQ(standing().following, ports::Following::xcap_diff);
  follower().covered(kRules, false, now);
  config.mutable_xdm()->set_poll_s(0);
  settings_changed();
  EXPECT_EQ(standing().following, ports::Following::none);
}

TEST_F(Failures, WithoutAServerNobodyConfirmsAnything) {
  config.mutable_xdm()->clear_root();
  config.mutable_xdm()->set_poll_s(60);
  follow(kRules);
  const auto standing = follower().standings({kRules}).at(0);
  EXPECT_EQ(standing.following, ports::Following::none);
  EXPECT_EQ(standing.confirmed_at, std::nullopt);
}

TEST_F(Failures, AnAbsentDocumentIsAReadingTooAndGetsTooOld) {
  PS_SPEC("XCP-05");
  follow(kRules);
  answer(status(404));
  told();
  look();
  answer(status(403));
  EXPECT_THAT(told(), IsEmpty());
  pass(100s);
  EXPECT_THAT(told(), ElementsAre("unavailable status 403"));
}

TEST_F(Failures, WithoutALimitOfAgeAFailureCountsAtOnce) {
  config.mutable_rules()->mutable_cache()->set_stale_s(0);
  fetched();
  look();
  answer(failure(xdm::FailureKind::whole_deadline));
  EXPECT_THAT(told(), ElementsAre("unavailable whole_deadline: the reason"));
}

TEST_F(Failures, ADocumentThatWasNotAskedForInALongTimeSurvivesOneFailure) {
  fetched();
  pass(1h);
  look();
  answer(status(500));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Failures, AfterAFailureADocumentComesBackWithItsTextEvenIfItIsTheSame) {
  PS_SPEC("XCP-05");
  fetched();
  look();
  answer(status(500));
  for (int i = 0; i < 100; ++i) {
    pass(1s);
    if (!asked.empty()) answer(status(500));
  }
  EXPECT_THAT(told(), ElementsAre("unavailable status 500"));
  pause();
  EXPECT_EQ(asked.at(0).request.if_none_match, std::nullopt);  // the text is not held any more
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(told(), ElementsAre("present e1 <a/>"));
  EXPECT_EQ(gauge("present"), 1);
}

TEST_F(Failures, RecoveryWithinTheLimitTellsNothing) {
  fetched();
  look();
  answer(status(500));
  pause();
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(told(), IsEmpty());
  pass(200s);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Failures, A304ForADocumentThatBecameTooOldMeanwhileIsNotEnough) {
  config.mutable_xdm()->set_poll_s(10);
  fetched();
  pass(10s);
  answer(status(500));
  while (now - base::Instant(last.fetched_at) < 95s || asked.empty()) {
    if (!asked.empty()) answer(status(500));
    pass(100ms);
  }
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request.if_none_match, "\"e1\"");
  pass(30s);
  ASSERT_THAT(told(), ElementsAre("unavailable status 500"));
  answer(status(304));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(asked.at(0).request.if_none_match, std::nullopt);
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(told(), ElementsAre("present e1 <a/>"));
}

TEST_F(Failures, ThePausesDoubleUpToTheMostLessAtMostAFifth) {
  follow(kRules);
  for (const auto most : {1000ms, 2000ms, 4000ms, 8000ms, 8000ms}) {
    answer(status(500));
    const base::Millis waited = pause();
    EXPECT_LE(waited, most);
    EXPECT_GE(waited, most * 4 / 5);
  }
  EXPECT_THAT(told(), ElementsAre("unavailable status 500"));  // once
}

TEST_F(Failures, AServerMayAskForALongerPauseButNotForAnyLength) {
  follow(kRules);
  xdm::HttpAnswer busy = status(503);
  busy.retry_after = 5s;
  answer(busy);
  EXPECT_EQ(pause(), 5s);
  busy.retry_after = 100h;
  answer(busy);
  EXPECT_EQ(pause(), 8s);
}

TEST_F(Failures, AFullQueueIsNoFailureOfADocument) {
  fetched();
  look();
  answer(failure(xdm::FailureKind::queue_full));
  EXPECT_EQ(gauge("present"), 1);
  EXPECT_LE(pause(), 1s);
  answer(status(404));
  EXPECT_THAT(told(), ElementsAre("absent"));
}

TEST_F(Failures, WhoWaitsIsToldSomethingInTimeAlsoIfTheQueueStaysFull) {
  follow(kRules);
  while (now < base::Instant(std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}) + 1499ms) {
    if (!asked.empty()) answer(failure(xdm::FailureKind::queue_full));
    EXPECT_THAT(told(), IsEmpty());
    pass(1ms);
  }
  pass(2ms);
  EXPECT_THAT(told(), ElementsAre("unavailable too many requests wait"));
  EXPECT_LE(pause(), 1s);
  answer(document("<a/>", "\"e1\""));
  EXPECT_THAT(told(), ElementsAre("present e1 <a/>"));
}

}  // namespace
}  // namespace presentia::test
