#include "as/sip/message_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "as/sip/keyed_hash.h"
#include "as/sip/parser.h"
#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kRequest =
    "MESSAGE sip:carol@other.test SIP/2.0\r\n"
    "Via: SIP/2.0/UDP a.test;branch=z9hG4bK1, SIP/2.0/UDP b.test;branch=z9hG4bK2\r\n"
    "Record-Route: <sip:b.test;lr>\r\n"
    "Route: <sip:ps.test;lr>,\r\n <sip:odi@scscf.test;lr>\r\n"
    "Max-Forwards: 3\r\nFrom: <sip:a@a.test>;tag=1\r\nTo: <sip:carol@other.test>\r\n"
    "Call-ID: c1\r\nCSeq: 5 MESSAGE\r\nX-Folded: one\r\n\ttwo\r\nContent-Length: 2\r\n\r\nhi";

class MessageText : public testing::Test {
 protected:
  Parser parser;
  MsgPtr message = parser.parse(kRequest);
  RawMessage raw = parser.cut(message.get());
  OwnNames own;

  void SetUp() override { own.add(make_listener("t", Transport::udp, *parse_ip("192.0.2.1"), "5060", "ps.test:5060")); }
  // What was written, read again.
  RawMessage read(const std::string& text) {
    read_ = parser.parse(text);
    return parser.cut(read_.get());
  }
  MsgPtr read_;
};

TEST_F(MessageText, TheParserCutsIntoFieldsAndUnfolds) {
  EXPECT_TRUE(raw.request);
  EXPECT_EQ(raw.defect, Defect::none);
  EXPECT_EQ(raw.method, "MESSAGE");
  EXPECT_EQ(raw.request_uri, "sip:carol@other.test");
  EXPECT_THAT(raw.list(HeaderName::via),
              ElementsAre("SIP/2.0/UDP a.test;branch=z9hG4bK1", "SIP/2.0/UDP b.test;branch=z9hG4bK2"));
  EXPECT_THAT(raw.list(HeaderName::route), ElementsAre("<sip:ps.test;lr>", "<sip:odi@scscf.test;lr>"));
  EXPECT_EQ(raw.body, "hi");
}

TEST_F(MessageText, AResponseCopiesWhatIdentifiesTheRequest) {
  PS_SPEC("SIP-12");
  ports::SipResponse response;
  response.status = 423;
  response.headers = {{"Min-Expires", "60"}};
  response.content_type = "text/plain";
  response.body = std::make_shared<const std::string>("wait");
  const RawMessage answer = read(response_text(raw, "SIP/2.0/UDP a.test;received=192.0.2.9", "tag1", response, "S"));
  EXPECT_EQ(answer.status, 423);
  EXPECT_EQ(answer.reason, "Interval Too Brief");
  EXPECT_THAT(answer.list(HeaderName::via),
              ElementsAre("SIP/2.0/UDP a.test;received=192.0.2.9", "SIP/2.0/UDP b.test;branch=z9hG4bK2"));
  EXPECT_EQ(answer.value(HeaderName::to), "<sip:carol@other.test>;tag=tag1");
  EXPECT_EQ(answer.value(HeaderName::from), "<sip:a@a.test>;tag=1");
  EXPECT_EQ(answer.value(HeaderName::cseq), "5 MESSAGE");
  EXPECT_EQ(answer.body, "wait");
}

TEST_F(MessageText, AForwardedRequestLosesAHopAndOurRouteAndNothingElse) {
  const Routing routing = route_for_us(raw, own);
  EXPECT_TRUE(routing.own_removed);
  const std::string text = forwarded_request(raw, "SIP/2.0/UDP ps.test;branch=z9hG4bKf", "SIP/2.0/UDP a.test;stamped",
                                             "<sip:ps.test;lr>", routing);
  const RawMessage sent = read(text);
  EXPECT_THAT(sent.list(HeaderName::via),
              ElementsAre("SIP/2.0/UDP ps.test;branch=z9hG4bKf", "SIP/2.0/UDP a.test;stamped",
                          "SIP/2.0/UDP b.test;branch=z9hG4bK2"));
  EXPECT_THAT(sent.list(HeaderName::record_route), ElementsAre("<sip:ps.test;lr>", "<sip:b.test;lr>"));
  EXPECT_THAT(sent.list(HeaderName::route), ElementsAre("<sip:odi@scscf.test;lr>"));
  EXPECT_EQ(sent.value(HeaderName::max_forwards), "2");
  EXPECT_THAT(text, HasSubstr("X-Folded: one"));
  EXPECT_EQ(sent.body, "hi");
}

