// TCP connections as such: how long they may be silent or deaf, how many there may be, and which one a message takes.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>

#include "tests/adapter/sip/harness.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = 64 * 10ms;  // of impatient()

config::Config impatient() {
  config::Config config = lab_config({"tcp:127.0.0.1:0"});
  config.mutable_sip()->set_t1_ms(10);
  config.mutable_sip()->set_t2_ms(40);
  return config;
}

double ended(const Lab& lab, const std::string& reason) {
  return lab.metric("presentia_sip_connections_ended_total{reason=\"" + reason + "\"}");
}

ports::SipOutgoing notify(const std::string& port, std::size_t body_bytes = 0) {
  ports::SipOutgoing request;
  request.method = "NOTIFY";
  request.request_uri = "sip:bob@127.0.0.1:" + port + ";transport=tcp";
  request.next_hop = request.request_uri;
  request.fixed = std::make_shared<const std::string>(
      "From: <sip:alice@ims.test>;tag=1\r\nTo: <sip:bob@ims.test>;tag=2\r\nCall-ID: c\r\n");
  request.content_type = "text/plain";
  request.body = std::make_shared<const std::string>(body_bytes, 'x');
  return request;
}

TEST(Connection, ASilentOneIsClosedInTime) {
  Lab lab(impatient());
  const auto start = Clock::now();
  Peer peer = Peer::tcp(lab.port());
  EXPECT_TRUE(peer.closed_by_peer());
  EXPECT_GE(Clock::now() - start, kPatience - 5ms);
  EXPECT_EQ(ended(lab, "late"), 1);
}

TEST(Connection, SoIsOneWithHalfAMessageButNotOneBetweenMessages) {
  Lab lab(impatient());
  Peer half = Peer::tcp(lab.port()), between = Peer::tcp(lab.port()), pinging = Peer::tcp(lab.port());
  for (Peer* peer : {&half, &between}) {
    peer->send(publish("first" + peer->port(), peer->port(), "TCP"));
    EXPECT_EQ(status_of(peer->receive()), 200);
  }
  pinging.send("\n\n");
  EXPECT_EQ(pinging.receive_raw(2), "\r\n");
  const auto start = Clock::now();
  half.send(publish("half", half.port(), "TCP").substr(0, 60));
  EXPECT_TRUE(half.closed_by_peer());
  EXPECT_GE(Clock::now() - start, kPatience - 5ms);
  EXPECT_EQ(ended(lab, "late"), 1);
  for (Peer* peer : {&between, &pinging}) {
    peer->send(publish("second" + peer->port(), peer->port(), "TCP"));
    EXPECT_EQ(status_of(peer->receive()), 200);
  }
}

TEST(Connection, AnotherProtocolIsSeenByItsFirstByte) {
  Lab lab({"tcp:127.0.0.1:0"});
  Peer peer = Peer::tcp(lab.port());
  peer.send_raw("\x16\x03\x01");  // a TLS client at the wrong port
  EXPECT_TRUE(peer.closed_by_peer(2s));
  EXPECT_EQ(lab.metric("presentia_sip_dropped_total{reason=\"unreadable\"}"), 1);
}

TEST(Connection, SilentOnesCountToo) {
  config::Config config = lab_config({"tcp:127.0.0.1:0"});
  config.mutable_sip()->set_max_connections(2);
  Lab lab(std::move(config));
  Peer first = Peer::tcp(lab.port()), second = Peer::tcp(lab.port()), third = Peer::tcp(lab.port());
  EXPECT_TRUE(third.closed_by_peer());
  EXPECT_EQ(lab.metric("presentia_sip_dropped_total{reason=\"connection_limit\"}"), 1);
  first.close();
  // There is room again as soon as that was seen.
  std::string answer;
  for (int i = 0; i < 50 && answer.empty(); ++i) {
    Peer another = Peer::tcp(lab.port());
    another.send(publish("room" + std::to_string(i), another.port(), "TCP"));
    answer = another.receive(200ms);
  }
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_FALSE(second.closed_by_peer(10ms));
}

TEST(Connection, WithoutDescriptorsItWaitsAndTheServerDoesNotSpin) {
  Lab lab({"tcp:127.0.0.1:0"});
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int next = dup(STDERR_FILENO);
  close(next);
  rlimit tight = limit;
  tight.rlim_cur = static_cast<rlim_t>(next) + 1;  // just enough for the peer's socket
  setrlimit(RLIMIT_NOFILE, &tight);
  Peer peer = Peer::tcp(lab.port());
  peer.send(publish("later", peer.port(), "TCP"));
  EXPECT_EQ(peer.receive(600ms), "");
  setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(status_of(peer.receive()), 200);
  const double pauses = lab.metric("presentia_sip_accept_pauses_total");
  EXPECT_GE(pauses, 1);
  EXPECT_LE(pauses, 100);  // of 250 ms each; without them there are as many attempts as the CPU is able to make
}

