// Targets given by name: the RFC 3263 procedures against a DNS server of the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapter/sip/dns.h"
#include "tests/adapter/sip/harness.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

class ByName : public testing::Test {
 protected:
  Lab& lab() {
    if (!lab_) {
      config::Config config = lab_config({"udp:127.0.0.1:0", "tcp:127.0.0.1:0"});
      config.mutable_sip()->set_resolv_conf(dns.resolv_conf());
      config.mutable_sip()->set_t1_ms(20);
      lab_ = std::make_unique<Lab>(std::move(config));
    }
    return *lab_;
  }
  void send(const std::string& uri) {
    ports::SipOutgoing request;
    request.method = "NOTIFY";
    request.request_uri = "sip:bob@home.test";
    request.next_hop = uri;
    request.cseq = 1;
    lab().agent.send(++key_, request);
  }
  static std::uint16_t number(const Peer& peer) { return static_cast<std::uint16_t>(std::stoi(peer.port())); }

  FakeDns dns;
  std::unique_ptr<Lab> lab_;
  ports::SendKey key_ = 0;
};

TEST_F(ByName, WithAPortItIsTheAddress) {
  Peer watcher = Peer::udp();
  dns.a("home.test", "127.0.0.1");
  send("sip:home.test:" + watcher.port());
  EXPECT_THAT(watcher.receive(), StartsWith("NOTIFY"));
}

TEST_F(ByName, NaptrChoosesTheTransportAndSrvThePort) {
  PS_SPEC("SIPX-04");
  Peer watcher = Peer::tcp_listener();
  dns.naptr("home.test", 20, "SIP+D2U", "_sip._udp.home.test");
  dns.naptr("home.test", 10, "SIP+D2T", "_sip._tcp.other.test");
  dns.srv("_sip._tcp.other.test", 1, number(watcher), "host.other.test");
  dns.a("host.other.test", "127.0.0.1");
  send("sip:home.test;lr");
  Peer connection = watcher.accept();
  EXPECT_THAT(header(connection.receive(), "Via"), ElementsAre(StartsWith("SIP/2.0/TCP")));
}

TEST_F(ByName, SrvByPriorityAndTheNextOneWhereTheFirstFails) {
  PS_SPEC("SIPX-04");
  Peer watcher = Peer::udp();
  std::uint16_t dead = 0;
  {
    Peer gone = Peer::udp();
    dead = number(gone);
  }
  dns.srv("_sip._udp.home.test", 2, number(watcher), "b.home.test");
  dns.srv("_sip._udp.home.test", 1, dead, "a.home.test");
  dns.a("a.home.test", "127.0.0.1");
  dns.a("b.home.test", "127.0.0.1");
  send("sip:home.test;transport=udp");
  const std::string text = watcher.receive();
  EXPECT_THAT(text, StartsWith("NOTIFY"));
  watcher.send(ok_to(text), lab().port());
  EXPECT_EQ(lab().core.outcome(0)->status, 200);
  EXPECT_EQ(lab().core.outcomes(), 1U);
}

TEST_F(ByName, TheNextOneAfterA503) {
  PS_SPEC("SIPX-04");
  Peer first = Peer::udp(), second = Peer::udp();
  dns.srv("_sip._udp.home.test", 1, number(first), "a.home.test");
  dns.srv("_sip._udp.home.test", 2, number(second), "a.home.test");
  dns.a("a.home.test", "127.0.0.1");
  send("sip:home.test");
  const std::string text = first.receive();
  std::string busy = ok_to(text);
  busy.replace(8, 6, "503 No");
  first.send(busy, lab().port());
  const std::string again = second.receive();
  EXPECT_NE(header(again, "Via"), header(text, "Via")) << "a new transaction has a new branch";
  second.send(ok_to(again), lab().port());
  EXPECT_EQ(lab().core.outcome(0)->status, 200);
}

TEST_F(ByName, AnUnknownNameIsUnreachable) {
  send("sip:nowhere.test");
  const auto outcome = lab().core.outcome(0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, ports::OutcomeKind::unreachable);
}

}  // namespace
}  // namespace presentia::test
