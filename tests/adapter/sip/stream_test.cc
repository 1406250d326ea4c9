// Framing on TCP, and what happens to answers when connections come and go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapter/sip/harness.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Stream, TwoRequestsInOneSegmentAreTwo) {
  PS_SPEC("SIP-28");
  Lab lab({"tcp:127.0.0.1:0"});
  Peer peer = Peer::tcp(lab.port());
  peer.send(publish("s1", peer.port(), "TCP") + publish("s2", peer.port(), "TCP"));
  const std::string first = peer.receive(), second = peer.receive();
  EXPECT_EQ(status_of(first), 200);
  EXPECT_EQ(status_of(second), 200);
  EXPECT_THAT((std::vector{header(first, "Call-ID")[0], header(second, "Call-ID")[0]}),
              testing::UnorderedElementsAre("call-s1", "call-s2"));
}

TEST(Stream, ARequestMayComeByteByByteAfterKeepAlives) {
  PS_SPEC("SIP-28 SIPX-10");
  Lab lab({"tcp:127.0.0.1:0"});
  Peer peer = Peer::tcp(lab.port());
  peer.send("\n\n");
  for (const char byte : publish("slow", peer.port(), "TCP")) peer.send_raw({&byte, 1});
  std::string answer = peer.receive();
  if (answer.starts_with("\r\n")) answer.erase(0, 2);  // the pong of RFC 5626
  EXPECT_THAT(answer, HasSubstr("SIP/2.0 200 OK"));
  EXPECT_EQ(*lab.core.request(0)->body, "<presence/>");
}

TEST(Stream, TwoLineEndsAreAPingAndAreAnsweredByOne) {
  PS_SPEC("SIPX-09");
  Lab lab({"tcp:127.0.0.1:0"});
  Peer peer = Peer::tcp(lab.port());
  peer.send("\n\n");
  EXPECT_EQ(peer.receive_raw(2), "\r\n");
  peer.send(publish("after", peer.port(), "TCP"));
  EXPECT_EQ(status_of(peer.receive()), 200);
}

TEST(Stream, WithoutContentLengthTheRequestIsRefusedAndTheConnectionEnds) {
  Lab lab({"tcp:127.0.0.1:0"});
  Peer peer = Peer::tcp(lab.port());
  std::string text = publish("nolength", peer.port(), "TCP");
  const std::size_t at = text.find("Content-Length");
  text.erase(at, text.find("\r\n", at) + 2 - at);
  peer.send(text);
  const std::string answer = peer.receive();
  EXPECT_EQ(status_of(answer), 400);
  EXPECT_THAT(header(answer, "Warning"), ElementsAre(HasSubstr("Content-Length")));
  EXPECT_TRUE(peer.closed_by_peer());
  Peer next = Peer::tcp(lab.port());
  next.send(publish("good", next.port(), "TCP"));
  EXPECT_EQ(status_of(next.receive()), 200);
}

TEST(Stream, GarbageEndsTheConnection) {
  Lab lab({"tcp:127.0.0.1:0"});
  Peer peer = Peer::tcp(lab.port());
  peer.send("GET / HTTP/1.1\nHost: x\n\n");
  EXPECT_TRUE(peer.closed_by_peer());
  EXPECT_GE(lab.metric("presentia_sip_dropped_total{reason=\"no_via\"}"), 1);
}

// A round trip that the core has no part in: an INVITE is refused below it.
void answered_by_the_agent(Lab& lab, const std::string& branch) {
  Peer other = Peer::tcp(lab.port());
  std::string invite = publish(branch, other.port(), "TCP");
  for (std::size_t at = invite.find("PUBLISH"); at != std::string::npos; at = invite.find("PUBLISH"))
    invite.replace(at, 7, "INVITE");
  other.send(invite);
  EXPECT_EQ(status_of(other.receive()), 405);
}

TEST(Stream, AnAnswerWhoseConnectionIsGoneGoesOverANewOne) {
  PS_SPEC("SIP-27");
  Lab lab(lab_config({"tcp:127.0.0.1:0"}), [](const ports::SipRequest&) {});
  Peer listener = Peer::tcp_listener();
  Peer peer = Peer::tcp(lab.port());
  peer.send(publish("gone", listener.port(), "TCP"));
  const auto request = lab.core.request(0);
  peer.close();
  for (const char* branch : {"one", "two"})
    answered_by_the_agent(lab, branch);  // it has looked at all connections since
  ports::SipResponse response;
  response.status = 200;
  lab.agent.respond(request->key, response);
  Peer again = listener.accept();
  EXPECT_THAT(header(again.receive(), "Call-ID"), ElementsAre("call-gone"));
}

TEST(Stream, ConnectionsBeyondTheLimitAreClosed) {
  config::Config config = lab_config({"tcp:127.0.0.1:0"});
  config.mutable_sip()->set_max_connections(2);
  Lab lab(std::move(config));
  Peer first = Peer::tcp(lab.port());
  first.send(publish("c1", first.port(), "TCP"));
  EXPECT_EQ(status_of(first.receive()), 200);
  std::vector<Peer> more;
  for (int i = 0; i < 4; ++i) {
    more.push_back(Peer::tcp(lab.port()));
    more.back().send(publish("more" + std::to_string(i), more.back().port(), "TCP"));
  }
  int closed = 0;
  for (Peer& peer : more) closed += peer.closed_by_peer(1s) ? 1 : 0;
  EXPECT_EQ(closed, 3);
  first.send(publish("c2", first.port(), "TCP"));
  EXPECT_EQ(status_of(first.receive()), 200);
}

TEST(Stream, AMessageAboveTheLimitIsRefusedWith513) {
  config::Config config = lab_config({"tcp:127.0.0.1:0", "udp:127.0.0.1:0"});
  config.mutable_sip()->set_max_message_bytes(4096);
  Lab lab(std::move(config));
  const std::string body(9000, 'x');
  const auto big = [&](const Peer& peer, const std::string& transport) {
    std::string text = publish("big" + transport, peer.port(), transport);
    text.replace(text.find("Content-Length: 11"), 18, "Content-Length: 9000");
    return text.substr(0, text.size() - 11) + body;
  };
  Peer peer = Peer::tcp(lab.port());
  peer.send(big(peer, "TCP"));
  EXPECT_EQ(status_of(peer.receive()), 513);
  Peer datagrams = Peer::udp();
  datagrams.send(big(datagrams, "UDP"), lab.port(1));
  EXPECT_EQ(status_of(datagrams.receive()), 513);
  datagrams.send(publish("after", datagrams.port()), lab.port(1));
  EXPECT_EQ(status_of(datagrams.receive()), 200);
}

}  // namespace
}  // namespace presentia::test
