#include "as/sip/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace presentia::sip {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

const char* const kType = "multipart/related;boundary=xyz";

std::string error_of(std::string_view type, std::string_view body, const MultipartLimits& limits = {}) {
  const auto parts = read_multipart(type, body, limits);
  return parts ? "none" : parts.error().code;
}

// The example of RFC 2046 5.1.1, with its preamble and epilogue.
TEST(Multipart, TheExampleOfRfc2046IsRead) {
  const auto parts = read_multipart("multipart/mixed; boundary=\"simple boundary\"",
                                    "This is the preamble.  It is to be ignored, though it\r\n"
                                    "is a handy place for composition agents to include an\r\n"
                                    "explanatory note to non-MIME conformant readers.\r\n"
                                    "\r\n"
                                    "--simple boundary\r\n"
                                    "\r\n"
                                    "This is implicitly typed plain US-ASCII text.\r\n"
                                    "It does NOT end with a linebreak.\r\n"
                                    "--simple boundary\r\n"
                                    "Content-type: text/plain; charset=us-ascii\r\n"
                                    "\r\n"
                                    "This is explicitly typed plain US-ASCII text.\r\n"
                                    "It DOES end with a linebreak.\r\n"
                                    "\r\n"
                                    "--simple boundary--\r\n"
                                    "\r\n"
                                    "This is the epilogue.  It is also to be ignored.\r\n");
  ASSERT_TRUE(parts);
  ASSERT_THAT(*parts, SizeIs(2));
  EXPECT_THAT((*parts)[0].headers, IsEmpty());
  EXPECT_EQ((*parts)[0].type(), "text/plain");
  EXPECT_EQ((*parts)[0].body, "This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak.");
  EXPECT_THAT((*parts)[1].headers, ElementsAre(Pair("content-type", "text/plain; charset=us-ascii")));
  EXPECT_EQ((*parts)[1].body, "This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n");
}

TEST(Multipart, HeadersOfAPartAreUnfoldedAndRead) {
  const auto parts = read_multipart(kType,
                                    "--xyz\r\n"
                                    "Content-Type: Application/RLMI+xml;\r\n\tcharset=\"UTF-8\"\r\n"
                                    "Content-ID : <nXYxAE@pres.example.com>\r\n"
                                    "Content-Disposition: render;handling=optional\r\n"
                                    "\r\n"
                                    "<list/>\r\n"
                                    "--xyz--");
  ASSERT_TRUE(parts);
  const Part& part = parts->at(0);
  EXPECT_EQ(part.type(), "application/rlmi+xml");
  EXPECT_EQ(part.header("content-type"), "Application/RLMI+xml; charset=\"UTF-8\"");
  EXPECT_EQ(part.content_id(), "nXYxAE@pres.example.com");
  EXPECT_TRUE(part.optional());
  EXPECT_EQ(part.body, "<list/>");
}

TEST(Multipart, BareLineFeedsPaddingAndALongerInnerBoundaryAreTaken) {
  const auto parts = read_multipart(kType, "--xyz  \nA: b\n\none\n--xyz9\n--xyz\t\n\n\n--xyz-- \n");
  ASSERT_TRUE(parts);
  ASSERT_THAT(*parts, SizeIs(2));
  EXPECT_EQ((*parts)[0].body, "one\n--xyz9");
  EXPECT_EQ((*parts)[1].body, "");
}

TEST(Multipart, ADelimiterStandsAtTheBeginningOfALineOnly) {
  const auto parts = read_multipart(kType, "--xyz\r\n\r\na --xyz\r\n x--xyz--\r\n--xyz--\r\n");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->at(0).body, "a --xyz\r\n x--xyz--");
}

TEST(Multipart, APartMayHaveNoBodyOrNothingAtAll) {
  const auto parts = read_multipart(kType, "--xyz\r\nContent-Type: text/plain\r\n--xyz\r\n--xyz\r\n\r\n--xyz--");
  ASSERT_TRUE(parts);
  ASSERT_THAT(*parts, SizeIs(3));
  EXPECT_EQ((*parts)[0].header("content-type"), "text/plain");
  EXPECT_EQ((*parts)[0].body, "");
}

TEST(Multipart, PartsMayBeMultipartThemselves) {
  const std::string_view body =
      "--xyz\r\nContent-Type: "
      "multipart/mixed;boundary=in\r\n\r\n--in\r\n\r\ndeep\r\n--in--\r\n--xyz\r\n\r\nflat\r\n--xyz--";
  const auto parts = read_multipart(kType, body);
  ASSERT_TRUE(parts);
  ASSERT_THAT(*parts, SizeIs(2));
  ASSERT_THAT((*parts)[0].parts, SizeIs(1));
  EXPECT_EQ((*parts)[0].parts[0].body, "deep");
  EXPECT_EQ((*parts)[1].body, "flat");
  EXPECT_EQ(error_of(kType, body, {.parts = 3, .depth = 1}), "too_deep");
  EXPECT_EQ(error_of(kType, body, {.parts = 2, .depth = 2}), "too_many_parts");
  EXPECT_EQ(error_of(kType, body, {.parts = 3, .depth = 2}), "none");
}

