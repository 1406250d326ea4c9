#include "tests/unit/event/fixture.h"

namespace presentia::event::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Notifier : public Machine {
 protected:
  // bob watches, and has been told the first state.
  void SetUp() override {
    first = feed_subscribe(subscribe());
    answer(first.notifies.at(0));
    id = state.subscriptions.begin()->first;
  }
  Outcome first;
  ports::SubscriptionId id = 0;
};

TEST_F(Notifier, AChangeWithinTheIntervalWaitsAndOnlyTheNewestStateIsSent) {
  PS_SPEC("PRES-12 SIP-19 TS29A-11");
  const Outcome at_once = feed_publish(publish("a"));
  ASSERT_THAT(at_once.notifies, SizeIs(1));
  answer(at_once.notifies[0]);
  EXPECT_THAT(feed_publish(publish("b")).notifies, IsEmpty());
  feed_publish(publish("c"));
  now += 5s;
  const Outcome due = feed(TimerDue{id});
  ASSERT_THAT(due.notifies, SizeIs(1));
  EXPECT_EQ(body(due.notifies[0]), "a+b+c");
  EXPECT_EQ(due.notifies[0].cseq, 3U);
}

TEST_F(Notifier, AChangeAfterTheIntervalGoesAtOnce) {
  now += 5s;
  EXPECT_THAT(feed_publish(publish("a")).notifies, SizeIs(1));
}

TEST_F(Notifier, OnlyOneNotifyIsOutstandingAndTheAnswerSendsTheNewestState) {
  settings_.mutable_notify()->set_min_interval_s(0);
  now += 5s;
  const Outcome one = feed_publish(publish("a"));
  ASSERT_THAT(one.notifies, SizeIs(1));
  EXPECT_THAT(feed_publish(publish("b")).notifies, IsEmpty());
  EXPECT_THAT(feed_publish(publish("c")).notifies, IsEmpty());
  const Outcome next = answer(one.notifies[0]);
  ASSERT_THAT(next.notifies, SizeIs(1));
  EXPECT_EQ(body(next.notifies[0]), "a+b+c");
  EXPECT_THAT(answer(next.notifies[0]).notifies, IsEmpty());
}

TEST_F(Notifier, TheSameStateIsNotSentAgain) {
  now += 5s;
  const Outcome one = feed_publish(publish("a"));
  answer(one.notifies.at(0));
  const std::string tag = state.published["toy"].publications[0].record.etag;
  now += 5s;
  EXPECT_THAT(feed_publish(publish("a", tag)).notifies, IsEmpty());
}

TEST_F(Notifier, ARefreshOfAPublicationIsNoChange) {
  PS_SPEC("PUB-11");
  now += 5s;
  answer(feed_publish(publish("a")).notifies.at(0));
  const std::string tag = state.published["toy"].publications[0].record.etag;
  now += 5s;
  EXPECT_THAT(feed_publish(publish("", tag)).notifies, IsEmpty());
}

TEST_F(Notifier, OneRenderingServesAllWatchersOfOneView) {
  answer(feed_subscribe(subscribe("sip:carol@example.com")).notifies.at(0));
  answer(feed_subscribe(subscribe("sip:dave@example.com")).notifies.at(0));
  now += 5s;
  package->rendered = 0;
  const Outcome outcome = feed_publish(publish("a"));
  ASSERT_THAT(outcome.notifies, SizeIs(3));
  EXPECT_EQ(package->rendered, 1);
  EXPECT_EQ(outcome.notifies[0].request.body, outcome.notifies[2].request.body);
}

class Failures : public Notifier, public testing::WithParamInterface<int> {};

