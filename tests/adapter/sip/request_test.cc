// Requests that arrive: what the core is given, and what goes back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "tests/adapter/sip/harness.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Request, APublishOverUdpIsGivenToTheCoreAndAnswered) {
  PS_SPEC("SIP-12");
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  peer.send(publish("a1", peer.port()), lab.port());
  const std::string answer = peer.receive();
  EXPECT_EQ(status_of(answer), 200) << answer;
  EXPECT_THAT(header(answer, "Call-ID"), ElementsAre("call-a1"));
  EXPECT_THAT(header(answer, "CSeq"), ElementsAre("1 PUBLISH"));
  EXPECT_THAT(header(answer, "From"), ElementsAre("<sip:alice@ims.test>;tag=froma1"));
  EXPECT_THAT(header(answer, "To"), ElementsAre(StartsWith("<sip:alice@ims.test>;tag=")));
  EXPECT_THAT(header(answer, "SIP-ETag"), ElementsAre("etag1"));
  EXPECT_THAT(header(answer, "Content-Length"), ElementsAre("0"));
  EXPECT_THAT(header(answer, "Server"), ElementsAre("Presentia"));
  const auto request = lab.core.request(0);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "PUBLISH");
  EXPECT_EQ(request->event->package, "presence");
  EXPECT_EQ(request->expires, 600);
  EXPECT_EQ(*request->body, "<presence/>");
  EXPECT_EQ(request->own_contact, "sip:127.0.0.1:" + lab.port());
}

TEST(Request, TheSameOverTcp) {
  Lab lab({"tcp:127.0.0.1:0"});
  Peer peer = Peer::tcp(lab.port());
  peer.send(publish("t1", peer.port(), "TCP"));
  EXPECT_EQ(status_of(peer.receive()), 200);
  EXPECT_EQ(lab.core.request(0)->own_contact, "sip:127.0.0.1:" + lab.port() + ";transport=tcp");
}

TEST(Request, TheSameOverIpv6BesideIpv4) {
  Lab lab({"udp:127.0.0.1:0", "udp:[::1]:0", "tcp:[::1]:0"});
  Peer peer = Peer::udp("::1");
  std::string text = publish("six", peer.port());
  text.replace(text.find("127.0.0.1"), 9, "[::1]");
  peer.send(text, lab.port(1));
  EXPECT_EQ(status_of(peer.receive()), 200);
  EXPECT_EQ(lab.core.request(0)->own_contact, "sip:[::1]:" + lab.port(1));
  Peer stream = Peer::tcp(lab.port(2), "::1");
  stream.send(publish("six2", stream.port(), "TCP"));
  EXPECT_EQ(status_of(stream.receive()), 200);
  Peer four = Peer::udp();
  four.send(publish("four", four.port()), lab.port(0));
  EXPECT_EQ(status_of(four.receive()), 200);
}

TEST(Request, EveryViaComesBackInOrderAndTheTopOneSaysWhereItReallyCameFrom) {
  PS_SPEC("SIP-12 SIP-26");
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  peer.send(
      "SUBSCRIBE sip:alice@ims.test SIP/2.0\n"
      "v: SIP/2.0/UDP watcher.invalid;rport;branch=z9hG4bKv1, SIP/2.0/UDP 192.0.2.7:5080;branch=z9hG4bKv2;lr\n"
      "Via: SIP/2.0/TCP [2001:db8::1]:5060;branch=z9hG4bKv3\n"
      "Max-Forwards: 70\nf: <sip:bob@ims.test>;tag=b\nt: sip:alice@ims.test\ni: via-call\nCSeq: 7 SUBSCRIBE\n"
      "o: presence\nm: <sip:bob@127.0.0.1>\nl: 0\n\n",
      lab.port());
  const std::string answer = peer.receive();
  EXPECT_THAT(
      header(answer, "Via"),
      ElementsAre("SIP/2.0/UDP watcher.invalid;rport=" + peer.port() + ";branch=z9hG4bKv1;received=127.0.0.1",
                  "SIP/2.0/UDP 192.0.2.7:5080;branch=z9hG4bKv2;lr", "SIP/2.0/TCP [2001:db8::1]:5060;branch=z9hG4bKv3"));
  EXPECT_THAT(header(answer, "To"), ElementsAre(StartsWith("sip:alice@ims.test;tag=")));
}

