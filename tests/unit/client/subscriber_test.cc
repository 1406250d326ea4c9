// Subscribing, refreshing, unsubscribing: what goes out and what the answers mean [RFC6665 4.1.2].
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/spec.h"
#include "tests/unit/client/fixture.h"

namespace presentia::event::client {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

using Subscribing = SubscriberTest;

TEST_F(Subscribing, TheInitialSubscribeCarriesAllThatWasAskedFor_RFC6665_4_1_2_1) {
  PS_SPEC("XDP-01 XDP-02 XDP-07");
  start();
  ASSERT_THAT(sent, SizeIs(1));
  const ports::SipOutgoing& request = sent[0].request;
  EXPECT_EQ(request.method, "SUBSCRIBE");
  EXPECT_EQ(request.request_uri, "sip:xdms@ims.test");
  EXPECT_EQ(request.next_hop, "sip:scscf.ims.test;lr");
  EXPECT_TRUE(request.add_contact);
  EXPECT_THAT(header(request, "Route"), ElementsAre("<sip:scscf.ims.test;lr>"));
  EXPECT_THAT(header(request, "From"), ElementsAre("<sip:ps@ims.test>;tag=" + sub().local_tag()));
  EXPECT_THAT(header(request, "To"), ElementsAre("<sip:xdms@ims.test>"));
  EXPECT_THAT(header(request, "Event"), ElementsAre("xcap-diff;diff-processing=aggregate"));
  EXPECT_THAT(header(request, "Accept"), ElementsAre("application/xcap-diff+xml"));
  EXPECT_THAT(header(request, "Expires"), ElementsAre("3600"));
  EXPECT_THAT(header(request, "P-Asserted-Identity"), ElementsAre("<sip:ps@ims.test>"));
  EXPECT_EQ(request.content_type, "application/resource-lists+xml");
  EXPECT_EQ(*request.body, "<list/>");
  EXPECT_EQ(sub().phase(), Phase::notify_wait);
}

TEST_F(Subscribing, WithAnIoiItIsChargedUnderAnIcidThatTheWholeDialogKeeps_TS24229_5_7_3) {
  PS_SPEC("TS29A-20 PHD-01 PHD-03");
  settings.originating_ioi = "home.test";
  wanted.charging_addresses = "ccf=192.0.2.10; ecf=192.0.2.11";
  subscribed(600);
  const auto icid = [](const ports::SipOutgoing& request) {
    const auto values = header(request, "P-Charging-Vector");
    return values.size() == 1 ? values[0].substr(0, values[0].find(';')) : "";
  };
  const ports::SipOutgoing first = sent[0].request;
  EXPECT_THAT(header(first, "P-Charging-Vector"),
              ElementsAre(MatchesRegex("icid-value=[0-9A-Za-z]+;orig-ioi=home.test")));
  EXPECT_THAT(header(first, "P-Charging-Function-Addresses"), ElementsAre("ccf=192.0.2.10; ecf=192.0.2.11"));
  settings.originating_ioi = "changed.test";  // what the dialog began with stays
  advance(540s);
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(header(sent[1].request, "P-Charging-Vector"), header(first, "P-Charging-Vector"));
  EXPECT_EQ(header(sent[1].request, "P-Charging-Function-Addresses"), header(first, "P-Charging-Function-Addresses"));
  answer(481);
  advance(20s);
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_NE(header(sent[2].request, "Call-ID"), header(first, "Call-ID"));
  EXPECT_NE(icid(sent[2].request), icid(first));
  EXPECT_THAT(header(sent[2].request, "P-Charging-Vector"), ElementsAre(EndsWith(";orig-ioi=changed.test")));
}

TEST_F(Subscribing, WithoutAnIoiThereIsNoCharging) {
  start();
  EXPECT_THAT(header(sent[0].request, "P-Charging-Vector"), IsEmpty());
  EXPECT_THAT(header(sent[0].request, "P-Charging-Function-Addresses"), IsEmpty());
}

TEST_F(Subscribing, WithoutANextHopItGoesToTheTarget) {
  wanted.next_hop.clear();
  start();
  EXPECT_EQ(sent[0].request.next_hop, "sip:xdms@ims.test");
  EXPECT_THAT(header(sent[0].request, "Route"), IsEmpty());
}

TEST_F(Subscribing, A2xxIsToldWithTheLifetimeGrantedNeverMoreThanAsked_RFC6665_4_1_2_1) {
  start();
  answer(200, 600);
  ASSERT_THAT(accepted, SizeIs(1));
  EXPECT_EQ(accepted[0].expires, 600s);
  EXPECT_EQ(accepted[0].status, 200);
  machine.reset();
  start();
  answer(202, 7200);
  EXPECT_EQ(accepted.back().expires, 3600s);
}

TEST_F(Subscribing, ItIsRefreshedInTheDialogOfTheNotifyBeforeItExpires_RFC6665_4_1_2_2) {
  PS_SPEC("XDP-05");
  start();
  answer(200, 600, [](ports::SipOutcome& outcome) { outcome.record_route = {"<sip:not-this-one;lr>"}; });
  ports::SipRequest first = notify("active;expires=600");
  first.record_route = {"<sip:a.ims.test;lr>", "<sip:b.ims.test;lr>"};
  come(first);
  advance(539s);
  EXPECT_THAT(sent, SizeIs(1));
  advance(1s);  // the margin is 60 s
  ASSERT_THAT(sent, SizeIs(2));
  const ports::SipOutgoing& refresh = sent[1].request;
  EXPECT_EQ(refresh.request_uri, "sip:notifier@192.0.2.1");
  EXPECT_THAT(header(refresh, "Route"), ElementsAre("<sip:a.ims.test;lr>", "<sip:b.ims.test;lr>"));  // [RFC6665 4.4.1]
  EXPECT_THAT(header(refresh, "To"), ElementsAre("<sip:xdms@ims.test>;tag=remote"));
  EXPECT_EQ(header(refresh, "Call-ID"), header(sent[0].request, "Call-ID"));
  EXPECT_EQ(header(refresh, "From"), header(sent[0].request, "From"));
  EXPECT_EQ(refresh.cseq, sent[0].request.cseq + 1);
  EXPECT_THAT(header(refresh, "Expires"), ElementsAre("3600"));
}

TEST_F(Subscribing, ChanceMovesARefreshEarlierOnly) {
  settings.jitter = 30s;
  subscribed(600);
  const auto at = sub().deadline();
  ASSERT_TRUE(at);
  EXPECT_GE(*at, now + 600s - 60s - 30s);
  EXPECT_LE(*at, now + 600s - 60s);
}

TEST_F(Subscribing, AShortLifetimeIsNotEatenUpByTheMargin) {
  subscribed(60);
  EXPECT_EQ(sub().deadline(), now + 45s);
}

TEST_F(Subscribing, ANewBodyGoesOutWithARefreshAtOnceAndWithEveryOneAfterIt) {
  subscribed(600);
  ports::SubscriptionContent content = wanted.content;
  content.body = std::make_shared<const std::string>("<more/>");
  content.event_parameters = {{"diff-processing", "no-patching"}};
  take(sub().renew(content, context()));
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(*sent[1].request.body, "<more/>");
  EXPECT_THAT(header(sent[1].request, "Event"), ElementsAre("xcap-diff;diff-processing=no-patching"));
  answer(200, 600);
  come(notify("active;expires=600"));
  advance(540s);
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_EQ(*sent[2].request.body, "<more/>");
}

TEST_F(Subscribing, ANewBodyWaitsForTheAnswerAndTheDialogBeforeIt) {
  start();
  ports::SubscriptionContent content = wanted.content;
  for (const char* body : {"<a/>", "<b/>"}) {
    content.body = std::make_shared<const std::string>(body);
    take(sub().renew(content, context()));
  }
  EXPECT_THAT(sent, SizeIs(1));
  answer(200, 600);
  EXPECT_THAT(sent, SizeIs(1));
  come(notify("active;expires=600"));
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(*sent[1].request.body, "<b/>");
}

TEST_F(Subscribing, AnIntervalTooBriefIsAskedForAgainOnceWithTheMinimum_RFC6665_4_2_1_1) {
  wanted.expires = 60s;
  start();
  answer(423, {}, [](ports::SipOutcome& outcome) { outcome.min_expires = 300; });
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_THAT(header(sent[1].request, "Expires"), ElementsAre("300"));
  EXPECT_THAT(refused, IsEmpty());
  answer(423, {}, [](ports::SipOutcome& outcome) { outcome.min_expires = 900; });
  EXPECT_THAT(sent, SizeIs(2));
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused[0].status, 423);
}

