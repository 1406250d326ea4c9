#include "as/event/admission.h"

#include "tests/unit/event/fixture.h"

namespace presentia::event::test {
namespace {

using testing::HasSubstr;

class Admit : public Machine {
 protected:
  Admission admission(const ports::SipRequest& made) {
    const mgmt::Snapshot snapshot(settings_, 1);
    return admit(made, packages, snapshot);
  }
  // The answer's status; 0 if it goes to a resource, 1 if it is passed on.
  int status(const ports::SipRequest& made) {
    const Admission verdict = admission(made);
    if (const auto* answer = std::get_if<Answer>(&verdict)) return answer->response.status;
    return std::holds_alternative<PassOn>(verdict) ? 1 : 0;
  }
  std::string answered(const ports::SipRequest& made, const std::string& name) {
    const Admission verdict = admission(made);
    return header(std::get<Answer>(verdict).response, name);
  }
};

TEST_F(Admit, AMethodThatIsNotServedIs405WithAllowAndAnUnknownOne501) {
  PS_SPEC("SIP-01 SIP-02");
  EXPECT_EQ(status(request("MESSAGE", kBob)), 405);
  EXPECT_THAT(answered(request("MESSAGE", kBob), "Allow"), HasSubstr("PUBLISH, SUBSCRIBE"));
  EXPECT_EQ(status(request("FOOBAR", kBob)), 501);
}

TEST_F(Admit, WhatIsNotOursGoesOnAlongTheOriginalDialogIdentifier) {
  ports::SipRequest made = request("MESSAGE", kBob);
  made.route = {"<sip:odi@scscf.example.com;lr>"};
  EXPECT_EQ(status(made), 1);
  made.method = "SUBSCRIBE";
  made.event = ports::EventHeader{"dialog", {}};
  EXPECT_EQ(status(made), 1);
  made.event->package = "toy";
  EXPECT_EQ(status(made), 0);
}

TEST_F(Admit, AMissingOrUnknownEventIs489WithAllowEvents) {
  PS_SPEC("EVT-03 EVT-04 PUB-02 PRES-01");
  ports::SipRequest made = subscribe();
  made.event.reset();
  EXPECT_EQ(status(made), 489);
  made.event = ports::EventHeader{"Toy", {}};
  EXPECT_EQ(status(made), 489);
  EXPECT_EQ(answered(made, "Allow-Events"), "toy, toy.winfo");
  ports::SipRequest published = publish("open");
  published.event->package = "toy.winfo";
  EXPECT_EQ(status(published), 489);
}

TEST_F(Admit, RequiredExtensionsAre420) {
  PS_SPEC("SIP-07");
  ports::SipRequest made = subscribe();
  made.require = {"x-none", "eventlist"};
  EXPECT_EQ(status(made), 420);
  EXPECT_EQ(answered(made, "Unsupported"), "x-none, eventlist");
}

TEST_F(Admit, AnEncodingThatIsNotUnderstoodIs415) {
  PS_SPEC("SIP-09");
  ports::SipRequest made = publish("open");
  made.content_encoding = "x-foo";
  EXPECT_EQ(status(made), 415);
  EXPECT_EQ(answered(made, "Accept-Encoding"), "identity");
}

TEST_F(Admit, AForeignDomainIs404) {
  PS_SPEC("PUB-01");
  ports::SipRequest made = publish("open");
  made.request_uri = "sip:ghost@foreign.example";
  EXPECT_EQ(status(made), 404);
  made.request_uri = "tel:+15550001";
  EXPECT_EQ(status(made), 0);
}

TEST_F(Admit, TheResourceIsTheNormalFormOfTheRequestUri) {
  PS_SPEC("SIP-32");
  ports::SipRequest made = publish("open");
  made.request_uri = "sip:%61lice@EXAMPLE.com;x=1";
  EXPECT_EQ(std::get<ToResource>(admission(made)).resource, kAlice);
}

TEST_F(Admit, TheServedUserCountsWhenTerminating) {
  ports::SipRequest made = subscribe();
  made.request_uri = "sip:10.0.0.1";
  made.served_user = ports::ServedUser{kAlice, ports::SessionCase::terminating, true};
  EXPECT_EQ(std::get<ToResource>(admission(made)).resource, kAlice);
}

TEST_F(Admit, ADialogIsFoundByOurTagAlone) {
  ports::SipRequest made = subscribe();
  made.request_uri = "sip:10.0.0.1:5060";
  made.to_tag = tokens.tag(77);
  EXPECT_EQ(std::get<ToResource>(admission(made)).partition, 77);
  made.to_tag = "!";
  EXPECT_EQ(status(made), 481);
}

TEST_F(Admit, OptionsSaysWhatIsServed) {
  const ports::SipRequest made = request("OPTIONS", kBob);
  EXPECT_EQ(status(made), 200);
  EXPECT_EQ(answered(made, "Allow-Events"), "toy, toy.winfo");
  EXPECT_EQ(answered(made, "Accept"), "text/toy");
}

TEST_F(Admit, OptionsIsHeldToTheSameRules) {
  PS_SPEC("SIP-07");
  ports::SipRequest made = request("OPTIONS", kBob);
  made.require = {"x-none"};
  EXPECT_EQ(status(made), 420);
  made.require.clear();
  made.request_uri = "sip:ghost@foreign.example";
  EXPECT_EQ(status(made), 404);
  made.request_uri = "sip:192.0.2.1:5060";  // to the server itself
  EXPECT_EQ(status(made), 200);
}

TEST_F(Admit, ANotifyThatNobodyAskedForIs481) { EXPECT_EQ(status(request("NOTIFY", kBob)), 481); }

TEST_F(Admit, RemovalsAndUnsubscribesAreRelief) {
  ports::SipRequest made = publish("", tokens.tag(3));
  made.expires = 0;
  EXPECT_TRUE(std::get<ToResource>(admission(made)).relief);
  EXPECT_EQ(std::get<ToResource>(admission(made)).partition, 3);
  EXPECT_FALSE(std::get<ToResource>(admission(publish("open"))).relief);
}

}  // namespace
}  // namespace presentia::event::test