TEST_P(Failures, ThatMeanNoSubscriptionRemoveItWithoutAnotherNotify) {
  PS_SPEC("EVT-23 EVT-24");
  now += 5s;
  const Outcome one = feed_publish(publish("a"));
  const Outcome after = answer(one.notifies.at(0), GetParam());
  EXPECT_THAT(after.notifies, IsEmpty());
  EXPECT_THAT(state.subscriptions, IsEmpty());
  EXPECT_THAT(state.dialogs, IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(RFC6665, Failures,
                         testing::Values(404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604));

TEST_F(Notifier, AnotherFailureKeepsTheSubscriptionAndTriesLater) {
  PS_SPEC("EVT-23");
  now += 5s;
  const Outcome one = feed_publish(publish("a"));
  const Outcome failed = answer(one.notifies.at(0), 500);
  EXPECT_THAT(failed.notifies, IsEmpty());
  ASSERT_THAT(state.subscriptions, SizeIs(1));
  now += 10s;
  EXPECT_EQ(body(feed(TimerDue{id}).notifies.at(0)), "a");
}

TEST_F(Notifier, RetryAfterIsObeyed) {
  PS_SPEC("EVT-23");
  now += 5s;
  const Outcome one = feed_publish(publish("a"));
  answer(one.notifies.at(0), 503, 60s);
  now += 59s;
  EXPECT_THAT(feed(TimerDue{id}).notifies, IsEmpty());
  now += 1s;
  EXPECT_THAT(feed(TimerDue{id}).notifies, SizeIs(1));
}

TEST_F(Notifier, SilenceEndsTheSubscriptionWhereTheOperatorWantsIt) {
  now += 5s;
  Outcome one = feed_publish(publish("a"));
  settings_.mutable_notify()->set_remove_on_timeout(false);
  silence(one.notifies.at(0));
  ASSERT_THAT(state.subscriptions, SizeIs(1));
  settings_.mutable_notify()->set_remove_on_timeout(true);
  now += 10s;
  one = feed(TimerDue{id});
  silence(one.notifies.at(0));
  EXPECT_THAT(state.subscriptions, IsEmpty());
}

TEST_F(Notifier, EachSilenceInARowDoublesThePauseUpToTheLongestAndAnAnswerEndsThat) {
  settings_.mutable_notify()->set_remove_on_timeout(false);
  settings_.mutable_notify()->set_max_retry_after_s(35);
  now += 5s;
  Outcome one = feed_publish(publish("a"));
  for (const base::Seconds pause : {10s, 20s, 35s, 35s}) {
    silence(one.notifies.at(0));
    now += pause - 1s;
    EXPECT_THAT(feed(TimerDue{id}).notifies, IsEmpty());
    now += 1s;
    one = feed(TimerDue{id});
    ASSERT_THAT(one.notifies, SizeIs(1));
  }
  answer(one.notifies[0]);
  now += 5s;
  one = feed_publish(publish("b", state.published["toy"].publications.at(0).record.etag));
  silence(one.notifies.at(0));
  now += 10s;
  EXPECT_THAT(feed(TimerDue{id}).notifies, SizeIs(1));
}

TEST_F(Notifier, ALateOutcomeOfAnAbandonedNotifyIsHarmless) {
  now += 5s;
  const Outcome one = feed_publish(publish("a"));
  handling = SubHandling::confirm;
  const Outcome urgent = feed(PolicyChanged{});
  ASSERT_THAT(urgent.notifies, SizeIs(1));
  silence(one.notifies.at(0));
  EXPECT_THAT(state.subscriptions, SizeIs(1));
  EXPECT_TRUE(state.dialogs.begin()->second.outstanding.has_value());
}

TEST_F(Notifier, TheAnswerMayMoveTheTargetButNotToOurselves) {
  PS_SPEC("SIP-22");
  const Outcome one = feed_publish(publish("a"));
  const auto answered_with = [&](const Notify& notify, const std::string& contact) {
    feed(NotifyFinished{notify.dialog, notify.cseq, {0, ports::OutcomeKind::response, 200, {}, contact}});
    now += 5s;
  };
  answered_with(one.notifies.at(0), "sip:as.example.com");
  const Outcome two = feed_publish(publish("b"));
  EXPECT_EQ(two.notifies.at(0).request.request_uri, "sip:ua@192.0.2.1");
  answered_with(two.notifies[0], "sip:ua@192.0.2.7");
  EXPECT_EQ(feed_publish(publish("c")).notifies.at(0).request.request_uri, "sip:ua@192.0.2.7");
}

TEST_F(Notifier, NoCseqIsSentAboveTheReservedCeiling) {
  settings_.mutable_notify()->set_min_interval_s(0);
  std::uint32_t ceiling = state.dialogs.begin()->second.record.local_cseq_ceiling;
  std::uint32_t last = 1;
  for (int i = 0; i < 600; ++i) {
    const Outcome outcome = feed_publish(
        publish("w" + std::to_string(i), i == 0 ? "" : state.published["toy"].publications[0].record.etag));
    for (const ports::RecordChange& record : outcome.records)
      if (const auto* put = std::get_if<ports::PutDialog>(&record)) ceiling = put->record.local_cseq_ceiling;
    ASSERT_THAT(outcome.notifies, SizeIs(1));
    EXPECT_EQ(outcome.notifies[0].cseq, ++last);
    ASSERT_LE(last, ceiling);
    answer(outcome.notifies[0]);
  }
}

TEST_F(Notifier, AnIcidInQuotesIsKeptWholeWithOurOwnIoi) {
  PS_SPEC("PHD-01 PHD-03");
  settings_.mutable_event()->mutable_subscription()->set_charging_ioi("home.test");
  ports::SipRequest made = subscribe("sip:carol@example.com");
  made.charging.vector = R"(icid-value="a;b\";c";icid-generated-at=192.0.2.1;orig-ioi=other.test)";
  made.charging.addresses = "ccf=192.0.2.1; ccf=192.0.2.2";
  const Outcome outcome = feed_subscribe(made);
  EXPECT_EQ(header(outcome.notifies.at(0), "P-Charging-Vector"), R"(icid-value="a;b\";c";orig-ioi=home.test)");
  EXPECT_EQ(header(outcome.notifies[0], "P-Charging-Function-Addresses"), "ccf=192.0.2.1; ccf=192.0.2.2");
}

TEST_F(Notifier, APolitelyBlockedWatcherIsNotToldOfChanges) {
  handling = SubHandling::polite_block;
  const Outcome outcome = feed_subscribe(subscribe("sip:mallory@example.com"));
  EXPECT_EQ(header(outcome.notifies.at(0), "Subscription-State"), "active;expires=3600");
  EXPECT_EQ(body(outcome.notifies[0]), "nothing");
  answer(outcome.notifies[0]);
  now += 5s;
  for (const Notify& notify : feed_publish(publish("open")).notifies)
    EXPECT_NE(notify.dialog, outcome.notifies[0].dialog);
}

TEST_F(Notifier, AfterARestartCseqsGoOnAboveTheBlockAndTheNewestStateIsSent) {
  now += 5s;
  answer(feed_publish(publish("a")).notifies.at(0));
  ResourceState loaded;
  loaded.resource = state.resource;
  for (const auto& [tag, dialog] : state.dialogs)
    event::apply(loaded, Change{ports::RecordChange(ports::PutDialog{dialog.record})});
  for (const auto& [key, subscription] : state.subscriptions)
    event::apply(loaded, Change{ports::RecordChange(ports::PutSubscription{subscription.record})});
  ports::PublicationRecord stored = state.published["toy"].publications.at(0).record;
  stored.body = std::make_shared<const std::string>("a");  // in memory the document stands for it
  event::apply(loaded, Change{ports::RecordChange(ports::PutPublication{stored})});
  const mgmt::Snapshot snapshot(settings_, 1);
  const Context context{now, snapshot, packages, tokens, base::partition_of(kAlice)};
  std::ignore = resume(loaded, context, [this] { return now; });
  const Decision decision = step(loaded, PolicyChanged{false}, context);
  std::vector<std::pair<std::uint32_t, std::string>> sent;
  for (const Action& action : decision.actions)
    if (const auto* notify = std::get_if<Notify>(&action)) sent.emplace_back(notify->cseq, body(*notify));
  EXPECT_THAT(sent, ElementsAre(std::pair{257U, std::string("a")}));
}

}  // namespace
}  // namespace presentia::event::test
