// Headers other than addresses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <tuple>

#include "as/sip/grammar.h"
#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Event, HasAPackageAndPerhapsAnId) {
  EXPECT_EQ(parse_event("presence")->package, "presence");
  EXPECT_EQ(parse_event("presence")->id, std::nullopt);
  const auto event = parse_event(" Presence.winfo ; ID = \"4 2\" ;other=x");
  EXPECT_EQ(event->params, "; ID = \"4 2\" ;other=x");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->package, "Presence.winfo");
  EXPECT_EQ(event->id, "4 2");
  for (const char* bad : {"", ";id=1", "two words", "presence;;=", "a/b", "presence;id=\"open"}) {
    EXPECT_FALSE(parse_event(bad)) << bad;
  }
}

TEST(Accept, ListsMediaRangesWithoutParametersAndWithoutRefusedOnes) {
  PS_SPEC("SIP-31");
  EXPECT_THAT(*parse_accept("Application/PIDF+xml;level=1 , multipart / related;q=0.3,*/*;q=0.000, text/*;Q=0.0"),
              ElementsAre("application/pidf+xml", "multipart/related"));
  EXPECT_THAT(*parse_accept("a/b;x=\"1,2\", c/d"), ElementsAre("a/b", "c/d"));
  EXPECT_THAT(*parse_accept("a/b;q=0.001"), ElementsAre("a/b"));
  EXPECT_THAT(*parse_accept(""), IsEmpty());
  for (const char* bad : {"application", "a/", "/b", "a/b/c d", "a b/c", "a/b;=1"})
    EXPECT_FALSE(parse_accept(bad)) << bad;
}

TEST(Tokens, AreLowerCase) {
  EXPECT_THAT(*parse_tokens("Eventlist, 100rel,,x-none"), ElementsAre("eventlist", "100rel", "x-none"));
  EXPECT_FALSE(parse_tokens("a b"));
  EXPECT_FALSE(parse_tokens("\"a\""));
  EXPECT_THAT(*parse_privacy("Id ; header;critical"), ElementsAre("id", "header", "critical"));
  EXPECT_THAT(*parse_privacy("id, none"), ElementsAre("id", "none"));
  EXPECT_FALSE(parse_privacy("id;(x)"));
}

TEST(Expires, IsClampedAndNeverWrapped) {
  PS_SPEC("SIP-37");
  EXPECT_EQ(parse_expires(" 3600 "), 3600U);
  EXPECT_EQ(parse_expires("0"), 0U);
  EXPECT_EQ(parse_expires("0000000000000000000007"), 7U);
  EXPECT_EQ(parse_expires("4294967295"), 4294967295U);
  EXPECT_EQ(parse_expires("4294967296"), 4294967295U);
  EXPECT_EQ(parse_expires("99999999999999999999999999999999999999"), 4294967295U);
  for (const char* bad : {"", "-1", "+1", "abc", "1.5", "1 2", "0x10", "1;x"}) {
    EXPECT_EQ(parse_expires(bad), std::nullopt) << bad;
  }
}

TEST(EntityTags, KeepTheirCaseAndSeveralAreAllSeen) {
  EXPECT_THAT(*parse_etags("dx200xyz"), ElementsAre("dx200xyz"));
  EXPECT_THAT(*parse_etags("Aa , bB"), ElementsAre("Aa", "bB"));
  EXPECT_THAT(*parse_etags(""), IsEmpty());
  EXPECT_FALSE(parse_etags("\"quoted\""));
  EXPECT_FALSE(parse_etags("a b"));
}

TEST(RetryAfter, IsTheSecondsOnly) {
  EXPECT_EQ(parse_retry_after("18000;duration=3600"), base::Seconds(18000));  // RFC 3261 20.33
  EXPECT_EQ(parse_retry_after("120 (I'm in a meeting)"), base::Seconds(120));
  EXPECT_EQ(parse_retry_after("5(x)"), base::Seconds(5));
  EXPECT_EQ(parse_retry_after("99999999999"), base::Seconds(4294967295));
  EXPECT_EQ(parse_retry_after("soon"), std::nullopt);
  EXPECT_EQ(parse_retry_after(""), std::nullopt);
}

TEST(ContentType, KeepsItsParametersAsReceivedBesidesReadingThem) {
  const auto media = parse_media_type("Multipart/Related;type=\"application/rlmi+xml\"; Boundary=\"50U;BfB\"");
  ASSERT_TRUE(media);
  EXPECT_EQ(media->type, "multipart/related");
  EXPECT_EQ(media->params_text, ";type=\"application/rlmi+xml\"; Boundary=\"50U;BfB\"");
  EXPECT_EQ(param(media->params, "boundary"), "50U;BfB");
  EXPECT_EQ(parse_media_type("text/html")->params_text, "");
  for (const char* bad : {"", "text", "text/", "te xt/html", "text/html;charset=\"x"}) {
    EXPECT_FALSE(parse_media_type(bad)) << bad;
  }
}

