// Which peer is asked, when another is, and when it is over.
#include "diameter/client/exchanges.h"

#include "diameter/message/sh_request.h"
#include "tests/support/spec.h"
#include "tests/unit/sh_client/exchanging.h"

namespace presentia::test {
namespace {

using diameter::OutgoingRequest;
using ports::PeerPhase;
using ports::SubscriberFault;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
namespace avp_name = diameter::avp_name;

const std::string kRegistered = "<Sh-Data><Sh-IMS-Data><IMSUserState>1</IMSUserState></Sh-IMS-Data></Sh-Data>";

std::string destination(const OutgoingRequest& request) {
  return octets(request.avps, avp_name::kDestinationHost).value_or("");
}
std::string session(const OutgoingRequest& request) { return octets(request.avps, avp_name::kSessionId).value_or(""); }

TEST_F(Exchanging, ThePreferredPeerIsAskedAndTheOtherMayStandIn) {
  start();
  read_state();
  const OutgoingRequest request = take();
  EXPECT_THAT(request.peers, ElementsAre("one.test", "two.test"));
  EXPECT_FALSE(request.is_retransmission);
  answer(request, data(kRegistered));
  ASSERT_THAT(reads, SizeIs(1));
  EXPECT_EQ(reads[0]->record.ims_user_state, ports::ImsUserState::registered);
  EXPECT_FALSE(exchanges->next());
}

TEST_F(Exchanging, FailoverKeepsWhatMakesTheRequestTheSame) {
  PS_SPEC("SH-37");
  start();
  read_state();
  const OutgoingRequest first = take();
  pass(699ms);
  EXPECT_THAT(sent, IsEmpty());
  pass(1ms);
  const OutgoingRequest second = take();
  EXPECT_THAT(second.peers, ElementsAre("two.test"));
  EXPECT_TRUE(second.is_retransmission);
  EXPECT_EQ(second.end_to_end, first.end_to_end);
  EXPECT_EQ(session(second), session(first));
  answer(first, data(kRegistered));  // late, and as good as any
  answer(second, data(kRegistered));
  EXPECT_THAT(reads, SizeIs(1));
  EXPECT_EQ(registry.counter("presentia_sh_late_answers_total").value(), 1);
}

TEST_F(Exchanging, SilenceEndsAtTheDeadlineAndOnce) {
  PS_SPEC("SH-40");
  start();
  read_state(1s);
  pass(999ms);
  EXPECT_THAT(reads, IsEmpty());
  pass(1ms);
  ASSERT_THAT(reads, SizeIs(1));
  EXPECT_EQ(last_fault(), SubscriberFault::timed_out);
  pass(1h);
  EXPECT_THAT(reads, SizeIs(1));
}

TEST_F(Exchanging, WithoutAPeerItFailsAtOnce) {
  report("one.test", PeerPhase::closed);
  report("two.test", PeerPhase::suspect);
  start();
  read_state();
  EXPECT_EQ(last_fault(), SubscriberFault::peer_away);
  EXPECT_THAT(sent, IsEmpty());
}

TEST_F(Exchanging, ALostConnectionIsNoAnswer) {
  start();
  read_state();
  answer(take(), result(3002), "");
  const OutgoingRequest second = take();
  EXPECT_THAT(second.peers, ElementsAre("two.test"));
  answer(second, result(3002), "");
  EXPECT_EQ(last_fault(), SubscriberFault::peer_away);
}

TEST_F(Exchanging, BusyAndUndeliverableGoToTheOtherPeer) {
  PS_SPEC("SH-19");
  start();
  for (const std::uint32_t code : {3002U, 3003U, 3004U}) {
    read_state();
    answer(take(), result(code));
    const OutgoingRequest second = take();
    EXPECT_THAT(second.peers, ElementsAre("two.test"));
    answer(second, result(code));
    EXPECT_EQ(last_fault(), code == 3004 ? SubscriberFault::too_busy : SubscriberFault::undeliverable);
  }
}

TEST_F(Exchanging, TheHostThatAnsweredIsNamedUntilItCannotBeReached) {
  PS_SPEC("SH-39");
  start();
  read_state();
  OutgoingRequest request = take();
  EXPECT_EQ(destination(request), "");
  answer(request, data(kRegistered, "hss7.test"));
  read_state();
  request = take();
  EXPECT_EQ(destination(request), "hss7.test");
  const std::uint32_t before = request.end_to_end;
  answer(request, result(3002));
  request = take();
  EXPECT_EQ(destination(request), "");
  EXPECT_NE(request.end_to_end, before) << "another request";
  answer(request, data(kRegistered, "hss8.test"));
  EXPECT_THAT(reads, SizeIs(2));
  read_state();
  EXPECT_EQ(destination(take()), "hss8.test");
}

TEST_F(Exchanging, APeerThatNeverAnswersIsLeftAloneAndTriedByOneRequest) {
  settings->circuit_failures = 2;
  settings->circuit_first = 10s;
  report("two.test", PeerPhase::closed);
  start();
  for (int round = 0; round < 2; ++round) {
    read_state(1s);
    take();
    pass(1s);
  }
  EXPECT_EQ(last_fault(), SubscriberFault::timed_out);
  EXPECT_EQ(peers.views(now)[0].phase, PeerPhase::left_alone);
  read_state();
  EXPECT_EQ(last_fault(), SubscriberFault::peer_away);
  EXPECT_THAT(sent, IsEmpty());
  pass(10s);
  read_state(30s);
  const OutgoingRequest probe = take();
  read_state();
  EXPECT_EQ(last_fault(), SubscriberFault::peer_away);
  answer(probe, data(kRegistered));
  read_state();
  EXPECT_THAT(sent, SizeIs(1));
}

TEST_F(Exchanging, WhatPassesIsAskedForLaterAndLater) {
  PS_SPEC("SH-18");
  start();
  read_state(2s);
  answer(take(), experimental(4101));
  pass(99ms);
  EXPECT_THAT(sent, IsEmpty());
  pass(1ms);
  answer(take(), experimental(4100));
  pass(199ms);
  EXPECT_THAT(sent, IsEmpty());
  pass(1ms);
  answer(take(), data(kRegistered));
  EXPECT_TRUE(reads.at(0));
  read_state(50ms);
  answer(take(), experimental(4101));
  EXPECT_EQ(last_fault(), SubscriberFault::update_in_progress) << "there is no time to wait";
}

TEST_F(Exchanging, AFeatureThatIsNotSupportedIsNotOfferedAgain) {
  PS_SPEC("SH-17 SH-33");
  start();
  read_state();
  OutgoingRequest request = take();
  EXPECT_EQ(diameter::features_of(request.avps), diameter::kNotifEff);
  answer(request, experimental(5011));
  request = take();
  EXPECT_EQ(diameter::features_of(request.avps), std::nullopt);
  answer(request, experimental(5011));
  EXPECT_EQ(last_fault(), SubscriberFault::feature_unsupported);
  settings->notif_eff = false;
  read_state();
  EXPECT_EQ(diameter::features_of(take().avps), std::nullopt);
}

TEST_F(Exchanging, PermanentRefusalsAreAskedOnce) {
  PS_SPEC("SH-12 SH-14");
  start();
  for (const std::uint32_t code : {5100U, 5101U, 5102U, 5103U, 5104U, 5106U}) {
    read_state();
    answer(take(), experimental(code));
    EXPECT_TRUE(last_fault() && !ports::is_passing(*last_fault())) << code;
    pass(1min);
    EXPECT_THAT(sent, IsEmpty()) << code;
  }
}

TEST_F(Exchanging, ARedirectToAPeerIsFollowedAndRemembered) {
  PS_SPEC("SH-35");
  start();
  read_state();
  diameter::Avps redirect = result(3006, "slf.test");
  redirect.push_back(diameter::made(avp_name::kRedirectHost, std::string("aaa://two.test:3868")));
  answer(take(), redirect);
  OutgoingRequest request = take();
  EXPECT_THAT(request.peers, ElementsAre("two.test"));
  EXPECT_EQ(destination(request), "two.test");
  answer(request, data(kRegistered, "two.test"));
  EXPECT_TRUE(reads.at(0));
  read_state();
  request = take();
  EXPECT_THAT(request.peers, ElementsAre("two.test", "one.test")) << "it is asked first from then on";
}

TEST_F(Exchanging, ARedirectElsewhereConnectsAndWaitsForIt) {
  PS_SPEC("SH-35");
  settings->max_redirect_peers = 1;
  start();
  const auto redirect_to = [](const char* uri) {
    diameter::Avps redirect = result(3006, "slf.test");
    redirect.push_back(diameter::made(avp_name::kRedirectHost, std::string(uri)));
    return redirect;
  };
  read_state(10s);
  answer(take(), redirect_to("aaa://three.test:3870"));
  ASSERT_THAT(connected, SizeIs(1));
  EXPECT_EQ(connected[0].identity, "three.test");
  EXPECT_EQ(connected[0].port, 3870);
  EXPECT_THAT(sent, IsEmpty());
  pass(1s);
  report("three.test", PeerPhase::open);
  EXPECT_THAT(take().peers, ElementsAre("three.test"));
  read_state();
  answer(take(), redirect_to("aaa://four.test"));
  EXPECT_EQ(last_fault(), SubscriberFault::undeliverable) << "one is enough";
  read_state();
  answer(take(), redirect_to("not a uri"));
  EXPECT_EQ(last_fault(), SubscriberFault::undeliverable);
}

TEST_F(Exchanging, ARedirectInACircleEnds) {
  start();
  read_state();
  diameter::Avps redirect = result(3006, "slf.test");
  redirect.push_back(diameter::made(avp_name::kRedirectHost, std::string("aaa://one.test")));
  for (int round = 0; round < 10 && !sent.empty(); ++round) answer(take(), redirect);
  EXPECT_EQ(last_fault(), SubscriberFault::undeliverable);
}

TEST_F(Exchanging, TooManyAtOnceAreRefused) {
  settings->max_in_flight = 2;
  start();
  for (int count = 0; count < 3; ++count) read_state();
  ASSERT_THAT(reads, SizeIs(1));
  EXPECT_EQ(last_fault(), SubscriberFault::queue_full);
  EXPECT_EQ(registry.gauge("presentia_sh_in_flight").value(), 2);
}

TEST_F(Exchanging, WhatTheLibraryRefusesOrCannotReadIsAnError) {
  start();
  can_send = false;
  read_state();
  EXPECT_EQ(last_fault(), SubscriberFault::refused);
  can_send = true;
  sent.clear();
  read_state();
  exchanges->unreadable(take().ticket, "an unknown AVP", now);
  deliver();
  EXPECT_EQ(last_fault(), SubscriberFault::malformed_answer);
  read_state();
  answer(take(), {});
  EXPECT_EQ(last_fault(), SubscriberFault::malformed_answer);
}

}  // namespace
}  // namespace presentia::test
