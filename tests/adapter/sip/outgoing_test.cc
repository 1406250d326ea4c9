// Requests of ours: what goes out, where to, how often, and the one outcome of each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapter/sip/harness.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

ports::SipOutgoing notify(const std::string& next_hop, std::size_t body_bytes = 4) {
  ports::SipOutgoing request;
  request.method = "NOTIFY";
  request.request_uri = "sip:bob@192.0.2.1:5062";
  request.next_hop = next_hop;
  request.cseq = 7;
  request.max_forwards = 69;
  request.fixed = std::make_shared<const std::string>(
      "Route: <sip:127.0.0.1;lr>\r\nFrom: <sip:alice@ims.test>;tag=AAA1\r\nTo: <sip:bob@ims.test>;tag=b\r\n"
      "Call-ID: dialog1\r\nContact: <sip:ps>\r\n");
  request.varying = "Event: presence\r\nSubscription-State: active;expires=60\r\n";
  request.content_type = "application/pidf+xml";
  request.body = std::make_shared<const std::string>(std::string(body_bytes, 'x'));
  return request;
}

config::Config quick(std::vector<std::string> binds, unsigned t1 = 40) {
  config::Config config = lab_config(binds);
  config.mutable_sip()->set_t1_ms(t1);
  config.mutable_sip()->set_t2_ms(4 * t1);
  config.mutable_sip()->set_t4_ms(100);
  return config;
}

TEST(Outgoing, ANotifyGoesOutAsWrittenAndItsAnswerIsTheOutcome) {
  PS_SPEC("SIP-33");
  Lab lab({"udp:127.0.0.1:0"});
  Peer watcher = Peer::udp();
  lab.agent.send(11, notify("sip:127.0.0.1:" + watcher.port() + ";lr"));
  const std::string text = watcher.receive();
  EXPECT_THAT(text, StartsWith("NOTIFY sip:bob@192.0.2.1:5062 SIP/2.0\r\n"));
  EXPECT_THAT(header(text, "Via"), ElementsAre(MatchesRegex("SIP/2\\.0/UDP 127\\.0\\.0\\.1:" + lab.port() +
                                                            ";rport;branch=z9hG4bK[0-9A-Za-z]{12,}")));
  EXPECT_THAT(header(text, "Max-Forwards"), ElementsAre("69"));
  EXPECT_THAT(header(text, "CSeq"), ElementsAre("7 NOTIFY"));
  EXPECT_THAT(header(text, "Call-ID"), ElementsAre("dialog1"));
  EXPECT_THAT(header(text, "Subscription-State"), ElementsAre("active;expires=60"));
  EXPECT_THAT(header(text, "Content-Length"), ElementsAre("4"));
  EXPECT_EQ(body_of(text), "xxxx");
  watcher.send(ok_to(text, "Contact: <sip:bob@127.0.0.9:5066;x=1>\n"), lab.port());
  const auto outcome = lab.core.outcome(0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->key, 11U);
  EXPECT_EQ(outcome->kind, ports::OutcomeKind::response);
  EXPECT_EQ(outcome->status, 200);
  EXPECT_EQ(outcome->contact, "sip:bob@127.0.0.9:5066;x=1");
  watcher.send(ok_to(text), lab.port());  // once more: absorbed
  EXPECT_FALSE(lab.core.outcome(1, 200ms));
}

TEST(Outgoing, AFailureCarriesItsRetryAfter) {
  Lab lab({"udp:127.0.0.1:0"});
  Peer watcher = Peer::udp();
  lab.agent.send(1, notify("sip:127.0.0.1:" + watcher.port()));
  std::string answer = ok_to(watcher.receive(), "Retry-After: 42 (busy);duration=9\n");
  answer.replace(8, 6, "503 No");
  watcher.send(answer, lab.port());
  const auto outcome = lab.core.outcome(0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 503);
  EXPECT_EQ(outcome->retry_after, base::Seconds(42));
}

TEST(Outgoing, ASilentWatcherGetsItAgainByTimerEUntilTimerFGivesUp) {
  PS_SPEC("SIP-24");
  Lab lab(quick({"udp:127.0.0.1:0"}));
  Peer watcher = Peer::udp();
  const auto start = std::chrono::steady_clock::now();
  lab.agent.send(1, notify("sip:127.0.0.1:" + watcher.port()));
  const std::string first = watcher.receive();
  std::vector<int> at;  // ms
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(watcher.receive(), first);
    at.push_back(static_cast<int>((std::chrono::steady_clock::now() - start) / 1ms));
  }
  // T1 = 40, T2 = 160: after 40, 40+80, 40+80+160, 40+80+160+160 ms, and never earlier
  EXPECT_GE(at[0], 39);
  EXPECT_GE(at[1], 119);
  EXPECT_GE(at[2], 279);
  EXPECT_GE(at[3], 439);
  EXPECT_LT(at[3], 2000);
  const auto outcome = lab.core.outcome(0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, ports::OutcomeKind::timeout);
  EXPECT_EQ(outcome->status, 408);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 64 * 40ms - 2ms);  // the agent counts in ms
}