TEST_F(Subscribing, AChallengeIsARefusalBecauseWeHaveNoPassword) {
  for (const int status : {401, 407}) {
    machine.reset();
    start();
    answer(status);
    ASSERT_FALSE(refused.empty());
    EXPECT_EQ(refused.back().status, status);
    EXPECT_GE(refused.back().again_in, settings.refused_backoff);
  }
}

TEST_F(Subscribing, WhatWillHardlyChangeIsAskedForAgainAfterALongTime) {
  PS_SPEC("XDP-08");
  for (const int status : {302, 403, 404, 405, 406, 489, 501, 603}) {
    machine.reset();
    sent.clear();
    start();
    answer(status);
    EXPECT_EQ(sub().phase(), Phase::terminated);
    EXPECT_EQ(refused.back().status, status);
    EXPECT_GE(refused.back().again_in, settings.refused_backoff) << status;
    advance(settings.refused_backoff - 1ms);
    EXPECT_THAT(sent, SizeIs(1)) << status;
    advance(1ms);
    EXPECT_THAT(sent, SizeIs(2)) << status;
  }
}

TEST_F(Subscribing, TroubleIsTriedAgainEverLessOftenAndNotBeforeRetryAfter) {
  start();
  std::vector<base::Millis> waits;
  for (int i = 0; i < 12; ++i) {
    silence(i % 2 == 0 ? ports::OutcomeKind::timeout : ports::OutcomeKind::unreachable);
    ASSERT_TRUE(refused.back().again_in);
    waits.push_back(*refused.back().again_in);
    advance(waits.back());
  }
  EXPECT_GE(waits[0], 1s);
  EXPECT_LE(waits[0], 1250ms);
  EXPECT_GE(waits[3], 8s);
  EXPECT_LE(waits[3], 10s);
  EXPECT_LE(waits[11], settings.max_backoff + settings.max_backoff / 4);
  EXPECT_GE(waits[11], settings.max_backoff);
  answer(503, {}, [](ports::SipOutcome& outcome) { outcome.retry_after = 4000s; });
  EXPECT_EQ(refused.back().again_in, 4000s);
}

