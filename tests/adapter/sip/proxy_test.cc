// What only passes through us: forwarded along its Route, and its responses back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapter/sip/harness.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class Proxy : public testing::Test {
 protected:
  std::string request(const std::string& method, const std::string& max_forwards = "10",
                      const std::string& to_tag = "") {
    return method + " sip:carol@other.test SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:" + scscf.port() + ";branch=z9hG4bK" +
           method + "\nMax-Forwards: " + max_forwards + "\nRoute: <sip:127.0.0.1:" + lab.port() +
           ";lr>, <sip:odi_7@127.0.0.1:" + back.port() +
           ";lr;orig>\nFrom: <sip:alice@ims.test>;tag=1\nTo: <sip:carol@other.test>" + to_tag +
           "\nCall-ID: pass\nCSeq: 3 " + method + "\nX-Custom: kept\nContent-Length: 2\n\nhi";
  }

  Lab lab{lab_config({"udp:127.0.0.1:0"}),
          [this](const ports::SipRequest& received) { lab.agent.forward(received.key); }};
  Peer scscf = Peer::udp(), back = Peer::udp();
};

TEST_F(Proxy, AMessageForSomebodyElseGoesAlongTheOriginalDialogIdentifierAndItsAnswerBack) {
  scscf.send(request("MESSAGE"), lab.port());
  const std::string passed = back.receive();
  EXPECT_THAT(passed, StartsWith("MESSAGE sip:carol@other.test SIP/2.0\r\n"));
  ASSERT_EQ(header(passed, "Via").size(), 2U);
  EXPECT_THAT(header(passed, "Via")[0], StartsWith("SIP/2.0/UDP 127.0.0.1:" + lab.port() + ";rport;branch=z9hG4bK"));
  EXPECT_THAT(header(passed, "Route"), ElementsAre("<sip:odi_7@127.0.0.1:" + back.port() + ";lr;orig>"));
  EXPECT_THAT(header(passed, "Max-Forwards"), ElementsAre("9"));
  EXPECT_THAT(header(passed, "X-Custom"), ElementsAre("kept"));
  EXPECT_THAT(header(passed, "Record-Route"), IsEmpty());
  EXPECT_EQ(body_of(passed), "hi");
  back.send(ok_to(passed), lab.port());
  const std::string answer = scscf.receive();
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_THAT(header(answer, "Via"), ElementsAre(StartsWith("SIP/2.0/UDP 127.0.0.1:" + scscf.port())));

  scscf.send(request("MESSAGE"), lab.port());  // again: the same branch
  EXPECT_EQ(header(back.receive(), "Via"), header(passed, "Via"));
}

TEST_F(Proxy, AResponseToSomethingNeverForwardedIsDropped) {
  scscf.send(request("MESSAGE"), lab.port());
  std::string answer = ok_to(back.receive());
  const std::size_t at = answer.find(scscf.port());
  answer.replace(at, scscf.port().size(), back.port());  // would be sent to someone else
  back.send(answer, lab.port());
  EXPECT_EQ(back.receive(200ms), "");
  EXPECT_EQ(lab.metric("presentia_sip_dropped_total{reason=\"stray_response\"}"), 1);
}

TEST_F(Proxy, CallsOfACarelessFilterCriterionLiveOn) {
  scscf.send(request("INVITE"), lab.port());
  const std::string invite = back.receive();
  EXPECT_THAT(invite, StartsWith("INVITE "));
  std::string cancel = request("CANCEL");
  cancel.replace(cancel.find("z9hG4bKCANCEL"), 13, "z9hG4bKINVITE");
  scscf.send(cancel, lab.port());
  EXPECT_EQ(header(back.receive(), "Via")[0], header(invite, "Via")[0]);
  EXPECT_EQ(lab.core.requests(), 0U);
}

TEST_F(Proxy, WithoutAHopLeftItIs483) {
  scscf.send(request("MESSAGE", "0"), lab.port());
  EXPECT_EQ(status_of(scscf.receive()), 483);
  scscf.send(request("INVITE", "0"), lab.port());
  EXPECT_EQ(status_of(scscf.receive()), 483);
  EXPECT_EQ(back.receive(100ms), "");
}

TEST_F(Proxy, SubscribeAndNotifyAreRecordRouted) {
  PS_SPEC("EVT-35");
  scscf.send(request("SUBSCRIBE"), lab.port());
  EXPECT_THAT(header(back.receive(), "Record-Route"), ElementsAre("<sip:127.0.0.1:" + lab.port() + ";lr>"));
  scscf.send(request("NOTIFY", "10", ";tag=2"), lab.port());
  EXPECT_THAT(header(back.receive(), "Record-Route"), ElementsAre("<sip:127.0.0.1:" + lab.port() + ";lr>"));
}

TEST_F(Proxy, OutsidersCannotSendThroughUs) {
  lab.change([](config::Config& config) { config.mutable_sip()->clear_trusted(); });
  scscf.send(request("INVITE"), lab.port());
  EXPECT_EQ(status_of(scscf.receive()), 405);
}

TEST_F(Proxy, AStrictRouterBeforeUsIsUnderstood) {
  std::string text = request("MESSAGE");
  text.replace(text.find("sip:carol@other.test"), 20, "sip:127.0.0.1:" + lab.port() + ";lr");
  const std::size_t at = text.find("Route: ");
  text.replace(at, text.find('\n', at) - at,
               "Route: <sip:odi_7@127.0.0.1:" + back.port() + ";lr>, <sip:carol@other.test>");
  scscf.send(text, lab.port());
  EXPECT_THAT(back.receive(), StartsWith("MESSAGE sip:carol@other.test SIP/2.0\r\n"));
}

}  // namespace
}  // namespace presentia::test