TEST(Connection, AReaderThatNeverReadsCostsNoMoreThanTheQueue) {
  Lab lab(impatient());
  Peer deaf = Peer::tcp_listener();
  // 64 MB: more than the kernel and the queue of a connection take together.
  constexpr std::size_t kMessages = 64;
  for (std::size_t i = 0; i < kMessages; ++i) lab.agent.send(i, notify(deaf.port(), 1 << 20));
  Peer connection = deaf.accept();
  for (std::size_t i = 0; i < kMessages; ++i) ASSERT_TRUE(lab.core.outcome(i)) << i;
  EXPECT_GT(lab.metric("presentia_sip_dropped_total{reason=\"send_failed\"}"), 0);
  // Others are served until it is given up, and afterwards.
  Peer other = Peer::tcp(lab.port());
  for (int i = 0; i < 20000 && ended(lab, "stuck") == 0; ++i) {
    other.send(publish("meanwhile" + std::to_string(i), other.port(), "TCP"));
    ASSERT_EQ(status_of(other.receive()), 200);
  }
  EXPECT_GE(ended(lab, "stuck"), 1);  // a slow machine still sends after the first has been given up
  other.send(publish("afterwards", other.port(), "TCP"));
  EXPECT_EQ(status_of(other.receive()), 200);
}

TEST(Connection, APeerThatAsksAndDoesNotReadIsNotReadEither) {
  Lab lab({"tcp:127.0.0.1:0"});
  Peer peer = Peer::tcp(lab.port());
  std::string many;
  for (int i = 0; i < 500; ++i) many += publish("a" + std::to_string(i), peer.port(), "TCP");
  peer.send_raw(many);
  // Nothing is lost by it: once the peer reads, every request has its answer.
  for (int i = 0; i < 500; ++i) ASSERT_EQ(status_of(peer.receive()), 200) << i;
}

TEST(Connection, ARequestTakesTheOneThatThePeerHasOpened) {
  Lab lab({"tcp:127.0.0.1:0"});
  Peer peer = Peer::tcp(lab.port());
  peer.send(publish("opens", peer.port(), "TCP"));
  EXPECT_EQ(status_of(peer.receive()), 200);
  lab.agent.send(1, notify(peer.port()));
  const std::string text = peer.receive();
  EXPECT_THAT(text, testing::StartsWith("NOTIFY "));
  peer.send(ok_to(text));
  EXPECT_EQ(lab.core.outcome(0)->status, 200);
}

// Leaves the host's network for one that has nothing but loopback, so that no other address can be listened on. False
// where that is not allowed.
bool only_loopback() {
  const int user = geteuid() == 0 ? 0 : CLONE_NEWUSER;
  if (unshare(CLONE_NEWNET | user) < 0) return false;
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq loopback{};
  std::strncpy(loopback.ifr_name, "lo", sizeof loopback.ifr_name - 1);
  loopback.ifr_flags = IFF_UP;
  const bool up = ioctl(any, SIOCSIFFLAGS, &loopback) == 0;
  // A second address: 127.0.0.1 is there from the start.
  std::strncpy(loopback.ifr_name, "lo:1", sizeof loopback.ifr_name - 1);
  auto& second = reinterpret_cast<sockaddr_in&>(loopback.ifr_addr);
  second.sin_family = AF_INET;
  inet_pton(AF_INET, "127.9.9.9", &second.sin_addr);
  const bool two = ioctl(any, SIOCSIFADDR, &loopback) == 0;
  close(any);
  return up && two;
}

void listens_on_every_address() {
  config::Config config = lab_config({"tcp:0.0.0.0:0"});
  config.mutable_sip()->mutable_transport(0)->set_advertise("ps.ims.test");
  Lab lab(std::move(config));
  EXPECT_THAT(lab.agent.addresses(),
              testing::UnorderedElementsAre("tcp:127.0.0.1:" + lab.port(), "tcp:127.9.9.9:" + lab.port()));
  Peer peer = Peer::tcp(lab.port());
  peer.send(publish("any", peer.port(), "TCP"));
  EXPECT_EQ(status_of(peer.receive()), 200);
}

TEST(ConnectionDeathTest, AnEveryAddressBindListensOnEachWithOnePort) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        if (!only_loopback()) _exit(2);
        listens_on_every_address();
        _exit(testing::Test::HasFailure() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace presentia::test