TEST_F(Subscribing, ANewAttemptHasAFreshCallIdAndTag_RFC6665_4_1_2_2) {
  start();
  const std::string tag = sub().local_tag();
  answer(500);
  advance(10s);
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_NE(header(sent[0].request, "Call-ID"), header(sent[1].request, "Call-ID"));
  EXPECT_NE(sub().local_tag(), tag);
  EXPECT_THAT(header(sent[1].request, "To"), ElementsAre("<sip:xdms@ims.test>"));
}

TEST_F(Subscribing, ARefreshAnsweredWith481IsSubscribedToAnew_RFC6665_4_1_2_2) {
  PS_SPEC("XDP-05");
  subscribed(600);
  advance(540s);
  answer(481);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].status, 481);
  EXPECT_EQ(ended[0].again_in, 0ms);
  advance(0ms);
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_THAT(header(sent[2].request, "To"), ElementsAre("<sip:xdms@ims.test>"));
  EXPECT_EQ(*sent[2].request.body, "<list/>");
}

TEST_F(Subscribing, TheseAnswersToARefreshEndTheSubscription_RFC6665_4_1_2_2) {
  for (const int status : {404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604}) {
    machine.reset();
    remote_cseq = 0;
    subscribed(600);
    ended.clear();
    advance(540s);
    answer(status);
    EXPECT_EQ(sub().phase(), Phase::terminated) << status;
    EXPECT_THAT(ended, SizeIs(1)) << status;
  }
}

TEST_F(Subscribing, AnyOtherFailureOfARefreshLeavesItAliveUntilItExpires_RFC6665_4_1_2_2) {
  subscribed(600);
  advance(540s);
  answer(503, {}, [](ports::SipOutcome& outcome) { outcome.retry_after = 20s; });
  EXPECT_EQ(sub().phase(), Phase::active);
  EXPECT_EQ(come(notify("active", "still here")), 200);
  advance(21s);
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_THAT(header(sent[2].request, "To"), ElementsAre("<sip:xdms@ims.test>;tag=remote"));
  silence(ports::OutcomeKind::unreachable);
  EXPECT_THAT(ended, IsEmpty());
  for (int i = 0; i < 10 && ended.empty(); ++i) {
    advance(5s);
    if (ended.empty()) silence(ports::OutcomeKind::unreachable);
  }
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].reason, "expired");
}