TEST(Request, ARetransmissionGetsTheSameBytesAndTheCoreHearsNothing) {
  PS_SPEC("SIP-13 SIP-23");
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  peer.send(publish("again", peer.port()), lab.port());
  const std::string first = peer.receive();
  peer.send(publish("again", peer.port()), lab.port());
  const std::string second = peer.receive();
  EXPECT_EQ(status_of(first), 200);
  EXPECT_EQ(first, second);
  EXPECT_EQ(lab.core.requests(), 1U);
  EXPECT_EQ(lab.metric("presentia_sip_retransmissions_absorbed_total"), 1);
}

TEST(Request, WhileTheCoreThinksRetransmissionsAreAbsorbedAndNoProvisionalAnswerIsSent) {
  PS_SPEC("SIP-11 SIPX-02");
  Lab lab(lab_config({"udp:127.0.0.1:0"}), [](const ports::SipRequest&) {});
  Peer peer = Peer::udp();
  peer.send(publish("slow", peer.port()), lab.port());
  const auto request = lab.core.request(0);
  peer.send(publish("slow", peer.port()), lab.port());
  EXPECT_EQ(peer.receive(300ms), "");
  ports::SipResponse response;
  response.status = 200;
  response.to_tag = "AAAtag";
  lab.agent.respond(request->key, response);
  EXPECT_THAT(header(peer.receive(), "To"), ElementsAre("<sip:alice@ims.test>;tag=AAAtag"));
  lab.agent.respond(request->key, response);  // a second answer is none
  EXPECT_EQ(peer.receive(100ms), "");
  EXPECT_EQ(lab.core.requests(), 1U);
}

TEST(Request, WhenTheCoreThinksLongerThanTimerEGrowsOne100IsSentAndThenTheFinalAnswer) {
  PS_SPEC("SIPX-02 SIPX-01");
  config::Config config = lab_config({"udp:127.0.0.1:0"});
  config.mutable_sip()->set_t1_ms(10);
  config.mutable_sip()->set_t2_ms(80);
  Lab lab(config, [](const ports::SipRequest&) {});
  Peer peer = Peer::udp();
  peer.send(publish("slow", peer.port()), lab.port());
  const std::string trying = peer.receive();
  EXPECT_EQ(status_of(trying), 100);
  EXPECT_THAT(header(trying, "To"), ElementsAre("<sip:alice@ims.test>"));
  EXPECT_EQ(header(trying, "Via").size(), 1U);
  ports::SipResponse response;
  response.status = 200;
  response.to_tag = "AAAtag";
  lab.agent.respond(lab.core.request(0)->key, response);
  EXPECT_EQ(status_of(peer.receive()), 200);
}

TEST(Request, ACarriageReturnOrLineFeedAloneEndsNoLineAndIsRefused) {
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  for (const std::string end : {"\r", "\n"}) {
    std::string text = crlf(publish("bare", peer.port()));
    const std::size_t at = text.find("Event:");
    text.insert(at, "X-Smuggled: a" + end + "P-Asserted-Identity: <sip:root@ims.test>\r\n");
    peer.send_raw(text, lab.port());
    EXPECT_EQ(status_of(peer.receive()), 400);
  }
  std::string first = crlf(publish("bare", peer.port()));
  first.erase(first.find('\r'), 1);
  peer.send_raw(first, lab.port());
  EXPECT_EQ(status_of(peer.receive()), 400);
  EXPECT_EQ(lab.core.requests(), 0U);
}

TEST(Request, TheSameRequestByTwoWaysIsMerged) {
  PS_SPEC("SIP-06");
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  std::string text = publish("way1", peer.port());
  peer.send(text, lab.port());
  EXPECT_EQ(status_of(peer.receive()), 200);
  text.replace(text.find("z9hG4bKway1"), 11, "z9hG4bKway2");
  peer.send(text, lab.port());
  EXPECT_EQ(status_of(peer.receive()), 482);
}

TEST(Request, AnInviteIsRefusedWithTheListOfMethodsAndItsAckIsAbsorbed) {
  PS_SPEC("SIP-01");
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  const auto invite = [&](const std::string& method) {
    return method + " sip:alice@ims.test SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:" + peer.port() +
           ";branch=z9hG4bKinv\nMax-Forwards: 70\nFrom: <sip:b@x>;tag=1\nTo: <sip:alice@ims.test>\nCall-ID: inv\n"
           "CSeq: 1 " +
           method + "\nContent-Length: 0\n\n";
  };
  peer.send(invite("INVITE"), lab.port());
  const std::string answer = peer.receive();
  EXPECT_EQ(status_of(answer), 405);
  EXPECT_THAT(header(answer, "Allow"), ElementsAre(testing::AllOf(HasSubstr("PUBLISH"), HasSubstr("SUBSCRIBE"))));
  peer.send(invite("ACK"), lab.port());
  EXPECT_EQ(peer.receive(200ms), "");
  EXPECT_EQ(lab.core.requests(), 0U);
  EXPECT_EQ(lab.metric("presentia_sip_dropped_total{reason=\"ack\"}"), 1);
}

