#include "tests/unit/event/fixture.h"

namespace presentia::event::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class SubscriptionControl : public Machine {};

TEST_F(SubscriptionControl, AnAllowedWatcherIsAnsweredAndNotifiedAtOnce) {
  PS_SPEC("EVT-01 EVT-02 EVT-09 EVT-18 EVT-19 EVT-31");
  feed_publish(publish("open"));
  const Outcome outcome = feed_subscribe(subscribe());
  ASSERT_THAT(outcome.responses, SizeIs(1));
  EXPECT_EQ(outcome.responses[0].status, 200);
  EXPECT_EQ(header(outcome.responses[0], "Expires"), "3600");
  EXPECT_EQ(header(outcome.responses[0], "Contact"), "<sip:as.example.com>");
  ASSERT_THAT(outcome.notifies, SizeIs(1));
  EXPECT_EQ(header(outcome.notifies[0], "Subscription-State"), "active;expires=3600");
  EXPECT_EQ(header(outcome.notifies[0], "Event"), "toy");
  EXPECT_EQ(header(outcome.notifies[0], "Contact"), "<sip:as.example.com>");
  EXPECT_EQ(body(outcome.notifies[0]), "open");
  EXPECT_EQ(outcome.notifies[0].request.request_uri, "sip:ua@192.0.2.1");
}

TEST_F(SubscriptionControl, TheRouteSetIsTheRecordRouteInOrder) {
  PS_SPEC("SIP-16 SIP-17");
  ports::SipRequest made = subscribe();
  made.record_route = {"<sip:rr1.example.com;lr>", "<sip:rr2.example.com;lr>"};
  const Outcome outcome = feed_subscribe(made);
  EXPECT_THAT(*outcome.notifies.at(0).request.fixed,
              StartsWith("Route: <sip:rr1.example.com;lr>\r\nRoute: <sip:rr2.example.com;lr>\r\n"));
  EXPECT_EQ(outcome.notifies[0].request.next_hop, "sip:rr1.example.com;lr");
  EXPECT_EQ(header(outcome.responses.at(0), "Record-Route"), "<sip:rr1.example.com;lr>");
}

TEST_F(SubscriptionControl, AStrictRouterIsPutIntoTheRequestUri) {
  PS_SPEC("SIP-18");
  ports::SipRequest made = subscribe();
  made.record_route = {"<sip:strict.example.com>", "<sip:rr2.example.com;lr>"};
  const Outcome outcome = feed_subscribe(made);
  EXPECT_EQ(outcome.notifies.at(0).request.request_uri, "sip:strict.example.com");
  EXPECT_THAT(*outcome.notifies[0].request.fixed,
              StartsWith("Route: <sip:rr2.example.com;lr>\r\nRoute: <sip:ua@192.0.2.1>\r\n"));
}

TEST_F(SubscriptionControl, AnUndecidedWatcherIsPendingAndSeesNothing) {
  PS_SPEC("EVT-06 EVT-11 PRES-05");
  handling = SubHandling::confirm;
  feed_publish(publish("open"));
  const Outcome outcome = feed_subscribe(subscribe());
  EXPECT_EQ(outcome.responses.at(0).status, 200);
  EXPECT_EQ(header(outcome.notifies.at(0), "Subscription-State"), "pending;expires=3600");
  EXPECT_EQ(body(outcome.notifies[0]), "(none)");
  settings_.mutable_event()->mutable_subscription()->set_pending_status(config::Subscription::STATUS_202);
  EXPECT_EQ(feed_subscribe(subscribe("sip:carol@example.com")).responses.at(0).status, 202);
}

TEST_F(SubscriptionControl, ABlockedWatcherIs403AndLeavesNothing) {
  PS_SPEC("PRES-06");
  handling = SubHandling::block;
  const Outcome outcome = feed_subscribe(subscribe());
  EXPECT_EQ(outcome.responses.at(0).status, 403);
  EXPECT_TRUE(state.empty());
}

TEST_F(SubscriptionControl, WithoutAnIdentityNobodyIsLetIn) {
  PS_SPEC("PRES-04");
  ports::SipRequest made = subscribe();
  made.asserted.clear();
  EXPECT_EQ(feed_subscribe(made).responses.at(0).status, 403);
}

TEST_F(SubscriptionControl, AFetchIsOneNotifyWithTheStateAndKeepsNothing) {
  PS_SPEC("EVT-17");
  feed_publish(publish("open"));
  ports::SipRequest made = subscribe();
  made.expires = 0;
  const Outcome outcome = feed_subscribe(made);
  EXPECT_EQ(header(outcome.responses.at(0), "Expires"), "0");
  ASSERT_THAT(outcome.notifies, SizeIs(1));
  EXPECT_EQ(header(outcome.notifies[0], "Subscription-State"), "terminated;reason=timeout");
  EXPECT_EQ(body(outcome.notifies[0]), "open");
  EXPECT_THAT(state.subscriptions, IsEmpty());
  EXPECT_THAT(state.dialogs, IsEmpty());
  EXPECT_THAT(feed_publish(publish("busy")).notifies, IsEmpty());
}

