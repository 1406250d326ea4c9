#include "as/sip/related_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

using testing::HasSubstr;

constexpr std::size_t kMax = 1000;

// A root that refers to `icon` twice, and the icon (of RFC 4648 10: "foobar").
std::string related(const std::string& icon_headers, const std::string& icon, const std::string& url = "cid:icon%40a") {
  return "--b\r\nContent-Type: application/pidf+xml\r\nContent-ID: <root@a>\r\n\r\n<p a='" + url + "'><i>" + url +
         "</i> acid:icon@a</p>\r\n--b\r\n" + icon_headers + "\r\n" + icon + "\r\n--b--\r\n";
}

constexpr std::string_view kType = "multipart/related;type=\"application/pidf+xml\";boundary=b";
constexpr const char* kIcon = "Content-Type: image/png\r\nContent-ID: <icon@a>\r\n";

std::optional<Joined> join(const std::string& body, std::string_view type = kType, std::size_t max = kMax) {
  return join_related(type, body, {}, max);
}

TEST(RelatedBody, AReferenceToAPartIsItsContent) {
  PS_SPEC("TS24-09");
  const auto plain = join(related(kIcon, "foobar"));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->type, "application/pidf+xml");
  EXPECT_EQ(plain->body, "<p a='data:image/png;base64,Zm9vYmFy'><i>data:image/png;base64,Zm9vYmFy</i> acid:icon@a</p>");
  const auto encoded = join(related(std::string(kIcon) + "Content-Transfer-Encoding: Base64\r\n", "Zm9v\r\nYmFy"));
  ASSERT_TRUE(encoded);
  EXPECT_EQ(encoded->body, plain->body);
  EXPECT_EQ(join(related(kIcon, "foobar", "cid:icon@a"))->body, plain->body);
}

TEST(RelatedBody, WhatIsNotThereOrCannotBeReadStaysAReference) {
  const std::string asked = "<p a='cid:icon%40a'><i>cid:icon%40a</i> acid:icon@a</p>";
  EXPECT_EQ(join(related("Content-ID: <other@a>\r\n", "foobar"))->body, asked);
  EXPECT_EQ(join(related(std::string(kIcon) + "Content-Transfer-Encoding: base64\r\n", "Zm9v'<x>"))->body, asked);
  EXPECT_EQ(join(related(std::string(kIcon) + "Content-Transfer-Encoding: quoted-printable\r\n", "=3D"))->body, asked);
}

TEST(RelatedBody, ATypeThatCouldEndAnAttributeIsNotWritten) {
  const auto made = join(related("Content-Type: image/x'y\r\nContent-ID: <icon@a>\r\n", "foobar"));
  ASSERT_TRUE(made);
  EXPECT_THAT(made->body, HasSubstr("<p a='data:application/octet-stream;base64,Zm9vYmFy'>"));
}

TEST(RelatedBody, TheRootIsThePartThatStartNames) {
  const std::string body = related(kIcon, "foobar");
  const auto of = [&body](const std::string& start) { return join(body, std::string(kType) + ";start=" + start); };
  EXPECT_EQ(of("\"<root@a>\"")->type, "application/pidf+xml");
  ASSERT_TRUE(of("\"<icon@a>\""));
  EXPECT_EQ(of("\"<icon@a>\"")->type, "image/png");
  EXPECT_EQ(of("\"<icon@a>\"")->body, "foobar");
  EXPECT_FALSE(of("\"<none@a>\""));
}

TEST(RelatedBody, WhatCannotBeReadOrIsTooLargeIsNotJoined) {
  EXPECT_FALSE(join("no parts"));
  EXPECT_FALSE(join(related(kIcon, "foobar"), "multipart/related"));
  EXPECT_FALSE(join(related(kIcon, "foobar"), "text/plain"));
  EXPECT_FALSE(join("--b\r\nContent-Transfer-Encoding: base64\r\n\r\nPHAvPg==\r\n--b--\r\n"));
  EXPECT_FALSE(join("--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n"));
  const std::string large = related(kIcon, std::string(500, 'x'));
  EXPECT_FALSE(join(large));  // 668 bytes of base64, twice
  EXPECT_TRUE(join(large, kType, 2 * kMax));
}

}  // namespace
}  // namespace presentia::sip