TEST_F(Subscribing, ARefreshWithoutANotifyEndsItWhenTimerNFires_RFC6665_4_1_2_2) {
  subscribed(600);
  advance(540s);
  answer(200, 600);
  advance(31s);
  EXPECT_THAT(ended, IsEmpty());
  advance(1s);  // 64*T1 after the refresh
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].reason, "no-notify");
  EXPECT_EQ(ended[0].again_in, 0ms);
}

TEST_F(Subscribing, A204SaysThatNoNotifyWillCome_RFC6665_4_1_2_2) {
  subscribed(600);
  advance(540s);
  answer(204, 600);
  advance(60s);
  EXPECT_THAT(ended, IsEmpty());
}

TEST_F(Subscribing, WithoutAFirstNotifyWithin64T1ItIsTriedAnew_RFC6665_4_1_2_4) {
  start();
  answer(200, 3600);
  advance(31'999ms);
  EXPECT_THAT(ended, IsEmpty());
  advance(1ms);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].reason, "no-notify");
  ASSERT_THAT(sent, SizeIs(2));
  // and again, but no more at once
  answer(200, 3600);
  advance(32s);
  ASSERT_THAT(ended, SizeIs(2));
  EXPECT_GE(ended[1].again_in, 1s);
}

TEST_F(Subscribing, UnsubscribingIsARefreshWithExpires0AndWaitsForTheFinalNotify_RFC6665_4_1_2_3) {
  subscribed();
  take(sub().leave(context()));
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_THAT(header(sent[1].request, "Expires"), ElementsAre("0"));
  EXPECT_THAT(header(sent[1].request, "To"), ElementsAre("<sip:xdms@ims.test>;tag=remote"));
  EXPECT_EQ(sent[1].request.body, nullptr);
  answer(200, 0);
  EXPECT_FALSE(gone);
  const std::size_t told = notified.size();
  EXPECT_EQ(come(notify("terminated;reason=timeout", "last")), 200);
  EXPECT_TRUE(gone);
  EXPECT_EQ(notified.size(), told);  // who unsubscribed wants to hear no more
  EXPECT_THAT(ended, IsEmpty());
}

TEST_F(Subscribing, UnsubscribingEndsAlsoWithoutTheFinalNotifyOrWithAFailure) {
  subscribed();
  take(sub().leave(context()));
  answer(200, 0);
  advance(32s);
  EXPECT_TRUE(gone);
  machine.reset();
  gone = false;
  remote_cseq = 0;
  subscribed();
  take(sub().leave(context()));
  silence();
  EXPECT_TRUE(gone);
}

TEST_F(Subscribing, UnsubscribingBeforeTheAnswerWaitsForItAndThenEndsWhatItMade) {
  start();
  take(sub().leave(context()));
  EXPECT_THAT(sent, SizeIs(1));
  answer(200, 3600, [](ports::SipOutcome& outcome) {
    outcome.record_route = {"<sip:a.ims.test;lr>", "<sip:b.ims.test;lr>"};
  });
  ASSERT_THAT(sent, SizeIs(2));  // in the dialog of the answer, which is the only one known [RFC3261 12.1.2]
  EXPECT_THAT(header(sent[1].request, "Expires"), ElementsAre("0"));
  EXPECT_THAT(header(sent[1].request, "Route"), ElementsAre("<sip:b.ims.test;lr>", "<sip:a.ims.test;lr>"));
  EXPECT_EQ(sent[1].request.request_uri, "sip:notifier@192.0.2.9");
}

TEST_F(Subscribing, UnsubscribingWhereThereIsNothingIsDoneAtOnce) {
  start();
  answer(403);
  take(sub().leave(context()));
  EXPECT_TRUE(gone);
  EXPECT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sub().deadline(), std::nullopt);
}

TEST_F(Subscribing, ToldToWhileItWaitsItSubscribesAtOnce) {
  start();
  answer(403);
  take(sub().renew(std::nullopt, context()));
  EXPECT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sub().phase(), Phase::notify_wait);
}

TEST_F(Subscribing, ALateOutcomeDoesNothing) {
  subscribed(600);
  ports::SipOutcome outcome;
  outcome.status = 481;
  outcome.kind = ports::OutcomeKind::response;
  take(sub().on_outcome(sent[0].number, outcome, context()));
  EXPECT_EQ(sub().phase(), Phase::active);
}

}  // namespace
}  // namespace presentia::event::client
