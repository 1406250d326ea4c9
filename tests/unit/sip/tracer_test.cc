#include "as/sip/tracer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "as/base/check.h"

namespace presentia::sip {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kAlice = "sip:alice@example.com";

struct Fields {
  std::string call_id = "c1";
  std::string uri = "sip:zoe@example.com";
  std::string from = "<sip:zoe@example.com>;tag=1";
  std::string to = "<sip:zoe@example.com>";
  std::string more = {};
  std::string body = {};
};

std::string request(const Fields& fields) {
  return "PUBLISH " + fields.uri + " SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: " + fields.from +
         "\r\nTo: " + fields.to + "\r\nCall-ID: " + fields.call_id + "\r\nCSeq: 1 PUBLISH\r\n" + fields.more +
         "Content-Length: " + std::to_string(fields.body.size()) + "\r\n\r\n" + fields.body;
}

std::string response(const std::string& call_id) {
  return "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:x@y>;tag=2\r\n"
         "Call-ID: " +
         call_id + "\r\nCSeq: 1 PUBLISH\r\nContent-Length: 0\r\n\r\n";
}

class Tracing : public testing::Test {
 protected:
  std::unique_ptr<ports::MessageTrace> open(bool bodies = true) {
    auto trace = traces.open({kAlice, bodies});
    return trace ? *std::move(trace) : nullptr;
  }
  void receive(const std::string& text) {
    const MsgPtr message = parser.parse(text);
    tracer.received(parser.cut(message.get()), {listener, "192.0.2.7:5062", base::Instant(base::Seconds(5))});
  }
  void send(const std::string& text) { tracer.sent(text, {listener, "192.0.2.7:5062", {}}); }
  static std::vector<ports::TracedMessage> taken(ports::MessageTrace& trace) {
    std::vector<ports::TracedMessage> out;
    EXPECT_EQ(trace.take(out), 0U);
    return out;
  }
  bool traced(const Fields& fields) {
    const auto trace = open();
    receive(request(fields));
    return taken(*trace).size() == 1;
  }

  Parser parser;
  Listener listener = make_listener("udp", Transport::udp, *parse_ip("192.0.2.1"), "5060", "");
  Traces traces;
  Tracer tracer{traces};
};

TEST_F(Tracing, TakesRequestsThatBearTheIdentityInNormalForm) {
  EXPECT_FALSE(traced({}));
  EXPECT_TRUE(traced({.uri = "sip:alice@EXAMPLE.com:5060;transport=udp"}));
  EXPECT_TRUE(traced({.from = "\"Al\" <sips:alice@example.com>;tag=1"}));
  EXPECT_TRUE(traced({.to = "sip:alice@example.com"}));
  EXPECT_TRUE(traced({.more = "P-Asserted-Identity: <tel:+1>, <sip:alice@example.com>\r\n"}));
  EXPECT_TRUE(traced({.more = "P-Served-User: <sip:alice@example.com>;sescase=term;regstate=reg\r\n"}));
  EXPECT_FALSE(traced({.more = "Contact: <sip:alice@example.com>\r\n"}));
}

TEST_F(Tracing, FollowsTheCallsOfThoseRequests) {
  const auto trace = open();
  send(response("c1"));
  receive(request({.call_id = "c1", .to = "<sip:alice@example.com>"}));
  send(response("c1"));
  send(response("other"));
  const auto messages = taken(*trace);
  ASSERT_THAT(messages, SizeIs(2)) << "nothing before the request, and nothing of another call";
  EXPECT_FALSE(messages[0].sent);
  EXPECT_EQ(messages[0].remote, "192.0.2.7:5062");
  EXPECT_EQ(messages[0].local, "192.0.2.1:5060");
  EXPECT_EQ(messages[0].transport, "udp");
  EXPECT_EQ(messages[0].text, request({.call_id = "c1", .to = "<sip:alice@example.com>"}));
  EXPECT_TRUE(messages[1].sent);
  EXPECT_EQ(messages[1].text, response("c1"));
}

TEST_F(Tracing, CutsBodiesUnlessTheyWereAskedForAndNamesTheirLength) {
  const auto whole = open(true), cut = open(false);
  const Fields fields{.uri = kAlice, .more = "Content-Type: text/plain\r\n", .body = "secret"};
  receive(request(fields));
  EXPECT_EQ(taken(*whole).at(0).text, request(fields));
  const auto messages = taken(*cut);
  EXPECT_EQ(messages.at(0).cut_bytes, 6U);
  EXPECT_EQ(messages[0].text + "secret", request(fields));
}

TEST_F(Tracing, CostsNothingWithoutATraceAndEndsWithIt) {
  EXPECT_FALSE(tracer.on());
  {
    const auto trace = open();
    EXPECT_TRUE(tracer.on());
  }
  EXPECT_FALSE(tracer.on());
}

TEST_F(Tracing, RefusesMoreThanAFewAtATime) {
  std::vector<std::unique_ptr<ports::MessageTrace>> open_ones;
  for (std::size_t i = 0; i < Traces::kMost; ++i) open_ones.push_back(open());
  const auto refused = traces.open({kAlice, false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().trouble, ports::InspectTrouble::busy);
  open_ones.pop_back();
  EXPECT_TRUE(traces.open({kAlice, false}));
}

TEST_F(Tracing, KeepsTheNewestForAReaderThatIsBehindAndSaysHowManyWereLost) {
  const auto trace = open();
  for (std::size_t i = 0; i < TraceFilter::kKept + 7; ++i) receive(request({.uri = kAlice}));
  std::vector<ports::TracedMessage> out;
  EXPECT_EQ(trace->take(out), 7U);
  EXPECT_THAT(out, SizeIs(TraceFilter::kKept));
}

}  // namespace
}  // namespace presentia::sip
