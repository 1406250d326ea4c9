// HTTP digest: the arithmetic by the RFC's own examples, and the conversation.
#include "xdm-client/http/digest.h"

#include "tests/adapter/xdm/fixture.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using xdm::Challenge;
using xdm::HttpSettings;

std::string response_of(bool sha256) {
  const Challenge challenge{.realm = "http-auth@example.org",
                            .nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                            .opaque = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
                            .sha256 = sha256,
                            .qop_auth = true};
  return *xdm::authorization(challenge, {"Mufasa", "Circle of Life", "GET", "/dir/index.html",
                                         "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", 1});
}

TEST(DigestArithmetic, IsThatOfTheRfc) {  // [RFC7616 3.9.1]
  EXPECT_THAT(response_of(false), HasSubstr("response=\"8ca523f5e9506fed4657c9700eebdbec\""));
  EXPECT_THAT(response_of(true),
              HasSubstr("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""));
  EXPECT_THAT(response_of(true), HasSubstr("algorithm=SHA-256"));
}

TEST(DigestArithmetic, WithoutQopItIsThatOfRfc2069) {
  const Challenge challenge{.realm = "testrealm@host.com", .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093", .opaque = ""};
  const auto value = *xdm::authorization(challenge, {"Mufasa", "CircleOfLife", "GET", "/dir/index.html", "unused", 1});
  EXPECT_THAT(value, AllOf(HasSubstr("response=\"1949323746fe6a43ef61f9606e7febea\""), Not(HasSubstr("nc="))));
}

class Digest : public HttpFixture {
 protected:
  Digest() {
    set([](HttpSettings& made) {
      made.identity = xdm::IdentityMode::digest;
      made.user = "presentia";
      made.password = "geheim";
    });
  }
  // One attribute of the header Authorization, without quotes; empty if there is none.
  static std::string attribute(const std::string& request, const std::string& name) {
    const std::size_t line = request.find("\r\nAuthorization: Digest ");
    if (line == std::string::npos) return "";
    const std::string header = request.substr(line, request.find("\r\n", line + 2) - line) + ',';
    const std::size_t at = header.find(' ' + name + '=');
    if (at == std::string::npos) return "";
    std::string value = header.substr(at + name.size() + 2);
    value = value.substr(0, value.find(','));
    std::erase(value, '"');
    return value;
  }
  // What the response of `request` must be, by the nonce, count and cnonce that it names.
  static std::string expected(const std::string& request, bool sha256, const std::string& password = "geheim") {
    const Challenge challenge{
        .realm = "xdm", .nonce = attribute(request, "nonce"), .opaque = "", .sha256 = sha256, .qop_auth = true};
    const std::string cnonce = attribute(request, "cnonce"), uri = attribute(request, "uri");
    const auto count = static_cast<std::uint32_t>(std::stoul("0" + attribute(request, "nc"), nullptr, 16));
    const auto value = *xdm::authorization(
        challenge, {"presentia", password, request.substr(0, request.find(' ')), uri, cnonce, count});
    return attribute("\r\nAuthorization: " + value + "\r\n", "response");
  }
  static std::string challenge(const std::string& nonce, const std::string& more = "") {
    return "WWW-Authenticate: Digest realm=\"xdm\", qop=\"auth-int, auth\", nonce=\"" + nonce + "\"" + more + "\r\n";
  }
  static std::string refusal(const std::string& challenges) { return response("401 Unauthorized", "", challenges); }
};

TEST_F(Digest, AChallengeIsAnsweredAndItsNonceUsedAgain) {
  PS_SPEC("XCP-06");
  std::vector<std::string> seen;
  const TestServer server(answering([&](const std::string& request) {
    seen.push_back(attribute(request, "nc"));
    const bool good = attribute(request, "response") == expected(request, false);
    return good ? response("200 OK", "in") : refusal(challenge("n1"));
  }));
  use({server.root("/root")});
  EXPECT_EQ(said(get("/doc?xmlns(a=b)")), "200 in");
  EXPECT_EQ(said(get()), "200 in");
  EXPECT_EQ(said(ask(put_of("<a/>", "\"t\""))), "200 in");
  EXPECT_THAT(seen, ElementsAre("", "00000001", "00000002", "00000003"));
}

TEST_F(Digest, AStaleNonceIsReplaced) {
  std::string nonce = "n1";
  int refused = 0;
  const TestServer server(answering([&](const std::string& request) {
    if (attribute(request, "nonce") == nonce) return response("200 OK", "in");
    ++refused;
    return refusal(challenge(nonce, refused > 1 ? ", stale=TRUE" : ""));
  }));
  use({server.root()});
  EXPECT_EQ(said(get()), "200 in");
  nonce = "n2";
  EXPECT_EQ(said(get()), "200 in");
  EXPECT_EQ(refused, 2);
}

TEST_F(Digest, TheStrongerChallengeIsAnswered) {
  const TestServer server(answering([&](const std::string& request) {
    const bool good =
        attribute(request, "algorithm") == "SHA-256" && attribute(request, "response") == expected(request, true);
    return good ? response("200 OK", "in")
                : refusal("WWW-Authenticate: Basic realm=\"x\"\r\n" + challenge("a", ", algorithm=MD5") +
                          challenge("b", ", algorithm=SHA-256") + challenge("c", ", algorithm=SHA-512-256"));
  }));
  use({server.root()});
  EXPECT_EQ(said(get()), "200 in");
}

TEST_F(Digest, AWrongPasswordIsToldAndNotTriedForEver) {
  std::atomic<int> asked = 0;
  const TestServer server(
      answering([&](const std::string&) { return refusal(challenge("n" + std::to_string(++asked))); }));
  use({server.root()});
  EXPECT_EQ(said(get()), "401");
  EXPECT_EQ(asked, 2);
}

TEST_F(Digest, AChallengeThatWeCannotMeetIsTold) {
  std::atomic<int> asked = 0;
  const TestServer server(answering([&](const std::string&) {
    ++asked;
    return refusal(
        "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"\r\n"
        "WWW-Authenticate: Digest nonsense\r\nWWW-Authenticate: Negotiate\r\n");
  }));
  use({server.root()});
  EXPECT_EQ(said(get()), "401");
  EXPECT_EQ(asked, 1);
}

TEST_F(Digest, ThePasswordIsSentToNobody) {
  std::string all;
  const TestServer server(answering([&](const std::string& request) {
    all += request;
    return attribute(request, "response").empty() ? refusal(challenge("n1")) : response("200 OK");
  }));
  use({server.root()});
  xdm::HttpRequest request = get_of();
  request.identity = "sip:alice@example.com";
  EXPECT_EQ(said(ask(request)), "200");
  EXPECT_THAT(all, AllOf(Not(HasSubstr("geheim")), Not(HasSubstr("Asserted-Identity"))));
}

}  // namespace
}  // namespace presentia::test