TEST(ContentDisposition, MayMakeABodyOptional) {
  PS_SPEC("SIP-10");
  const auto disposition = parse_disposition("Render;handling=OPTIONAL");
  ASSERT_TRUE(disposition);
  EXPECT_EQ(disposition->type, "render");
  EXPECT_TRUE(disposition->optional);
  EXPECT_FALSE(parse_disposition("render;handling=required")->optional);
  EXPECT_FALSE(parse_disposition("recipient-list")->optional);
  EXPECT_FALSE(parse_disposition(";handling=optional"));
}

TEST(ViaValue, IsReadWithTheBlanksThatRfc4475Puts) {
  const auto via = parse_via("SIP  / 2.0\r\n / TCP     spindle.example.com   ;\r\n branch  =   z9hG4bK9ikj8  ; RPort");
  ASSERT_TRUE(via);
  EXPECT_EQ(via->transport, "TCP");
  EXPECT_EQ(via->sent_by(), "spindle.example.com");
  EXPECT_EQ(via->branch(), "z9hG4bK9ikj8");
  EXPECT_EQ(param(via->params, "rport"), "");
  const auto port =
      parse_via("SIP/2.0/udp first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1");
  ASSERT_TRUE(port);
  EXPECT_EQ(port->transport, "UDP");
  EXPECT_EQ(port->sent_by(), "first.example.com:4000");
  EXPECT_EQ(parse_via("SIP/2.0/TLS [2001:db8::9]:5061")->port, "5061");
  EXPECT_EQ(parse_via("SIP/2.0/TLS [2001:db8::9]")->host, "[2001:db8::9]");
  EXPECT_EQ(parse_via("SIP/2.0/UDP h")->branch(), "");
  for (const char* bad :
       {"", "SIP/2.0/UDP", "SIP/2.0 h", "HTTP/1.1/UDP h", "SIP/7.0/UDP h", "SIP/2.0/UDP h:x", "SIP/2.0/UDP h:70000",
        "SIP/2.0/UDP h h", "SIP/2.0/UDP [::1", "SIP/2.0/UDP ;branch=x", "SIP/2.0/UDP h:", "SIP/2.0/U(P h"}) {
    EXPECT_FALSE(parse_via(bad)) << bad;
  }
}

// [RFC3261 8.1.1.5] "less than 2**31"
TEST(CSeqValue, HasANumberBelow2To31AndAMethod) {
  const auto cseq = parse_cseq("0009\r\n  INVITE");
  ASSERT_TRUE(cseq);
  EXPECT_EQ(cseq->number, 9U);
  EXPECT_EQ(cseq->method, "INVITE");
  EXPECT_EQ(parse_cseq("2147483647 PUBLISH")->number, 2147483647U);
  for (const char* bad : {"", "1", "PUBLISH", "2147483648 PUBLISH", "36893488147419103232 REGISTER", "-1 PUBLISH",
                          "1 PUB LISH", "1PUBLISH"}) {
    EXPECT_FALSE(parse_cseq(bad)) << bad;
  }
}

TEST(Quoting, RoundTripsAndLetsNoLineEndThrough) {
  EXPECT_EQ(quote("say \"a\\b\""), R"("say \"a\\b\"")");
  EXPECT_EQ(unquote(quote("say \"a\\b\"")), "say \"a\\b\"");
  EXPECT_EQ(unquote("plain"), "plain");
  EXPECT_EQ(unquote("\""), "\"");
  EXPECT_EQ(quote("a\r\nInjected: x"), "\"a  Injected: x\"");
  EXPECT_EQ(warning("ps.example.com", "bad \"Event\""), R"(399 ps.example.com "bad \"Event\"")");
}

// Whatever comes, no reader reads outside its input (the sanitizers would say so) or throws.
TEST(Readers, SurviveMutatedInput) {
  const std::vector<std::string> seeds{"\"J \\\"x\\\\\" <sip:a,b@c;x=\"y\">;tag=\"1\\\"\" , sip:d@e;q=0.1",
                                       "SIP / 2.0 / TCP [2001:db8::1] : 5061 ; branch = z",
                                       "multipart/related;type=\"a/b\";boundary=x",
                                       "presence.winfo;id=\"\\\"",
                                       "120 (a \\( b);c=d",
                                       "0009 INVITE"};
  std::mt19937 random(1);
  constexpr std::string_view kAlphabet = "\"\\<>;,=:@/[]()* \t\r\n0a\x7f\xff";
  for (int round = 0; round < 3000; ++round) {
    std::string text = seeds[random() % seeds.size()];
    for (auto edits = random() % 6; edits > 0 && !text.empty(); --edits) {
      const std::size_t at = random() % text.size();
      if (random() % 3 == 0) {
        text.erase(at, 1 + random() % 4);
      } else {
        text.insert(at, 1, kAlphabet[random() % kAlphabet.size()]);
      }
    }
    std::ignore = parse_addresses(text);
    std::ignore = parse_asserted(text);
    std::ignore = first_contact(text);
    std::ignore = parse_served_user(text);
    std::ignore = parse_via(text);
    std::ignore = parse_cseq(text);
    std::ignore = parse_accept(text);
    std::ignore = parse_event(text);
    std::ignore = parse_media_type(text);
    std::ignore = parse_disposition(text);
    std::ignore = parse_retry_after(text);
    std::ignore = parse_privacy(text);
    EXPECT_EQ(unquote(quote(text)).size(), text.size());
  }
}

}  // namespace
}  // namespace presentia::sip
