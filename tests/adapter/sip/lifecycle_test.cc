// Start and stop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/adapter/sip/harness.h"

namespace presentia::test {
namespace {

using testing::HasSubstr;

std::string start_error(config::Config config) {
  base::SteadyClock clock;
  base::Metrics metrics;
  const mgmt::Live live(std::make_shared<const mgmt::Snapshot>(std::move(config), 1));
  FakeCore core({});
  sip::Agent agent(live, metrics, clock, core);
  const auto started = agent.start();
  return started ? "started" : started.error().text;
}

TEST(Lifecycle, AnAddressInUseIsNamedWithItsTransport) {
  Peer taken = Peer::udp();
  EXPECT_THAT(start_error(lab_config({"udp:127.0.0.1:" + taken.port()})),
              testing::AllOf(HasSubstr("sip.transport[t1].bind=udp:127.0.0.1:"), HasSubstr("in use")));
}

TEST(Lifecycle, WhatCannotBeBoundIsNamed) {
  EXPECT_THAT(start_error(lab_config({"udp:127.0.0.1:0", "sctp:127.0.0.1:0"})), HasSubstr("sip.transport[t2]"));
  EXPECT_THAT(start_error(lab_config({"udp:localhost:0"})), HasSubstr("not an IP address"));
  EXPECT_THAT(start_error(lab_config({"udp:127.0.0.1:70000"})), HasSubstr("port"));
  EXPECT_THAT(start_error(lab_config({})), HasSubstr("no listen address"));
  EXPECT_THAT(start_error(lab_config({"tls:127.0.0.1:0"})), HasSubstr("certificate"));
}

TEST(Lifecycle, TheRealPortsAreShown) {
  Lab lab({"udp:127.0.0.1:0", "tcp:127.0.0.1:0", "udp:[::1]:0"});
  ASSERT_EQ(lab.agent.addresses().size(), 3U);
  EXPECT_THAT(lab.agent.addresses()[0], testing::MatchesRegex("udp:127\\.0\\.0\\.1:[1-9][0-9]*"));
  EXPECT_THAT(lab.agent.addresses()[1], testing::MatchesRegex("tcp:127\\.0\\.0\\.1:[1-9][0-9]*"));
  EXPECT_THAT(lab.agent.addresses()[2], testing::MatchesRegex("udp:\\[::1\\]:[1-9][0-9]*"));
}

TEST(Lifecycle, StopsAmidTrafficAndTwice) {
  Lab lab({"udp:127.0.0.1:0", "tcp:127.0.0.1:0"});
  std::atomic<bool> done{false};
  std::thread traffic([&] {
    Peer peer = Peer::udp();
    Peer stream = Peer::tcp(lab.port(1));
    for (int i = 0; i < 2000 && !done; ++i) {
      peer.send(publish("l" + std::to_string(i), peer.port()), lab.port());
      ports::SipOutgoing request;
      request.method = "NOTIFY";
      request.request_uri = "sip:bob@127.0.0.1";
      request.next_hop = "sip:127.0.0.1:" + peer.port();
      lab.agent.send(static_cast<ports::SendKey>(i), request);
    }
  });
  lab.core.request(50);
  lab.agent.stop();
  const std::size_t seen = lab.core.requests() + lab.core.outcomes();
  done = true;
  traffic.join();
  EXPECT_EQ(lab.core.requests() + lab.core.outcomes(), seen) << "called after stop";
  lab.agent.stop();
}

}  // namespace
}  // namespace presentia::test