TEST(Request, ACancelIsAnsweredAndChangesNothing) {
  PS_SPEC("SIP-14 EVT-34");
  Lab lab(lab_config({"udp:127.0.0.1:0"}), [](const ports::SipRequest&) {});
  Peer peer = Peer::udp();
  peer.send(publish("can", peer.port()), lab.port());
  const auto request = lab.core.request(0);
  std::string cancel = publish("can", peer.port());
  cancel.replace(0, 7, "CANCEL");
  cancel.replace(cancel.find("1 PUBLISH"), 9, "1 CANCEL");
  peer.send(cancel, lab.port());
  const std::string found = peer.receive();
  EXPECT_EQ(status_of(found), 200);
  EXPECT_THAT(header(found, "CSeq"), ElementsAre("1 CANCEL"));
  cancel.replace(cancel.find("z9hG4bKcan"), 10, "z9hG4bKxxx");
  peer.send(cancel, lab.port());
  EXPECT_EQ(status_of(peer.receive()), 481);
  ports::SipResponse response;
  response.status = 200;
  lab.agent.respond(request->key, response);
  EXPECT_THAT(header(peer.receive(), "CSeq"), ElementsAre("1 PUBLISH"));
}

TEST(Request, CompactFormsFoldedLinesAndRepeatedHeadersAreOne) {
  PS_SPEC("SIP-30 SIP-31");
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  peer.send("SUBSCRIBE sip:alice@ims.test SIP/2.0\nv: SIP/2.0/UDP 127.0.0.1:" + peer.port() +
                ";branch=z9hG4bKc1\nMax-Forwards: 70\nf: \"B, o\" <sip:bob@ims.test>;tag=b\nt: <sip:alice@ims.test>\n"
                "i: compact\nCSeq: 1 SUBSCRIBE\no: presence\n ;id=\n  7\nk: eventlist\nSUPPORTED: gruu\n"
                "Accept: application/pidf+xml\naccept: application/xpidf+xml,\n\tmultipart/related;type=x\n"
                "m: <sip:bob@127.0.0.1:5062;ob>;expires=600\nc: application/simple-filter+xml;charset=utf-8\n"
                "Record-Route: <sip:a;lr>, <sip:b;lr>\nRecord-Route: <sip:c;lr>\nl: 3\n\nabc",
            lab.port());
  const auto request = lab.core.request(0);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->event->package, "presence");
  EXPECT_EQ(request->event->id, "7");
  EXPECT_THAT(request->supported, ElementsAre("eventlist", "gruu"));
  EXPECT_THAT(*request->accept, ElementsAre("application/pidf+xml", "application/xpidf+xml", "multipart/related"));
  EXPECT_EQ(request->contact, "sip:bob@127.0.0.1:5062;ob");
  EXPECT_EQ(request->content_type, "application/simple-filter+xml");
  EXPECT_EQ(request->content_type_params, ";charset=utf-8");
  EXPECT_EQ(*request->body, "abc");
  EXPECT_THAT(request->record_route, ElementsAre("<sip:a;lr>", "<sip:b;lr>", "<sip:c;lr>"));
  EXPECT_EQ(request->from.display, "B, o");
}

