// Following registrations at the S-CSCF, the whole way: follower, client, SIP thread, UDP, and a raw S-CSCF.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "as/runtime/clients/reg_event_follower.h"
#include "as/xml/reader.h"
#include "tests/adapter/client/notifier_lab.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

class Sink final : public ports::RegistrationSink, public ToldLines {
 public:
  void on_registration(const ports::Resource& resource, const ports::RegistrationReport& report) override {
    note(resource + (!report.registered ? " unknown" : *report.registered ? " registered" : " not registered"));
  }
};

class RegEventOverUdp : public NotifierLab {
 protected:
  RegEventOverUdp() {
    EXPECT_TRUE(xml::initialize());
    config::Config next = live.snapshot()->config();
    next.mutable_registration()->mutable_reg_event()->set_subscriber("sip:ps@ims.test");
    next.mutable_isc()->set_originating_ioi("home.test");
    live.swap(std::make_shared<const mgmt::Snapshot>(next, 2));
    package = "reg";
    type = "application/reginfo+xml";
    follower.start();
  }
  ~RegEventOverUdp() override {
    follower.stop();
    host.stop();  // before who is told ends
  }

  std::string reginfo(int version, const std::string& how, const std::string& state) {
    return "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"" + std::to_string(version) + "\" state=\"" +
           how + "\"><registration aor=\"sip:alice@ims.test\" id=\"a\" state=\"" + state + "\"/></reginfo>";
  }

  Sink sink;
  runtime::RegEventFollower follower{{live, host, sink, clock, metrics}};
};

//  Presentia                      S-CSCF
//    | SUBSCRIBE reg                  |
//    |------------------------------->|
//    |           200, NOTIFY 0, full  |  registered
//    |<-------------------------------|
//    |           NOTIFY 1, partial    |  not registered
//    |<-------------------------------|
//    |           NOTIFY 3, partial    |  registered
//    |<-------------------------------|
//    | SUBSCRIBE, for 2 is missing    |
//    |------------------------------->|
TEST_F(RegEventOverUdp, AUserIsFollowedAndAGapInTheVersionsIsAskedFor) {
  PS_SPEC("REG-01 REG-02 TS24-19 TS29A-20");
  follower.follow("sip:alice@ims.test", {"sip:127.0.0.1:" + notifier.port(), "ccf=192.0.2.9"});
  const std::string subscribe = notifier.receive();
  EXPECT_THAT(subscribe, StartsWith("SUBSCRIBE sip:alice@ims.test SIP/2.0\r\n"));
  EXPECT_THAT(header(subscribe, "Route"), ElementsAre("<sip:127.0.0.1:" + notifier.port() + ";lr>"));
  EXPECT_THAT(header(subscribe, "P-Charging-Function-Addresses"), ElementsAre("ccf=192.0.2.9"));
  EXPECT_THAT(header(subscribe, "Event"), ElementsAre("reg"));
  EXPECT_THAT(header(subscribe, "Accept"), ElementsAre("application/reginfo+xml"));
  EXPECT_THAT(header(subscribe, "P-Asserted-Identity"), ElementsAre("<sip:ps@ims.test>"));
  ASSERT_THAT(header(subscribe, "P-Charging-Vector"),
              ElementsAre(testing::MatchesRegex("icid-value=[0-9A-Za-z]{12,};orig-ioi=home\\.test")));
  EXPECT_THAT(header(subscribe, "Expires"), ElementsAre("3600"));
  EXPECT_EQ(body_of(subscribe), "");
  notifier.send(accept(subscribe), port);
  EXPECT_EQ(answer_to(notify(subscribe, 1, "active;expires=600", reginfo(0, "full", "active"))), 200);
  EXPECT_EQ(sink.line(0), "sip:alice@ims.test registered");
  EXPECT_EQ(answer_to(notify(subscribe, 2, "active;expires=600", reginfo(1, "partial", "terminated"))), 200);
  EXPECT_EQ(sink.line(1), "sip:alice@ims.test not registered");
  EXPECT_EQ(answer_to(notify(subscribe, 3, "active;expires=600", reginfo(3, "partial", "active"))), 200);
  EXPECT_EQ(sink.line(2), "sip:alice@ims.test registered");
  const std::string refresh = notifier.receive();
  EXPECT_THAT(header(refresh, "CSeq"), ElementsAre("2 SUBSCRIBE"));
  EXPECT_THAT(header(refresh, "Call-ID"), ElementsAre(header(subscribe, "Call-ID").at(0)));
  EXPECT_EQ(header(refresh, "P-Charging-Vector"), header(subscribe, "P-Charging-Vector"));  // the icid is the dialog's
  notifier.send(accept(refresh), port);

  follower.unfollow("sip:alice@ims.test");
  const std::string last = notifier.receive();
  EXPECT_THAT(header(last, "Expires"), ElementsAre("0"));
  EXPECT_EQ(sink.line(3), "sip:alice@ims.test unknown");
}

TEST_F(RegEventOverUdp, AnSCscfThatRefusesIsLeftInPeace) {
  PS_SPEC("TS24-19");
  follower.follow("sip:alice@ims.test", {"sip:127.0.0.1:" + notifier.port()});
  std::string refusal = ok_to(notifier.receive());
  notifier.send(refusal.replace(8, 6, "403 Forbidden"), port);
  EXPECT_EQ(sink.line(0), "sip:alice@ims.test unknown");
  EXPECT_EQ(notifier.receive(300ms), "");
}

}  // namespace
}  // namespace presentia::test
