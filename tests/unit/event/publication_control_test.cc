#include "tests/unit/event/fixture.h"

namespace presentia::event::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class PublicationControl : public Machine {
 protected:
  std::string published(const std::string& word) {
    return header(feed_publish(publish(word)).responses.at(0), "SIP-ETag");
  }
  [[nodiscard]] const std::vector<Publication>& held() { return state.published["toy"].publications; }
};

TEST_F(PublicationControl, AnInitialPublishIsStoredUnderATagThatCarriesItsPartition) {
  PS_SPEC("PUB-03 PUB-15");
  const Outcome outcome = feed_publish(publish("open"));
  ASSERT_THAT(outcome.responses, SizeIs(1));
  EXPECT_EQ(outcome.responses[0].status, 200);
  EXPECT_EQ(header(outcome.responses[0], "Expires"), "3600");
  EXPECT_EQ(base::partition_of_tag(header(outcome.responses[0], "SIP-ETag")), base::partition_of(kAlice));
  ASSERT_THAT(held(), SizeIs(1));
  EXPECT_EQ(held()[0].record.expires_at, now + 3600s);
}

TEST_F(PublicationControl, TwoInitialPublishesAreTwoPublications) {
  PS_SPEC("PUB-03");
  EXPECT_NE(published("a"), published("b"));
  EXPECT_THAT(held(), SizeIs(2));
}

TEST_F(PublicationControl, ARefreshExtendsUnderANewTagAndKeepsTheState) {
  PS_SPEC("PUB-11 PUB-16");
  const std::string first = published("open");
  now += 100s;
  const std::string second = header(feed_publish(publish("", first)).responses.at(0), "SIP-ETag");
  EXPECT_NE(first, second);
  ASSERT_THAT(held(), SizeIs(1));
  EXPECT_EQ(held()[0].record.expires_at, now + 3600s);
  EXPECT_NE(held()[0].document, nullptr);
  EXPECT_EQ(feed_publish(publish("", first)).responses.at(0).status, 412);
}

TEST_F(PublicationControl, AModificationReplacesOnlyItsOwnPublication) {
  PS_SPEC("PUB-11");
  const std::string first = published("a");
  published("b");
  feed_publish(publish("c", first));
  const Outcome watched = feed_subscribe(subscribe());
  EXPECT_EQ(body(watched.notifies.at(0)), "b+c");
}

TEST_F(PublicationControl, AnUnknownTagIs412AndChangesNothing) {
  PS_SPEC("PUB-05 PUB-26");
  published("open");
  const Outcome outcome = feed_publish(publish("closed", "zzz"));
  EXPECT_EQ(outcome.responses.at(0).status, 412);
  EXPECT_THAT(outcome.records, IsEmpty());
  EXPECT_THAT(held(), SizeIs(1));
}

TEST_F(PublicationControl, NoneOrSeveralTagsAre400) {
  PS_SPEC("PUB-04");
  ports::SipRequest two = publish("open");
  two.has_if_match = true;
  two.if_match = {"a", "b"};
  EXPECT_EQ(feed_publish(two).responses.at(0).status, 400);
  two.if_match.clear();
  EXPECT_EQ(feed_publish(two).responses.at(0).status, 400);
}

TEST_F(PublicationControl, ShorterThanTheMinimumOfTheMomentIsRefusedWithIt) {
  PS_SPEC("PUB-25");
  settings_.mutable_event()->mutable_publication()->set_min_expires_s(120);
  ports::SipRequest made = publish("open");
  made.expires = 90;
  const Outcome outcome = feed_publish(made);
  EXPECT_EQ(outcome.responses.at(0).status, 423);
  EXPECT_EQ(header(outcome.responses[0], "Min-Expires"), "120");
  EXPECT_THAT(held(), IsEmpty());
}

TEST_F(PublicationControl, GrantsNeverMoreThanAskedNorMoreThanTheMaximum) {
  PS_SPEC("PUB-06 PUB-08");
  ports::SipRequest made = publish("open");
  made.expires = 100;
  EXPECT_EQ(header(feed_publish(made).responses.at(0), "Expires"), "100");
  made.expires = 4'294'967'295U;
  EXPECT_EQ(header(feed_publish(made).responses.at(0), "Expires"), "7200");
}

TEST_F(PublicationControl, ARemovalTakesTheStateAndItsTagAway) {
  PS_SPEC("PUB-12");
  const std::string tag = published("open");
  ports::SipRequest made = publish("", tag);
  made.expires = 0;
  const Outcome outcome = feed_publish(made);
  EXPECT_EQ(outcome.responses.at(0).status, 200);
  EXPECT_EQ(header(outcome.responses[0], "Expires"), "0");
  EXPECT_THAT(held(), IsEmpty());
  EXPECT_EQ(feed_publish(made).responses.at(0).status, 412);
}

TEST_F(PublicationControl, AnInitialPublishWithExpiresZeroStoresNothing) {
  PS_SPEC("PUB-13");
  ports::SipRequest made = publish("open");
  made.expires = 0;
  const Outcome outcome = feed_publish(made);
  EXPECT_EQ(outcome.responses.at(0).status, 200);
  EXPECT_THAT(outcome.records, IsEmpty());
}

TEST_F(PublicationControl, ABodyOfAnotherTypeIs415WithAccept) {
  PS_SPEC("PUB-09 SIP-08 PUB-25");
  ports::SipRequest made = publish("open");
  made.content_type = "text/html";
  const Outcome outcome = feed_publish(made);
  EXPECT_EQ(outcome.responses.at(0).status, 415);
  EXPECT_EQ(header(outcome.responses[0], "Accept"), "text/toy");
}