TEST_F(SubscriptionControl, ARefreshExtendsAndNotifies) {
  PS_SPEC("EVT-14 EVT-09");
  const Outcome first = feed_subscribe(subscribe());
  answer(first.notifies.at(0));
  now += 600s;
  ports::SipRequest again = in_dialog(subscribe(), first.responses.at(0));
  again.expires = 1200;
  const Outcome outcome = feed_subscribe(again);
  EXPECT_EQ(header(outcome.responses.at(0), "Expires"), "1200");
  ASSERT_THAT(outcome.notifies, SizeIs(1));
  EXPECT_EQ(header(outcome.notifies[0], "Subscription-State"), "active;expires=1200");
  EXPECT_EQ(outcome.notifies[0].cseq, 2U);
  EXPECT_THAT(state.subscriptions, SizeIs(1));
}

TEST_F(SubscriptionControl, AnUnsubscribeEndsWithTheFullState) {
  PS_SPEC("EVT-16");
  feed_publish(publish("open"));
  const Outcome first = feed_subscribe(subscribe());
  answer(first.notifies.at(0));
  ports::SipRequest bye = in_dialog(subscribe(), first.responses.at(0));
  bye.expires = 0;
  const Outcome outcome = feed_subscribe(bye);
  EXPECT_EQ(outcome.responses.at(0).status, 200);
  EXPECT_EQ(header(outcome.notifies.at(0), "Subscription-State"), "terminated;reason=timeout");
  EXPECT_EQ(body(outcome.notifies[0]), "open");
  EXPECT_THAT(state.subscriptions, IsEmpty());
  EXPECT_THAT(state.dialogs, IsEmpty());
}

TEST_F(SubscriptionControl, OnlyShortIntervalsBelowTheMinimumAre423) {
  ports::SipRequest made = subscribe();
  made.expires = 59;
  const Outcome outcome = feed_subscribe(made);
  EXPECT_EQ(outcome.responses.at(0).status, 423);
  EXPECT_EQ(header(outcome.responses[0], "Min-Expires"), "60");
}

TEST_F(SubscriptionControl, NeverLengthens) {
  PS_SPEC("EVT-08");
  ports::SipRequest made = subscribe();
  made.expires = 61;
  EXPECT_EQ(header(feed_subscribe(made).responses.at(0), "Expires"), "61");
}

TEST_F(SubscriptionControl, AnAcceptWithoutOurTypesIs406AndWildcardsCount) {
  PS_SPEC("PRES-03 EVT-25 EVT-26");
  ports::SipRequest made = subscribe();
  made.accept = std::vector<std::string>{"application/xpidf+xml"};
  EXPECT_EQ(feed_subscribe(made).responses.at(0).status, 406);
  made.accept = std::vector<std::string>{"application/xpidf+xml", "text/*"};
  EXPECT_EQ(feed_subscribe(made).responses.at(0).status, 200);
}

TEST_F(SubscriptionControl, TheBodyTypeFollowsTheAcceptOfTheLatestSubscribe) {
  PS_SPEC("PRES-09");
  const Outcome first = feed_subscribe(subscribe());
  EXPECT_EQ(first.notifies.at(0).request.content_type, "text/toy");
  answer(first.notifies[0]);
  ports::SipRequest again = in_dialog(subscribe(), first.responses.at(0));
  again.accept = std::vector<std::string>{"text/loud"};
  EXPECT_EQ(feed_subscribe(again).notifies.at(0).request.content_type, "text/loud");
}

TEST_F(SubscriptionControl, EachDialogOfAWatcherIsAStreamOfItsOwn) {
  PS_SPEC("EVT-29 PRES-13");
  ports::SipRequest made = subscribe();
  const Outcome one = feed_subscribe(made);
  made.call_id = "another call";
  const Outcome two = feed_subscribe(made);
  EXPECT_NE(one.responses.at(0).to_tag, two.responses.at(0).to_tag);
  answer(one.notifies.at(0));
  answer(two.notifies.at(0));
  const Outcome changed = feed_publish(publish("open"));
  ASSERT_THAT(changed.notifies, SizeIs(2));
  EXPECT_NE(header(changed.notifies[0], "Call-ID"), header(changed.notifies[1], "Call-ID"));
}

TEST_F(SubscriptionControl, NobodyIsNotifiedWhoDidNotSubscribe) {
  PS_SPEC("EVT-38");
  EXPECT_THAT(feed_publish(publish("open")).notifies, IsEmpty());
  EXPECT_THAT(feed(PolicyChanged{}).notifies, IsEmpty());
  EXPECT_THAT(feed(EndSubscriptions{0, "toy", WatcherEvent::deactivated, {}, false}).notifies, IsEmpty());
}