TEST(Request, TheHeadersOfIscAreRead) {
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  peer.send(
      "SUBSCRIBE sip:alice@ims.test SIP/2.0\n"
      "Record-Route: <sip:mt@127.0.1.3;lr=on;ftag=28649S1>\n"
      "Route: <sip:127.0.0.1:" +
          lab.port() +
          ";lr>, <sip:iscmark@127.0.1.3:5060;lr;s=3;h=1;d=1;a=7369>\n"
          "P-Served-User: <sip:alice@ims.test>;sescase=term;regstate=unreg\n"
          "Via: SIP/2.0/UDP 127.0.0.1:" +
          peer.port() +
          ";branch=z9hG4bKisc\nMax-Forwards: 67\n"
          "From: <sip:bob@ims.test>;tag=28649S1\nTo: <sip:alice@ims.test>\nCall-ID: isc\nCSeq: 1 SUBSCRIBE\n"
          "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=2340151D0FCE11\n"
          "P-Associated-URI: <sip:alice@ims.test, tel:+15550001>\n"
          "Contact: <sip:bob@127.0.1.12:5060>\nEvent: presence\nExpires: 99999999999999\n"
          "P-Asserted-Identity: \"Bob\" <sip:bob@ims.test>, <tel:+15550002>\n"
          "P-Charging-Vector: icid-value=\"p-1@127.0.1.11\";icid-generated-at=127.0.1.2;orig-ioi=ims.test\n"
          "P-Charging-Function-Addresses: ccf=\"aaa://ccf1.ims.test\"; ecf=\"aaa://ecf1.ims.test\"\n\n",
      lab.port());
  const auto request = lab.core.request(0);
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->trusted);
  EXPECT_THAT(request->route, ElementsAre("<sip:iscmark@127.0.1.3:5060;lr;s=3;h=1;d=1;a=7369>"));
  ASSERT_TRUE(request->served_user);
  EXPECT_EQ(request->served_user->uri, "sip:alice@ims.test");
  EXPECT_EQ(request->served_user->session_case, ports::SessionCase::terminating);
  EXPECT_FALSE(request->served_user->registered);
  ASSERT_EQ(request->asserted.size(), 2U);
  EXPECT_EQ(request->asserted[0].display, "Bob");
  EXPECT_EQ(request->asserted[1].uri, "tel:+15550002");
  EXPECT_THAT(request->charging.vector, StartsWith("icid-value="));
  EXPECT_THAT(request->charging.addresses, StartsWith("ccf="));
  EXPECT_THAT(request->charging.access_network, StartsWith("3GPP"));
  EXPECT_EQ(request->expires, 4294967295U);
  EXPECT_FALSE(request->accept);
  EXPECT_EQ(request->body, nullptr);
}

// As Kamailio 5.6 writes it, with the P-Associated-URI that it spoils.
std::string third_party_register(const std::string& branch, const std::string& port, const std::string& contact,
                                 const std::string& type, const std::string& body) {
  return "REGISTER sip:127.0.0.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:" + port + ";branch=z9hG4bK" + branch +
         "\nTo: <sip:alice@ims.test>\nFrom: <sip:127.0.1.3:5060>;tag=" + branch + "\nCall-ID: " + branch +
         "\nCSeq: 10 REGISTER\nEvent: registration\nMax-Forwards: 10\nExpires: 720\n"
         "Path: <sip:127.0.1.3:5060;lr>,<sip:term@127.0.1.2;lr>\nContact: " +
         contact +
         "\nP-Visited-Network-ID: \"ims.test\"\n"
         "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=2340151D0FCE11\n"
         "P-Charging-Vector: icid-value=\"pcscf-1-28630@127.0.1.11\";icid-generated-at=127.0.1.2\n"
         "P-Associated-URI: <sip:alice@ims.test, tel:+15550001>\n" +
         (type.empty() ? "" : "Content-Type: " + type + "\n") + "Content-Length: " + std::to_string(crlf(body).size()) +
         "\n\n" + body;
}

TEST(Request, AThirdPartyRegisterIsReadWithItsBody) {
  PS_SPEC("REG-06 PHD-06");
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  const std::string contact = "<sip:127.0.1.3:5060>";
  peer.send(third_party_register("r1", peer.port(), contact, "application/3gpp-ims+xml", "<ims-3gpp version=\"1\"/>"),
            lab.port());
  EXPECT_EQ(status_of(peer.receive()), 200);
  const auto plain = lab.core.request(0);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->method, "REGISTER");
  EXPECT_EQ(plain->to.uri, "sip:alice@ims.test");
  EXPECT_EQ(plain->contact, "sip:127.0.1.3:5060");
  EXPECT_EQ(plain->expires, 720U);
  EXPECT_THAT(plain->route, IsEmpty());
  EXPECT_EQ(plain->charging.vector, "icid-value=\"pcscf-1-28630@127.0.1.11\";icid-generated-at=127.0.1.2");
  ASSERT_TRUE(plain->registration);
  EXPECT_THAT(plain->registration->service_info, ElementsAre("<ims-3gpp version=\"1\"/>"));
  EXPECT_EQ(plain->registration->contact_expires, std::nullopt);

  peer.send(third_party_register("r2", peer.port(), contact + ";expires=soon", "multipart/mixed;boundary=b7",
                                 "--b7\nContent-Type: message/sip\n\nREGISTER sip:ims.test SIP/2.0\n"
                                 "m: <sip:alice@127.0.1.11>;+sip.instance=\"<urn:uuid:1>\"\n\n\n--b7--\n"),
            lab.port());
  EXPECT_EQ(status_of(peer.receive()), 200);
  const auto several = lab.core.request(1);
  ASSERT_TRUE(several && several->registration);
  ASSERT_EQ(several->registration->messages.size(), 1U);
  EXPECT_THAT(several->registration->messages[0].instances, ElementsAre("urn:uuid:1"));
  EXPECT_EQ(several->registration->contact_expires, 3600U);
}