TEST(Outgoing, AnAbandonedOneIsNotSentAgainAndHasOneOutcome) {
  Lab lab(quick({"udp:127.0.0.1:0"}));
  Peer watcher = Peer::udp();
  lab.agent.send(1, notify("sip:127.0.0.1:" + watcher.port()));
  EXPECT_NE(watcher.receive(), "");
  lab.agent.abandon(1);
  while (!watcher.receive(60ms).empty()) {
  }
  EXPECT_EQ(watcher.receive(700ms), "");
  const auto outcome = lab.core.outcome(0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, ports::OutcomeKind::timeout);
  EXPECT_FALSE(lab.core.outcome(1, 200ms));
}

TEST(Outgoing, WhereNobodyListensTheOutcomeIsUnreachableAtOnce) {
  Lab lab({"udp:127.0.0.1:0", "tcp:127.0.0.1:0"});
  std::string dead;
  {
    Peer gone = Peer::udp();
    dead = gone.port();
  }
  lab.agent.send(1, notify("sip:127.0.0.1:" + dead));
  lab.agent.send(2, notify("sip:127.0.0.1:" + dead + ";transport=tcp"));
  lab.agent.send(3, notify("sips:127.0.0.1:" + dead));  // no TLS transport here
  lab.agent.send(4, notify("tel:+15550001"));
  for (std::size_t i = 0; i < 4; ++i) {
    const auto outcome = lab.core.outcome(i);
    ASSERT_TRUE(outcome) << i;
    EXPECT_EQ(outcome->kind, ports::OutcomeKind::unreachable) << outcome->key;
  }
}

TEST(Outgoing, WhatIsTooLargeForADatagramGoesOverTcp) {
  PS_SPEC("SIP-25");
  Lab lab({"udp:127.0.0.1:0", "tcp:127.0.0.1:0"});
  Peer watcher = Peer::tcp_listener();
  lab.agent.send(1, notify("sip:127.0.0.1:" + watcher.port(), 5000));
  Peer connection = watcher.accept();
  const std::string text = connection.receive();
  EXPECT_THAT(header(text, "Via"), ElementsAre(StartsWith("SIP/2.0/TCP 127.0.0.1:" + lab.port(1))));
  EXPECT_EQ(body_of(text).size(), 5000U);
  connection.send(ok_to(text));
  EXPECT_EQ(lab.core.outcome(0)->status, 200);
  lab.agent.send(2, notify("sip:127.0.0.1:" + watcher.port(), 6000));
  EXPECT_EQ(body_of(connection.receive()).size(), 6000U);  // the same connection again
}

TEST(Outgoing, AndAsADatagramWhereTcpIsRefused) {
  PS_SPEC("SIP-25");
  Lab lab({"udp:127.0.0.1:0", "tcp:127.0.0.1:0"});
  Peer watcher = Peer::udp();
  lab.agent.send(1, notify("sip:127.0.0.1:" + watcher.port(), 5000));
  const std::string text = watcher.receive();
  EXPECT_EQ(body_of(text).size(), 5000U);
  watcher.send(ok_to(text), lab.port());
  EXPECT_EQ(lab.core.outcome(0)->status, 200);
}

TEST(Outgoing, WhatFitsInNoDatagramFailsAlone) {
  Lab lab({"udp:127.0.0.1:0", "tcp:127.0.0.1:0"});
  Peer watcher = Peer::udp();
  lab.agent.send(1, notify("sip:127.0.0.1:" + watcher.port()));
  lab.agent.send(2, notify("sip:127.0.0.1:" + watcher.port(), 70'000));
  const std::string text = watcher.receive();
  const auto failed = lab.core.outcome(0);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->key, 2U);
  EXPECT_EQ(failed->kind, ports::OutcomeKind::unreachable);
  watcher.send(ok_to(text), lab.port());
  const auto done = lab.core.outcome(1);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->key, 1U);
  EXPECT_EQ(done->status, 200);
}

TEST(Outgoing, ALostConnectionFailsWhatWasSentOverIt) {
  Lab lab({"tcp:127.0.0.1:0"});
  Peer watcher = Peer::tcp_listener();
  lab.agent.send(1, notify("sip:127.0.0.1:" + watcher.port() + ";transport=tcp"));
  {
    Peer connection = watcher.accept();
    EXPECT_NE(connection.receive(), "");
  }
  const auto outcome = lab.core.outcome(0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, ports::OutcomeKind::unreachable);
}

TEST(Outgoing, MaddrSaysWhereToAndLocalhostNeedsNoDns) {
  Lab lab({"udp:127.0.0.1:0"});
  Peer watcher = Peer::udp();
  lab.agent.send(1, notify("sip:watcher.invalid:" + watcher.port() + ";maddr=127.0.0.1"));
  EXPECT_NE(watcher.receive(), "");
  lab.agent.send(2, notify("sip:localhost:" + watcher.port()));
  EXPECT_NE(watcher.receive(), "");
}

TEST(Outgoing, AStrayResponseIsDroppedAndCounted) {
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  peer.send("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:" + lab.port() +
                ";branch=z9hG4bKnobody\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>;tag=2\nCall-ID: x\nCSeq: 1 NOTIFY\n"
                "Content-Length: 0\n\n",
            lab.port());
  peer.send(publish("afterstray", peer.port()), lab.port());
  EXPECT_EQ(status_of(peer.receive()), 200);
  EXPECT_EQ(lab.metric("presentia_sip_dropped_total{reason=\"stray_response\"}"), 1);
}

}  // namespace
}  // namespace presentia::test