TEST_F(PublicationControl, ASignedDocumentIsRefusedNotRewritten) {
  PS_SPEC("PUB-31");
  ports::SipRequest made = publish("open");
  made.content_type = "multipart/signed";
  EXPECT_EQ(feed_publish(made).responses.at(0).status, 415);
  EXPECT_THAT(held(), IsEmpty());
}

TEST_F(PublicationControl, ChainedModificationsTakeEffectInTheirOrder) {
  PS_SPEC("PUB-18");
  const std::string first = published("one");
  const std::string second = header(feed_publish(publish("two", first)).responses.at(0), "SIP-ETag");
  feed_publish(publish("three", second));
  EXPECT_EQ(body(feed_subscribe(subscribe()).notifies.at(0)), "three");
}

TEST_F(PublicationControl, AnInitialPublishWithoutBodyIs400) {
  EXPECT_EQ(feed_publish(publish("")).responses.at(0).status, 400);
}

TEST_F(PublicationControl, ABodyThatThePackageRefusesIsAnsweredWithItsReason) {
  const Outcome outcome = feed_publish(publish("bad"));
  EXPECT_EQ(outcome.responses.at(0).status, 400);
  EXPECT_EQ(header(outcome.responses[0], "Warning"), "399 presentia \"a bad word\"");
  EXPECT_THAT(outcome.records, IsEmpty());
}

TEST_F(PublicationControl, OnlyThePresentityMayPublishAlsoWithSomeoneElsesTag) {
  PS_SPEC("OM1-01");
  const std::string tag = published("open");
  ports::SipRequest made = publish("closed", tag);
  made.asserted = {{"", kBob}};
  EXPECT_EQ(feed_publish(made).responses.at(0).status, 403);
  made.asserted.clear();
  EXPECT_EQ(feed_publish(made).responses.at(0).status, 403);
  EXPECT_EQ(held().at(0).record.etag, tag);
}

TEST_F(PublicationControl, TheSecondAssertedIdentityCountsToo) {
  ports::SipRequest made = publish("open");
  made.asserted = {{"", "tel:+15550001"}, {"", kAlice}};
  EXPECT_EQ(feed_publish(made).responses.at(0).status, 200);
}

TEST_F(PublicationControl, FromCountsOnlyWhereTheLaboratoryAllowsIt) {
  ports::SipRequest made = publish("open");
  made.asserted.clear();
  EXPECT_EQ(feed_publish(made).responses.at(0).status, 403);
  settings_.mutable_sip()->set_identity_from_from(true);
  EXPECT_EQ(feed_publish(made).responses.at(0).status, 200);
}

TEST_F(PublicationControl, AtItsExpiryAndNotBeforeThePublicationIsGoneAndWatchersAreTold) {
  PS_SPEC("PUB-33");
  const std::string tag = published("open");
  const Outcome watched = feed_subscribe(subscribe());
  answer(watched.notifies.at(0));
  now += 3600s - 1ms;
  const Outcome early = feed(TimerDue{tag});
  EXPECT_THAT(early.notifies, IsEmpty());
  EXPECT_THAT(early.armed, SizeIs(1));
  now += 1ms;
  const Outcome due = feed(TimerDue{tag});
  ASSERT_THAT(due.notifies, SizeIs(1));
  EXPECT_EQ(body(due.notifies[0]), "lost");
}

TEST_F(PublicationControl, TheAnswerComesBeforeTheNotify) {
  answer(feed_subscribe(subscribe()).notifies.at(0));
  const mgmt::Snapshot snapshot(settings_, 1);
  const Context context{now, snapshot, packages, tokens, base::partition_of(state.resource)};
  const Decision decision = step(state, PublishArrived{publish("open")}, context);
  std::vector<std::size_t> order;
  for (const Action& action : decision.actions)
    if (std::holds_alternative<Respond>(action) || std::holds_alternative<Notify>(action))
      order.push_back(action.index());
  EXPECT_THAT(order, ElementsAre(Action(Respond{}).index(), Action(Notify{}).index()));
}

TEST_F(PublicationControl, ChargingIsEchoedWithOurTermIoi) {
  settings_.mutable_event()->mutable_publication()->set_terminating_ioi("example.com");
  ports::SipRequest made = publish("open");
  made.charging.vector = "icid-value=\"1\";orig-ioi=ims.test";
  made.charging.addresses = "ccf=\"aaa://ccf1.ims.test\"";
  const Outcome outcome = feed_publish(made);
  EXPECT_EQ(header(outcome.responses.at(0), "P-Charging-Vector"),
            "icid-value=\"1\";orig-ioi=ims.test;term-ioi=example.com");
  EXPECT_EQ(header(outcome.responses[0], "P-Charging-Function-Addresses"), "ccf=\"aaa://ccf1.ims.test\"");
}

TEST_F(PublicationControl, NeitherRecordRouteNorContactIsAnswered) {
  PS_SPEC("PUB-19");
  ports::SipRequest made = publish("open");
  made.record_route = {"<sip:rr.example.com;lr>"};
  const Outcome outcome = feed_publish(made);
  EXPECT_EQ(header(outcome.responses.at(0), "Record-Route"), "(absent)");
  EXPECT_EQ(header(outcome.responses[0], "Contact"), "(absent)");
  EXPECT_THAT(state.dialogs, IsEmpty());
}

TEST_F(PublicationControl, APublishInsideADialogIsLikeAnyOther) {
  PS_SPEC("PUB-20");
  const Outcome watched = feed_subscribe(subscribe());
  ports::SipRequest made = publish("open");
  made.to_tag = watched.responses.at(0).to_tag;
  EXPECT_EQ(feed_publish(made).responses.at(0).status, 200);
}

}  // namespace
}  // namespace presentia::event::test
