#include "as/sip/stream_framer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kMost = 1000;

// One word for each thing that is framed: a message's bytes, "ping", or a defect.
std::string word(const StreamFramer::Framed& framed) {
  if (framed.ping) return "ping";
  switch (framed.defect) {
    case Defect::none:
      return std::string(framed.bytes);
    case Defect::no_content_length:
      return "no length";
    case Defect::content_length:
      return "bad length";
    case Defect::too_large:
      return "too large";
    default:
      return "no sip";
  }
}

void feed(StreamFramer& framer, std::string_view bytes, std::vector<std::string>& found, std::size_t most = kMost) {
  framer.feed(bytes);
  while (const auto framed = framer.next(most)) found.push_back(word(*framed));
}

std::vector<std::string> frame(std::string_view bytes, std::size_t most = kMost) {
  StreamFramer framer;
  std::vector<std::string> found;
  feed(framer, bytes, found, most);
  return found;
}

std::string message(const std::string& fields, const std::string& body = {}) {
  return "OPTIONS sip:a@b SIP/2.0\r\n" + fields + "\r\n" + body;
}

const std::string kEmpty = message("Content-Length: 0\r\n");
const std::string kFull = message("Via: x\r\nl:  3\r\n", "a\r\n");

TEST(StreamFramer, CutsWhatComesTogether) {
  PS_SPEC("SIP-28");
  EXPECT_THAT(frame(kEmpty + kFull + kEmpty), ElementsAre(kEmpty, kFull, kEmpty));
}

TEST(StreamFramer, WaitsForWhatComesInPieces) {
  PS_SPEC("SIP-28");
  StreamFramer framer;
  std::vector<std::string> found;
  std::string all = "\r\n\r\n";
  all.append(kFull).append("\r\n").append(kEmpty);
  for (const char byte : all) feed(framer, {&byte, 1}, found);
  EXPECT_THAT(found, ElementsAre("ping", kFull, kEmpty));
  EXPECT_FALSE(framer.amid());
}

TEST(StreamFramer, KnowsWhenItIsAmidAMessage) {
  StreamFramer framer;
  std::vector<std::string> found;
  feed(framer, "\r\n", found);
  EXPECT_FALSE(framer.amid());
  feed(framer, kFull.substr(0, 5), found);
  EXPECT_TRUE(framer.amid());
  feed(framer, kFull.substr(5) + "O", found);
  EXPECT_THAT(found, ElementsAre(kFull));
  EXPECT_TRUE(framer.amid());
}

TEST(StreamFramer, TwoLineEndsAreAPingAndOneIsNothing) {
  PS_SPEC("SIPX-09 SIPX-10");
  EXPECT_THAT(frame("\r\n\r\n"), ElementsAre("ping"));
  EXPECT_THAT(frame("\r\n\r\n\r\n\r\n\r\n"), ElementsAre("ping", "ping"));
  EXPECT_THAT(frame("\r\n" + kEmpty + "\r\n" + kEmpty), ElementsAre(kEmpty, kEmpty));
  EXPECT_THAT(frame("\n\r\n\n" + kEmpty), ElementsAre(kEmpty));  // sloppy, and harmless
}

TEST(StreamFramer, ReadsTheLengthAsItMayBeWritten) {
  for (const char* field : {"content-LENGTH:3", "L : 3", "Content-Length\t:\t3 ", "Content-Length:\r\n  3",
                            "Via: x\r\n Content-Length: 9\r\nl: 0003"}) {
    const std::string whole = message(std::string(field) + "\r\n", "abc");
    EXPECT_THAT(frame(whole + kEmpty), ElementsAre(whole, kEmpty)) << field;
  }
}

TEST(StreamFramer, WithoutALengthNothingIsCutAnyMore) {
  EXPECT_THAT(frame(message("Via: x\r\n") + kEmpty), ElementsAre("no length"));
  EXPECT_THAT(frame("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), ElementsAre("no length"));
  EXPECT_THAT(frame("X\r\n\r\n"), ElementsAre("no length"));
}

TEST(StreamFramer, OrWithOneThatCanBeReadInTwoWays) {
  PS_SPEC("SIPX-06 SIPX-07");
  for (const char* field :
       {"l: -1", "l: +3", "l: 3,3", "l: 0x3", "l:", "l: 3 3", "l: 3\r\nContent-Length: 3", "l: 99999999999999999999"}) {
    EXPECT_THAT(frame(message(std::string(field) + "\r\n") + kEmpty), ElementsAre("bad length")) << field;
  }
}

TEST(StreamFramer, ALengthInAnotherFieldOrBehindABareLineEndIsNone) {
  EXPECT_THAT(frame(message("X: a\nContent-Length: 0\r\n")), ElementsAre("no length"));
  EXPECT_THAT(frame(message("X: a\rl: 9\r\nl: 0\r\n") + kEmpty).size(), 2U);
  EXPECT_THAT(frame(message("X: a\n\nl: 9\r\nl: 0\r\n") + kEmpty).size(), 2U);
}

TEST(StreamFramer, GivesTheHeadOfWhatIsTooLarge) {
  StreamFramer framer;
  const std::string head = message("Content-Length: 900\r\n");
  framer.feed(head + "abc");
  const auto framed = framer.next(900);
  ASSERT_TRUE(framed);
  EXPECT_EQ(framed->defect, Defect::too_large);
  EXPECT_EQ(framed->bytes, head);
  EXPECT_FALSE(framer.next(2000));
}

TEST(StreamFramer, TakesExactlyWhatIsAllowed) {
  EXPECT_THAT(frame(kFull, kFull.size()), ElementsAre(kFull));
  EXPECT_THAT(frame(kFull, kFull.size() - 1), ElementsAre("too large"));
  EXPECT_THAT(frame("OPTIONS " + std::string(kMost, 'a')), ElementsAre("too large"));
  EXPECT_THAT(frame("OPTIONS " + std::string(kMost - 8, 'a')), IsEmpty());
}

TEST(StreamFramer, SeesAtOnceThatAPeerSpeaksSomethingElse) {
  EXPECT_THAT(frame(std::string("\x16\x03\x01\x00\xa5", 5)), ElementsAre("no sip"));
  EXPECT_THAT(frame(" OPTIONS"), ElementsAre("no sip"));
  EXPECT_THAT(frame("OPTIONS sip:a SIP/2.0\nl: 0\n"), ElementsAre("no sip"));
  EXPECT_THAT(frame(kEmpty + "{}"), ElementsAre(kEmpty, "no sip"));
}

TEST(StreamFramer, ANulIsAByteLikeOthers) {
  const std::string whole = message("X: \"\\" + std::string(1, '\0') + "\"\r\nl: 1\r\n", std::string(1, '\0'));
  EXPECT_THAT(frame(whole + kEmpty), ElementsAre(whole, kEmpty));
}

}  // namespace
}  // namespace presentia::sip
