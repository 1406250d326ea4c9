// NOTIFYs to our own subscriptions: which are taken, what they mean, in which order [RFC6665 4.1.3].
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/spec.h"
#include "tests/unit/client/fixture.h"

namespace presentia::event::client {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

using Notifying = SubscriberTest;

TEST_F(Notifying, ANotifyMayComeBeforeTheAnswer_RFC6665_4_1_2_4) {
  PS_SPEC("XDP-03");
  start();
  EXPECT_EQ(come(notify("active;expires=600", "early")), 200);
  EXPECT_EQ(sub().phase(), Phase::active);
  ASSERT_THAT(notified, SizeIs(1));
  EXPECT_TRUE(notified[0].first);
  EXPECT_EQ(*notified[0].body, "early");
  answer(200, 600);
  EXPECT_THAT(accepted, SizeIs(1));
  advance(540s);
  EXPECT_THAT(sent, SizeIs(2));
}

TEST_F(Notifying, PendingBecomesActiveAndBack) {
  start();
  answer(200, 600);
  come(notify("pending;expires=600"));
  EXPECT_EQ(sub().phase(), Phase::pending);
  EXPECT_EQ(notified.back().phase, ports::SubscriptionPhase::pending);
  come(notify("active;expires=600"));
  EXPECT_EQ(sub().phase(), Phase::active);
  EXPECT_FALSE(notified.back().first);
  come(notify("pending;expires=600"));
  EXPECT_EQ(sub().phase(), Phase::pending);
}

TEST_F(Notifying, ItsExpiresCountsButNeverForMoreThanWasAsked_RFC6665_4_1_3) {
  subscribed(3600);
  come(notify("active;expires=200"));
  EXPECT_EQ(sub().deadline(), now + 150s);
  come(notify("active;expires=999999"));
  EXPECT_EQ(sub().deadline(), now + 3540s);
}

TEST_F(Notifying, TheFirstDialogIsKeptAndOtherForksGet481_RFC6665_5_4_9) {
  start();
  EXPECT_EQ(come(notify("active;expires=600", "first")), 200);
  ports::SipRequest other = notify("active;expires=600", "fork");
  other.from_tag = "other";
  EXPECT_EQ(come(other), 481);
  EXPECT_THAT(notified, SizeIs(1));
  // the answer of the other fork only completes the transaction
  answer(200, 60, [](ports::SipOutcome& outcome) {
    outcome.to_tag = "other";
    outcome.contact = "sip:other@192.0.2.2";
  });
  take(sub().renew(std::nullopt, context()));
  EXPECT_EQ(sent.back().request.request_uri, "sip:notifier@192.0.2.1");
  EXPECT_EQ(header(sent.back().request, "To").at(0), "<sip:xdms@ims.test>;tag=remote");
}

TEST_F(Notifying, TheAnswerMayBeTheFirstMessageOfTheDialog_RFC6665_5_4_9) {
  start();
  answer(200, 600);
  ports::SipRequest other = notify("active;expires=600", "fork");
  other.from_tag = "other";
  EXPECT_EQ(come(other), 481);
  EXPECT_EQ(come(notify("active;expires=600", "ours")), 200);
}

TEST_F(Notifying, WhatIsOfNoDialogGets481_RFC6665_4_1_3) {
  subscribed();
  ports::SipRequest request = notify("active");
  request.call_id = "another";
  EXPECT_EQ(come(request), 481);
  request = notify("active");
  request.from_tag.clear();
  EXPECT_EQ(come(request), 481);
  request = notify("active");
  request.event->id = "7";  // we never gave one
  EXPECT_EQ(come(request), 481);
  EXPECT_THAT(notified, SizeIs(1));
}

TEST_F(Notifying, AfterTheEndItGets481) {
  subscribed();
  ports::SipRequest late = notify("active");
  come(notify("terminated;reason=rejected"));
  late.cseq = 99;
  EXPECT_EQ(come(late), 481);
  take(sub().renew(std::nullopt, context()));  // waits for the first NOTIFY of another dialog
  EXPECT_EQ(come(late), 481);
}

TEST_F(Notifying, AfterTimerNAFirstNotifyGets481_RFC6665_4_1_2_4) {
  start();
  answer(200, 3600);
  const ports::SipRequest late = notify("active");
  advance(33s);
  EXPECT_EQ(come(late), 481);
}

TEST_F(Notifying, AnOlderOneGets500AndTheSameOneIsAnsweredAgainWithoutEffect_RFC3261_12_2_2) {
  PS_SPEC("XDP-03");
  subscribed();
  ports::SipRequest newer = notify("active", "newer");
  newer.cseq = 20;
  EXPECT_EQ(come(newer), 200);
  ports::SipRequest older = notify("active", "older");
  older.cseq = 19;
  EXPECT_EQ(come(older), 500);
  EXPECT_EQ(come(newer), 200);
  ASSERT_THAT(notified, SizeIs(2));
  EXPECT_EQ(*notified[1].body, "newer");
}

TEST_F(Notifying, AnotherPackageGets489WithAllowEvents_RFC6665_4_1_3) {
  subscribed();
  ports::SipRequest request = notify("active");
  request.event->package = "presence";
  EXPECT_EQ(come(request), 489);
  EXPECT_THAT(replies.back().headers, testing::Contains(testing::Pair("Allow-Events", "xcap-diff")));
  request.event.reset();
  EXPECT_EQ(come(request), 489);
}

TEST_F(Notifying, WithoutSubscriptionStateItGets400AndWithUnknownExtensions420) {
  subscribed();
  ports::SipRequest request = notify("active");
  request.subscription_state.reset();
  EXPECT_EQ(come(request), 400);
  request = notify("active");
  request.require = {"holy-grail"};
  EXPECT_EQ(come(request), 420);
  EXPECT_THAT(replies.back().headers, testing::Contains(testing::Pair("Unsupported", "holy-grail")));
  request = notify("active", "zipped");
  request.content_encoding = "gzip";
  EXPECT_EQ(come(request), 415);
}

TEST_F(Notifying, AnExtensionOfTheStateIsNoEnd) {
  subscribed();
  EXPECT_EQ(come(notify("paused")), 200);
  EXPECT_EQ(sub().phase(), Phase::pending);
}

TEST_F(Notifying, ItsContactIsTheNewTarget) {
  subscribed();
  ports::SipRequest moved = notify("active");
  moved.contact = "sip:elsewhere@192.0.2.77";
  come(moved);
  take(sub().renew(std::nullopt, context()));
  EXPECT_EQ(sent.back().request.request_uri, "sip:elsewhere@192.0.2.77");
}

// --- Reasons of an end [RFC6665 4.1.3] ------------------------------------------------------------------------------

TEST_F(Notifying, DeactivatedIsSubscribedToAnewAtOnceWhateverRetryAfterSays_RFC6665_4_1_3) {
  PS_SPEC("XDP-05");
  subscribed();
  EXPECT_EQ(come(notify("terminated;reason=deactivated;retry-after=600", "last")), 200);
  EXPECT_EQ(notified.back().phase, ports::SubscriptionPhase::terminated);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].reason, "deactivated");
  EXPECT_EQ(ended[0].again_in, 0ms);
  advance(0ms);
  EXPECT_THAT(sent, SizeIs(2));
}

