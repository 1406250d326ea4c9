#include "tools/presentia-conformance/composer.h"

#include <gtest/gtest.h>

namespace presentia::conformance {
namespace {

std::optional<std::string> word(const std::string& name) {
  return name == "uri" ? std::optional<std::string>("sip:a@b") : std::nullopt;
}

TEST(Composer, ReplacesRemovesAndAddsHeaderFields) {
  Pairs headers{{"Via", "1"}, {"Event", "presence"}, {"Expires", "600"}};
  apply(headers, {{"event", {"a", "b"}}, {"Expires", {}}, {"X", {"y"}}});
  EXPECT_EQ(headers, (Pairs{{"Via", "1"}, {"event", "a"}, {"event", "b"}, {"X", "y"}}));
}

TEST(Composer, WritesBodyTypeAndLength) {
  EXPECT_EQ(written({"PUBLISH", "", "sip:a@b", {{"To", "<${uri}>"}}, "hi", "text/plain", {}}, word),
            "PUBLISH sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(written({"PUBLISH", "PUBLISH ${uri} SIP/7.0", "", {{"Content-Length", "9"}}, "", "", {}}, word),
            "PUBLISH sip:a@b SIP/7.0\r\nContent-Length: 9\r\n\r\n")
      << "what the scenario sets stays as it is, however wrong";
}

TEST(Composer, LeavesRawTextAsItIsButForLineEnds) {
  EXPECT_EQ(raw_bytes("A ${uri}\nl: ${length}\n\nbody", word), "A sip:a@b\r\nl: 4\r\n\r\nbody");
  EXPECT_EQ(raw_bytes("A\nB\n", word), "A\r\nB\r\n\r\n") << "without a body the empty line is added";
  EXPECT_THROW(raw_bytes("${nobody}", word), ScenarioError);
}

TEST(Variables, DoubledDollarsStayOne) { EXPECT_EQ(expanded("$${uri} $5", word), "${uri} $5"); }

}  // namespace
}  // namespace presentia::conformance