TEST_F(SubscriptionControl, ABodyThatMayBeIgnoredIsIgnoredAnyOtherIs415) {
  PS_SPEC("SIP-10");
  ports::SipRequest made = subscribe();
  made.body = std::make_shared<const std::string>("x");
  made.content_type = "text/plain";
  const Outcome refused = feed_subscribe(made);
  EXPECT_EQ(refused.responses.at(0).status, 415);
  EXPECT_EQ(header(refused.responses[0], "Accept"), "");
  made.body_optional = true;
  EXPECT_EQ(feed_subscribe(made).responses.at(0).status, 200);
}

TEST_F(SubscriptionControl, AnUnknownDialogIs481) {
  PS_SPEC("SIP-20");
  ports::SipRequest made = subscribe();
  made.to_tag = tokens.tag(base::partition_of(kAlice));
  EXPECT_EQ(feed_subscribe(made).responses.at(0).status, 481);
  EXPECT_THAT(state.subscriptions, IsEmpty());
}

TEST_F(SubscriptionControl, ATagOfAnotherCallIs481) {
  const Outcome first = feed_subscribe(subscribe());
  ports::SipRequest made = in_dialog(subscribe(), first.responses.at(0));
  made.call_id = "another";
  EXPECT_EQ(feed_subscribe(made).responses.at(0).status, 481);
}

TEST_F(SubscriptionControl, ALowerCseqIs500AndHarmless) {
  PS_SPEC("SIP-21");
  ports::SipRequest made = subscribe();
  made.cseq = 10;
  const Outcome first = feed_subscribe(made);
  ports::SipRequest late = in_dialog(made, first.responses.at(0));
  late.cseq = 9;
  EXPECT_EQ(feed_subscribe(late).responses.at(0).status, 500);
  EXPECT_THAT(state.subscriptions, SizeIs(1));
}

TEST_F(SubscriptionControl, ARefreshMovesTheTarget) {
  PS_SPEC("SIP-22");
  const Outcome first = feed_subscribe(subscribe());
  answer(first.notifies.at(0));
  ports::SipRequest again = in_dialog(subscribe(), first.responses.at(0));
  again.contact = "sip:ua@192.0.2.99";
  EXPECT_EQ(feed_subscribe(again).notifies.at(0).request.request_uri, "sip:ua@192.0.2.99");
}

TEST_F(SubscriptionControl, SeveralEventIdsInOneDialogLiveSideBySide) {
  PS_SPEC("EVT-33");
  ports::SipRequest made = subscribe();
  made.event->id = "1";
  const Outcome first = feed_subscribe(made);
  EXPECT_EQ(header(first.notifies.at(0), "Event"), "toy;id=1");
  ports::SipRequest second = in_dialog(made, first.responses.at(0));
  second.event->id = "2";
  const Outcome added = feed_subscribe(second);
  EXPECT_EQ(added.responses.at(0).status, 200);
  EXPECT_THAT(added.notifies, IsEmpty());  // one NOTIFY outstanding per dialog
  const Outcome next = answer(first.notifies[0]);
  EXPECT_EQ(header(next.notifies.at(0), "Event"), "toy;id=2");
  answer(next.notifies[0]);
  ports::SipRequest bye = in_dialog(second, first.responses[0]);
  bye.cseq = 5;
  bye.event->id = "1";
  bye.expires = 0;
  const Outcome ended = feed_subscribe(bye);
  EXPECT_EQ(header(ended.notifies.at(0), "Event"), "toy;id=1");
  EXPECT_THAT(state.subscriptions, SizeIs(1));
  EXPECT_THAT(state.dialogs, SizeIs(1));
}

TEST_F(SubscriptionControl, AnotherIdentityInsideTheDialogIsRefused) {
  const Outcome first = feed_subscribe(subscribe());
  ports::SipRequest made = in_dialog(subscribe(), first.responses.at(0));
  made.asserted = {{"", "sip:mallory@example.com"}};
  EXPECT_EQ(feed_subscribe(made).responses.at(0).status, 403);
  made.asserted.clear();  // behind an S-CSCF in-dialog requests carry no identity
  EXPECT_EQ(feed_subscribe(made).responses.at(0).status, 200);
}

TEST_F(SubscriptionControl, ExpiresExactlyAndSaysSo) {
  const Outcome first = feed_subscribe(subscribe());
  answer(first.notifies.at(0));
  const ports::SubscriptionId id = state.subscriptions.begin()->first;
  now += 3600s - 1ms;
  EXPECT_THAT(feed(TimerDue{id}).notifies, IsEmpty());
  now += 1ms;
  const Outcome due = feed(TimerDue{id});
  EXPECT_EQ(header(due.notifies.at(0), "Subscription-State"), "terminated;reason=timeout");
  EXPECT_TRUE(state.empty());
}