TEST(Request, ARegisterWhoseBodyIsBadIsGivenToTheCoreAllTheSame) {
  PS_SPEC("REG-06");
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  const auto sent = [&](const std::string& branch, const std::string& type, const std::string& extra) {
    std::string text = third_party_register(branch, peer.port(), "<sip:127.0.1.3:5060>", type, "x");
    peer.send(text.insert(text.find("Path:"), extra), lab.port());
    return status_of(peer.receive());
  };
  EXPECT_EQ(sent("b1", "a b c", ""), 200);
  EXPECT_EQ(sent("b2", "multipart/mixed", ""), 200);
  EXPECT_EQ(sent("b3", "message/sip", "Content-Encoding: gzip\n"), 200);
  EXPECT_EQ(sent("b4", "message/sip", "Content-Disposition: ;;\n"), 200);
  EXPECT_THAT(lab.core.request(0)->registration->faults, ElementsAre("content-type"));
  EXPECT_THAT(lab.core.request(1)->registration->faults, ElementsAre("multipart.no_boundary"));
  EXPECT_THAT(lab.core.request(2)->registration->faults, ElementsAre("content-encoding"));
  EXPECT_THAT(lab.core.request(3)->registration->faults, ElementsAre("message.first-line"));
}

TEST(Request, OfARegisterFromOutsideTheTrustDomainNothingIsRead) {
  PS_SPEC("TS29A-02");
  Lab lab({"udp:127.0.0.1:0"});
  lab.change([](config::Config& config) { config.mutable_sip()->clear_trusted(); });
  Peer peer = Peer::udp();
  peer.send(third_party_register("u1", peer.port(), "<sip:127.0.1.3:5060>", "message/sip", "x"), lab.port());
  const auto forged = lab.core.request(0);
  ASSERT_TRUE(forged);
  EXPECT_FALSE(forged->trusted);
  EXPECT_EQ(forged->registration, nullptr);
}

TEST(Request, FromOutsideTheTrustDomainIdentitiesAreDroppedOrRefusedAsTheAttributeSaysAtThatMoment) {
  PS_SPEC("PHD-02 PHD-08");
  Lab lab({"udp:127.0.0.1:0"});
  lab.change([](config::Config& config) { config.mutable_sip()->clear_trusted(); });
  Peer peer = Peer::udp();
  const auto claim = [&](const std::string& branch) {
    std::string text = publish(branch, peer.port());
    return text.insert(text.find("Event:"),
                       "P-Asserted-Identity: <sip:eve@ims.test>\r\nP-Served-User: <sip:eve@ims.test>;sescase=orig\r\n"
                       "P-Charging-Vector: icid-value=1\r\n");
  };
  peer.send(claim("u1"), lab.port());
  EXPECT_EQ(status_of(peer.receive()), 200);
  const auto request = lab.core.request(0);
  EXPECT_FALSE(request->trusted);
  EXPECT_THAT(request->asserted, IsEmpty());
  EXPECT_FALSE(request->served_user);
  EXPECT_EQ(request->charging.vector, "");
  lab.change([](config::Config& config) { config.mutable_sip()->set_untrusted_identity(config::Sip::REFUSE); });
  peer.send(claim("u2"), lab.port());
  EXPECT_EQ(status_of(peer.receive()), 403);
  peer.send(publish("u3", peer.port()), lab.port());  // claims nothing
  EXPECT_EQ(status_of(peer.receive()), 200);
}