TEST_F(MessageText, WhatLeavesTheTrustDomainSaysNothingOfChargingAccessNetworkAndServedUser) {
  PS_SPEC("PHD-02 PHD-03 PHD-04 PHD-08 AAA-02");
  std::string text(kRequest);
  text.insert(text.find("X-Folded"),
              "P-Charging-Vector: icid-value=1\r\nP-Charging-Function-Addresses: ccf=192.0.2.1\r\n"
              "P-Access-Network-Info: IEEE-802.11\r\nP-Served-User: <sip:a@a.test>\r\n"
              "P-Asserted-Identity: <sip:a@a.test>\r\n");
  const auto forwarded = [&](const std::string& sent, NextHop next) {
    const MsgPtr came = parser.parse(sent);
    const RawMessage cut = parser.cut(came.get());
    return forwarded_request(cut, "SIP/2.0/UDP x", "SIP/2.0/UDP y", "", route_for_us(cut, own), next);
  };
  const std::string inside = forwarded(text, NextHop::inside), outside = forwarded(text, NextHop::outside);
  for (const char* name :
       {"P-Charging-Vector", "P-Charging-Function-Addresses", "P-Access-Network-Info", "P-Served-User"}) {
    EXPECT_THAT(inside, HasSubstr(name));
    EXPECT_THAT(outside, Not(HasSubstr(name)));
  }
  EXPECT_THAT(outside, HasSubstr("P-Asserted-Identity: <sip:a@a.test>\r\n"));
  EXPECT_THAT(outside, HasSubstr("X-Folded: one"));
  text.insert(text.find("X-Folded"), "Privacy: header;id\r\n");
  EXPECT_THAT(forwarded(text, NextHop::inside), HasSubstr("P-Asserted-Identity"));
  EXPECT_THAT(forwarded(text, NextHop::outside), Not(HasSubstr("P-Asserted-Identity")));

  ports::SipOutgoing request;
  request.method = "NOTIFY";
  request.varying =
      "Event: presence\r\nP-Charging-Vector: icid-value=1\r\nP-Charging-Function-Addresses: ccf=1\r\nContact: "
      "<sip:ps>\r\n";
  EXPECT_THAT(request_text(request, "SIP/2.0/UDP x"), HasSubstr("P-Charging-Vector: icid-value=1\r\n"));
  EXPECT_THAT(request_text(request, "SIP/2.0/UDP x", {}, NextHop::outside),
              HasSubstr("CSeq: 0 NOTIFY\r\nEvent: presence\r\nContact: <sip:ps>\r\nContent-Length: 0\r\n"));
}

TEST_F(MessageText, AStrictRouterAheadGetsItsAddressAsRequestUri) {
  Routing routing = route_for_us(raw, own);
  routing.route = {"<sip:strict.test>", "<sip:next.test;lr>"};
  const RawMessage sent = read(forwarded_request(raw, "SIP/2.0/UDP x", "SIP/2.0/UDP y", "", routing));
  EXPECT_EQ(sent.request_uri, "sip:strict.test");
  EXPECT_THAT(sent.list(HeaderName::route), ElementsAre("<sip:next.test;lr>", "<sip:carol@other.test>"));
}

TEST_F(MessageText, ARequestOfOursWithoutBodySaysSo) {
  PS_SPEC("SIP-33");
  ports::SipOutgoing request;
  request.method = "NOTIFY";
  request.request_uri = "sip:bob@192.0.2.5";
  request.cseq = 12;
  const std::string text = request_text(request, via_value("TCP", "ps.test:5060", "z9hG4bKq"));
  EXPECT_EQ(text,
            "NOTIFY sip:bob@192.0.2.5 SIP/2.0\r\nVia: SIP/2.0/TCP ps.test:5060;branch=z9hG4bKq\r\n"
            "Max-Forwards: 70\r\nCSeq: 12 NOTIFY\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(MessageText, OwnNamesAreTheBoundAndTheAdvertisedOnes) {
  EXPECT_TRUE(own.is_own("sip:PS.test;lr"));
  EXPECT_TRUE(own.is_own("sip:anything@192.0.2.1:5060;transport=tcp;lr"));
  EXPECT_FALSE(own.is_own("sip:192.0.2.1:5061"));
  EXPECT_FALSE(own.is_own("sips:ps.test"));  // 5061
  EXPECT_FALSE(own.is_own("tel:+15550001"));
  EXPECT_FALSE(own.is_own("nonsense"));
}

TEST(KeyedHash, IsSipHash24) {
  // The example of the SipHash paper (appendix A).
  const KeyedHash hash(0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL);
  const std::string input("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16", 15);
  EXPECT_EQ(hash.number(input), 0xa129ca6149be45e5ULL);
  EXPECT_EQ(hash.hex(input), "a129ca6149be45e5");
}

TEST(Bind, IsReadOrItsFaultNamed) {
  const auto bind = parse_bind("TLS:[::1]:5061");
  ASSERT_TRUE(bind);
  EXPECT_EQ(bind->transport, Transport::tls);
  EXPECT_EQ(bind->address, *parse_ip("::1"));
  EXPECT_EQ(bind->port, 5061);
  for (const char* bad :
       {"", "udp", "udp:127.0.0.1", "sctp:127.0.0.1:1", "udp:host:1", "udp:[::1]", "udp:127.0.0.1:x"}) {
    EXPECT_FALSE(parse_bind(bad)) << bad;
  }
}

}  // namespace
}  // namespace presentia::sip