TEST_F(SubscriptionControl, AChangeOfPolicyActsOnRunningSubscriptions) {
  feed_publish(publish("open"));
  const Outcome first = feed_subscribe(subscribe());
  answer(first.notifies.at(0));
  handling = SubHandling::confirm;
  const Outcome confirm = feed(PolicyChanged{});
  EXPECT_EQ(header(confirm.notifies.at(0), "Subscription-State"), "pending;expires=3600");
  EXPECT_EQ(body(confirm.notifies[0]), "(none)");
  answer(confirm.notifies[0]);
  handling = SubHandling::allow;
  const Outcome allow = feed(PolicyChanged{});
  EXPECT_EQ(header(allow.notifies.at(0), "Subscription-State"), "active;expires=3600");
  EXPECT_EQ(body(allow.notifies[0]), "open");
  answer(allow.notifies[0]);
  handling = SubHandling::block;
  const Outcome block = feed(PolicyChanged{});
  EXPECT_EQ(header(block.notifies.at(0), "Subscription-State"), "terminated;reason=rejected");
  EXPECT_EQ(body(block.notifies[0]), "(none)");
  EXPECT_THAT(state.subscriptions, IsEmpty());
}

TEST_F(SubscriptionControl, LosingRightsAbandonsTheNotifyOfTheOldContent) {
  feed_publish(publish("open"));
  const Outcome first = feed_subscribe(subscribe());
  handling = SubHandling::block;
  const Outcome block = feed(PolicyChanged{});
  ASSERT_THAT(block.abandoned, SizeIs(1));
  EXPECT_EQ(block.abandoned[0].cseq, 1U);
  EXPECT_EQ(block.notifies.at(0).cseq, 2U);
  EXPECT_THAT(answer(first.notifies.at(0)).notifies, IsEmpty());
}

TEST_F(SubscriptionControl, ADomainThatIsNotServedAnyMoreEndsWithNoresource) {
  const Outcome first = feed_subscribe(subscribe());
  answer(first.notifies.at(0));
  settings_.mutable_sip()->mutable_domains(0)->set_name("other.example");
  const Outcome outcome = feed(PolicyChanged{});
  EXPECT_EQ(header(outcome.notifies.at(0), "Subscription-State"), "terminated;reason=noresource");
}

TEST_F(SubscriptionControl, OrdersFromInsideCarryTheirReason) {
  const Outcome first = feed_subscribe(subscribe());
  answer(first.notifies.at(0));
  const Outcome outcome = feed(EndSubscriptions{0, "toy", WatcherEvent::probation, 30s, false});
  EXPECT_EQ(header(outcome.notifies.at(0), "Subscription-State"), "terminated;reason=probation;retry-after=30");
}

// The watcher would take the last NOTIFY, which is still to come, for that of the new subscription.
TEST_F(SubscriptionControl, WhileItsLastNotifyWaitsASubscriptionCannotBeRefreshedAnyMore) {
  PS_SPEC("EVT-16");
  const ports::SipRequest request = subscribe();
  const Outcome first = feed_subscribe(request);
  EXPECT_THAT(feed(EndSubscriptions{0, "toy", WatcherEvent::deactivated, {}, false}).notifies, IsEmpty());
  const Outcome again = feed_subscribe(in_dialog(request, first.responses.at(0)));
  EXPECT_EQ(again.responses.at(0).status, 481);
  const Outcome last = answer(first.notifies.at(0));
  ASSERT_THAT(last.notifies, SizeIs(1));
  EXPECT_EQ(header(last.notifies[0], "Subscription-State"), "terminated;reason=deactivated");
  EXPECT_TRUE(state.dialogs.empty());
}

TEST_F(SubscriptionControl, AFeedIsAuthorisedAndDeliveredLikeAnyWatcher) {
  feed_publish(publish("open"));
  const FeedOpened open{{7, 1}, "toy", {kBob, ""}, 3600s};
  const Outcome outcome = feed(open);
  ASSERT_THAT(outcome.delivered, SizeIs(1));
  EXPECT_EQ(*outcome.delivered[0].body.bytes, "open");
  EXPECT_EQ(outcome.delivered[0].sequence, 0U);
  EXPECT_EQ(feed_publish(publish("busy")).delivered.at(0).sequence, 1U);
  handling = SubHandling::block;
  EXPECT_EQ(feed(PolicyChanged{}).delivered.at(0).state, ports::SubscriptionState::terminated);
  EXPECT_EQ(feed(open).delivered.at(0).reason, WatcherEvent::rejected);
}

}  // namespace
}  // namespace presentia::event::test