TEST(Request, BeyondTheTransactionsAllowedNewOnesGet503) {
  PS_SPEC("SIP-36");
  config::Config config = lab_config({"udp:127.0.0.1:0"});
  config.mutable_sip()->set_max_transactions(2);
  Lab lab(std::move(config));
  Peer peer = Peer::udp();
  for (const char* branch : {"m1", "m2"}) {
    peer.send(publish(branch, peer.port()), lab.port());
    EXPECT_EQ(status_of(peer.receive()), 200);
  }
  peer.send(publish("m3", peer.port()), lab.port());
  const std::string answer = peer.receive();
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_THAT(header(answer, "Retry-After"), ElementsAre("5"));
}

TEST(Request, AdvertisedNamesAreUsedAndRecognised) {
  config::Config config = lab_config({"udp:127.0.0.1:0"});
  config.mutable_sip()->mutable_transport(0)->set_advertise("ps.ims.test:5070");
  Lab lab(std::move(config));
  Peer peer = Peer::udp();
  std::string text = publish("adv", peer.port());
  text.insert(text.find("Event:"), "Route: <sip:PS.ims.test:5070;lr>, <sip:127.0.0.1:9;lr>\r\n");
  peer.send(text, lab.port());
  EXPECT_EQ(status_of(peer.receive()), 200);
  EXPECT_EQ(lab.core.request(0)->own_contact, "sip:ps.ims.test:5070");
  EXPECT_THAT(lab.core.request(0)->route, ElementsAre("<sip:127.0.0.1:9;lr>"));
}

/*  peer                   SIP thread
     | PUBLISH                |  is kept busy by the core
     | PUBLISH                |  …
     |                        |  reads it: it has waited */
TEST(Request, TheCoreIsToldHowLongADatagramWaitedWhileTheSipThreadWasBusy) {
  constexpr base::Millis kBusy{10};
  constexpr base::Millis kLeast{5};         // of it, with both clocks cut to milliseconds
  constexpr std::size_t kMostRounds = 200;  // the kernel begins to note when datagrams come some time after it is asked
  std::atomic<bool> other_is_sent{false};
  const base::SteadyClock clock;
  Lab lab(lab_config({"udp:127.0.0.1:0"}), [&](const ports::SipRequest& request) {
    if (!request.call_id.starts_with("call-busy")) return;
    other_is_sent.wait(false);
    const base::Instant until = clock.now() + kBusy;
    while (clock.now() < until) {
    }
  });
  Peer peer = Peer::udp();
  std::optional<base::Millis> waited;
  for (std::size_t round = 0; round < kMostRounds && waited.value_or(base::Millis(0)) < kLeast; ++round) {
    other_is_sent = false;
    peer.send(publish("busy" + std::to_string(round), peer.port()), lab.port());
    ASSERT_TRUE(lab.core.request(2 * round));
    peer.send(publish("other" + std::to_string(round), peer.port()), lab.port());
    other_is_sent = true;
    other_is_sent.notify_one();
    ASSERT_TRUE(lab.core.request(2 * round + 1));
    waited = lab.core.last_wait();
  }
  ASSERT_TRUE(waited);
  EXPECT_GE(*waited, kLeast);
}

/*  peer                        SIP thread
     | PUBLISH                     |  is kept busy by the core
     | more than the socket holds  |  reads on: some are lost */
TEST(Request, TheCoreIsToldThatTheSocketLostRequests) {
  constexpr int kLarge = 1000;
  const std::string filler = "X-Filler: " + std::string(60'000, 'x') + "\r\n";
  std::atomic<bool> flooded{false};
  Lab lab(lab_config({"udp:127.0.0.1:0"}), [&](const ports::SipRequest& request) {
    if (request.call_id.starts_with("call-busy")) flooded.wait(false);
  });
  Peer peer = Peer::udp();
  peer.send(publish("busy", peer.port()), lab.port());
  ASSERT_TRUE(lab.core.request(0));
  EXPECT_FALSE(lab.core.overflowed());
  std::string large = publish("large", peer.port());
  large.insert(large.find("\r\n") + 2, filler);
  for (int i = 0; i < kLarge; ++i) peer.send(large, lab.port());
  flooded = true;
  flooded.notify_one();
  ASSERT_TRUE(lab.core.request(1));
  Peer other = Peer::udp();
  for (int i = 0; i < kLarge && !lab.core.overflowed(); ++i) {  // the next one that is read behind those that fitted
    other.send(publish("after" + std::to_string(i), other.port()), lab.port());
    other.receive(100ms);
  }
  EXPECT_TRUE(lab.core.overflowed());
}

}  // namespace
}  // namespace presentia::test