TEST_F(Notifying, WhoEndsEverySubscriptionAtOnceIsAskedEverLessOften) {
  for (int i = 0; i < 8; ++i) {
    if (i == 0) start();
    answer(200, 600);
    remote_cseq = 0;
    come(notify("terminated;reason=deactivated"));
    ASSERT_THAT(ended, SizeIs(static_cast<std::size_t>(i) + 1));
    if (i == 0) {
      EXPECT_EQ(ended[0].again_in, 0ms);
    } else {
      EXPECT_GE(ended.back().again_in, 1000ms * (1 << (i - 1)));
    }
    advance(*ended.back().again_in);
  }
  // one that lasted makes it forgotten
  answer(200, 600);
  come(notify("active;expires=600"));
  advance(100s);
  come(notify("terminated;reason=deactivated"));
  EXPECT_EQ(ended.back().again_in, 0ms);
}

TEST_F(Notifying, TimeoutIsSubscribedToAnewAtOnce_RFC6665_4_1_3) {
  PS_SPEC("XDP-05");
  subscribed();
  come(notify("terminated;reason=timeout"));
  EXPECT_EQ(ended.back().again_in, 0ms);
}

TEST_F(Notifying, ProbationGiveupAndUnknownReasonsWaitAtLeastForRetryAfter_RFC6665_4_1_3) {
  for (const char* reason : {"terminated;reason=probation;retry-after=77", "terminated;reason=giveup;retry-after=77",
                             "terminated;retry-after=77", "terminated;reason=of-its-own;retry-after=77"}) {
    machine.reset();
    sent.clear();
    remote_cseq = 0;
    subscribed();
    come(notify(reason));
    EXPECT_EQ(ended.back().again_in, 77s) << reason;
    EXPECT_EQ(ended.back().retry_after, 77s) << reason;
    advance(76s);
    EXPECT_THAT(sent, SizeIs(1)) << reason;
    advance(1s);
    EXPECT_THAT(sent, SizeIs(2)) << reason;
  }
}

TEST_F(Notifying, ProbationWithoutRetryAfterWaitsAWhile) {
  subscribed();
  come(notify("terminated;reason=probation"));
  EXPECT_GE(ended.back().again_in, 1s);
}

TEST_F(Notifying, RejectedNoresourceAndInvariantAreOfNoUseUntilTold_RFC6665_4_1_3) {
  PS_SPEC("XDP-05");
  for (const char* reason : {"rejected", "noresource", "invariant"}) {
    machine.reset();
    sent.clear();
    remote_cseq = 0;
    subscribed();
    come(notify("terminated;retry-after=5;reason=" + std::string(reason)));
    EXPECT_EQ(ended.back().again_in, std::nullopt) << reason;
    advance(1'000'000s);
    EXPECT_THAT(sent, SizeIs(1)) << reason;
    take(sub().renew(std::nullopt, context()));
    EXPECT_THAT(sent, SizeIs(2)) << reason;
  }
}

TEST_F(Notifying, ATerminatedFirstNotifyIsAnEndToo_RFC6665_4_1_2) {
  start();
  answer(200, 600);
  EXPECT_EQ(come(notify("terminated;reason=rejected")), 200);
  EXPECT_EQ(sub().phase(), Phase::terminated);
  EXPECT_THAT(ended, SizeIs(1));
  EXPECT_THAT(refused, IsEmpty());
}

}  // namespace
}  // namespace presentia::event::client
