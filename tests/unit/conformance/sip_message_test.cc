#include "tools/presentia-conformance/sip_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace presentia::conformance {
namespace {

const std::string kHead =
    "NOTIFY sip:bob@127.0.0.1:5070 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa;rport, SIP/2.0/UDP b\r\n"
    "v: SIP/2.0/UDP c\r\n"
    "From: \"A, B\" <sip:alice@example.com;x=1>;tag=f\r\n"
    "t: <sip:bob@example.com>;tag=t\r\n"
    "i: call@host\r\n"
    "CSeq: 2 NOTIFY\r\n";

std::string why(const std::string& bytes) {
  const auto read = read_message(bytes);
  const auto* const wrong = std::get_if<Unreadable>(&read);
  return wrong == nullptr ? "" : wrong->why;
}

Message message(const std::string& bytes) { return std::get<Message>(read_message(bytes)); }

TEST(SipMessage, KnowsCompactFormsListsAndFoldedLines) {
  const Message read = message(kHead + "Accept: a/b,\r\n c/d\r\nl: 2\r\n\r\nhi");
  EXPECT_EQ(read.method, "NOTIFY");
  EXPECT_EQ(read.values("Via").size(), 3U);
  EXPECT_EQ(parameter(read.values("Via").front(), "BRANCH"), "z9hG4bKa");
  EXPECT_EQ(read.values("accept"), (std::vector<std::string>{"a/b", "c/d"}));
  EXPECT_EQ(read.text("Call-ID"), "call@host");
  EXPECT_EQ(read.body, "hi");
}

TEST(SipMessage, TakesParametersOfTheHeaderNotOfTheUri) {
  const Message read = message(kHead + "\r\n");
  EXPECT_EQ(parameter(read.text("From"), "tag"), "f");
  EXPECT_EQ(parameter(read.text("From"), "x"), std::nullopt);
  EXPECT_EQ(uri_of(read.text("From")), "sip:alice@example.com;x=1");
  EXPECT_EQ(without_parameters("active;expires=5"), "active");
}

TEST(SipMessage, HasNoMoreBodyThanItSays) { EXPECT_EQ(message(kHead + "Content-Length: 2\r\n\r\nhi\r\n").body, "hi"); }

TEST(SipMessage, IsStrict) {
  EXPECT_EQ(why(kHead), "there is no empty line after the header fields");
  EXPECT_EQ(why("SIP/2.0 99 No\r\n\r\n"), "the status is no number of 100 to 699");
  EXPECT_EQ(why("A B C\r\n\r\n"), "the version is not SIP/2.0");
  EXPECT_EQ(why(kHead + "Content-Length: 3\r\n\r\nhi"), "Content-Length is 3, the body has 2");
  EXPECT_EQ(why(kHead + "To: <sip:x@y>\r\n\r\n"), "To is there 2 times");
  EXPECT_EQ(why("SIP/2.0 200 OK\r\nFrom: a\r\nTo: b\r\nCall-ID: c\r\nCSeq: 1 X\r\n\r\n"), "Via is missing");
  EXPECT_EQ(why("SIP/2.0 200 OK\r\nno colon\r\n\r\n"), "a header line has no colon: no colon");
}

TEST(SipMessage, FindsFramesInAStream) {
  const std::string one = kHead + "Content-Length: 2\r\n\r\nhi";
  const auto frame = std::get<Frame>(find_frame("\r\n\r\n" + one + one));
  EXPECT_EQ(frame.skip, 4U);
  EXPECT_EQ(frame.length, one.size());
  EXPECT_EQ(std::get<Frame>(find_frame(one.substr(0, one.size() - 1))).length, 0U);
  EXPECT_EQ(std::get<Unreadable>(find_frame(kHead + "\r\n")).why, "a message on a stream has no Content-Length");
}

}  // namespace
}  // namespace presentia::conformance