TEST(Multipart, ErrorsSayWhatIsWrong) {
  const char* const good = "--xyz\r\n\r\nx\r\n--xyz--";
  EXPECT_EQ(error_of(kType, good), "none");
  EXPECT_EQ(error_of("text/plain;boundary=xyz", good), "not_multipart");
  EXPECT_EQ(error_of("multipart", good), "not_multipart");
  EXPECT_EQ(error_of("multipart/mixed", good), "no_boundary");
  EXPECT_EQ(error_of("multipart/mixed;boundary=\"\"", good), "no_boundary");
  EXPECT_EQ(error_of("multipart/mixed;boundary=\"a;b\"", good), "bad_boundary");
  EXPECT_EQ(error_of("multipart/mixed;boundary=\"a \"", good), "bad_boundary");
  EXPECT_EQ(error_of("multipart/mixed;boundary=" + std::string(71, 'a'), good), "bad_boundary");
  EXPECT_EQ(error_of(kType, ""), "no_parts");
  EXPECT_EQ(error_of(kType, "--other\r\n\r\nx\r\n--other--"), "no_parts");
  EXPECT_EQ(error_of(kType, "--xyz--"), "no_parts");
  EXPECT_EQ(error_of(kType, "--xyz\r\n\r\nx\r\n"), "not_terminated");
  EXPECT_EQ(error_of(kType, "--xyz"), "not_terminated");
  EXPECT_EQ(error_of(kType, "--xyz\r\nno colon\r\n\r\nx\r\n--xyz--"), "bad_header");
  EXPECT_EQ(error_of(kType, "--xyz\r\n folded first\r\n\r\nx\r\n--xyz--"), "bad_header");
  EXPECT_EQ(error_of(kType, "--xyz\r\n: x\r\n\r\nx\r\n--xyz--"), "bad_header");
  EXPECT_EQ(error_of(kType, "--xyz\r\nA: \0\r\n\r\nx\r\n--xyz--"sv), "bad_header");
  EXPECT_EQ(error_of(kType, "--xyz\r\nA: " + std::string(5000, 'a') + "\r\n\r\nx\r\n--xyz--"), "header_too_long");
  EXPECT_EQ(error_of(kType, "--xyz\r\nContent-Type: multipart/mixed\r\n\r\nx\r\n--xyz--"), "no_boundary");
}

TEST(Multipart, WhatIsWrittenIsWhatIsReadBack) {
  const std::string binary("a\0\r\n--\r\n--part\r\n"sv);
  const std::vector<PartToWrite> parts{
      {{{"Content-Type", "application/rlmi+xml"}, {"Content-ID", "<1@h>"}}, "<list/>\n"}, {{}, binary}, {{}, ""}};
  const std::string boundary = choose_boundary(parts, "part");
  EXPECT_EQ(boundary, "part1");  // "--part" stands in a body
  const std::string type = multipart_type("related", boundary, "application/rlmi+xml", "<1@h>");
  EXPECT_EQ(type, "multipart/related;type=\"application/rlmi+xml\";start=\"<1@h>\";boundary=part1");
  const std::string body = write_multipart(parts, boundary);
  const auto read = read_multipart(type, body);
  ASSERT_TRUE(read);
  ASSERT_THAT(*read, SizeIs(3));
  EXPECT_THAT((*read)[0].headers,
              ElementsAre(Pair("content-type", "application/rlmi+xml"), Pair("content-id", "<1@h>")));
  EXPECT_EQ((*read)[0].body, "<list/>\n");
  EXPECT_EQ((*read)[1].body, binary);
  EXPECT_EQ((*read)[2].body, "");
}

TEST(Multipart, TheWriterUsesCrlfAndABoundaryThatNeedsNoQuotes) {
  EXPECT_EQ(write_multipart({{{{"Content-Type", "text/plain"}}, "hi"}}, "b"),
            "--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b--\r\n");
  EXPECT_EQ(choose_boundary({}, "a b"), "part");
  EXPECT_EQ(choose_boundary({}, ""), "part");
  EXPECT_EQ(choose_boundary({}, std::string(80, 'x')), std::string(50, 'x'));
}

// Whatever comes, nothing is read outside the body (the sanitizers would say so), and every view is inside it.
TEST(Multipart, MutatedBodiesAreSurvived) {
  const std::string seed =
      "pre\r\n--xyz\r\nContent-Type: multipart/mixed;\r\n boundary=in\r\n\r\n--in\r\nA: "
      "b\r\n\r\ndeep\r\n--in--\r\nepi\r\n--xyz\r\n\r\n"
      "flat\r\n--xyz--\r\n";
  std::mt19937 random(1);
  constexpr std::string_view kAlphabet = "\r\n-: \txyz;=\"\0\xff"sv;
  for (int round = 0; round < 5000; ++round) {
    std::string body = seed;
    for (auto edits = 1 + random() % 6; edits > 0; --edits) {
      const std::size_t at = random() % body.size();
      switch (random() % 3) {
        case 0:
          body.erase(at, 1 + random() % 5);
          break;
        case 1:
          body.insert(at, 1, kAlphabet[random() % kAlphabet.size()]);
          break;
        default:
          body.insert(at, body.substr(random() % body.size(), 12));
          break;
      }
    }
    const auto parts = read_multipart(kType, body);
    if (!parts) continue;
    for (const Part& part : *parts) {
      EXPECT_GE(part.body.data(), body.data());
      EXPECT_LE(part.body.data() + part.body.size(), body.data() + body.size());
    }
  }
}

}  // namespace
}  // namespace presentia::sip
