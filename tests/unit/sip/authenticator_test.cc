// Who has to log in, whether they did, and the file that says who may.
#include "as/sip/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/files.h"
#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// H(bob:ims.test:zanzibar), by Python's hashlib.
constexpr std::string_view kMd5 = "a97ef3e086fcad4f2818dbaf7c741196";
constexpr std::string_view kSha256 = "a1713b234eeefc75306f58aa8692008030cc0921b4cd725073954d76d0951f77";

config::Digest shipped() {
  config::Digest settings;
  settings.add_algorithms("SHA-256");
  settings.add_algorithms("MD5");
  settings.set_nonce_lifetime_s(300);
  settings.set_max_nonces(1000);
  return settings;
}

struct Client {
  std::string name = "bob", realm = "ims.test", uri = "sip:alice@ims.test", algorithm = "MD5", qop = "auth",
              nc = "00000001", method = "PUBLISH", body = "", ha1{kMd5};

  [[nodiscard]] std::string answer(const std::string& nonce) const {
    DigestInput input;
    input.algorithm = digest_algorithm(algorithm).value_or(DigestAlgorithm::md5);
    input.ha1 = ha1;
    input.method = method;
    input.uri = uri;
    input.nonce = nonce;
    input.qop = qop;
    input.nc = nc;
    input.cnonce = "c";
    input.body = body;
    std::string text = "Digest username=\"" + name + "\", realm=\"" + realm + "\", nonce=\"" + nonce + "\", uri=\"" +
                       uri + "\", algorithm=" + algorithm + ", response=\"" + digest_response(input) + "\"";
    return qop.empty() ? text : text + ", qop=" + qop + ", nc=" + nc + ", cnonce=\"c\"";
  }
};

class Logins : public testing::Test {
 protected:
  Logins() {
    settings.set_when(config::Digest::WITHOUT_IDENTITY);
    settings.set_realm("ims.test");
    read("bob:ims.test:" + std::string(kMd5) + "\nbob:ims.test:" + std::string(kSha256) + "\n");
  }

  void read(const std::string& text) {
    auto made = DigestUsers::parse(text, settings);
    ASSERT_TRUE(made) << made.error().text;
    users = *std::move(made);
  }
  std::string nonce() {
    const std::string value = authenticator.challenges(Login::none, settings, now).at(0);
    const std::size_t at = value.find("nonce=\"") + 7;
    return value.substr(at, value.find('"', at) - at);
  }
  LoginOutcome check(const std::vector<std::string>& authorization) {
    LoginRequest request{"PUBLISH", "sip:alice@ims.test", "sip:alice@ims.test", body, {}};
    request.authorization.assign(authorization.begin(), authorization.end());
    return authenticator.check(request, users, settings, now);
  }
  Login login(const Client& client) { return check({client.answer(nonce())}).login; }

  base::Instant now{1'000'000s};
  config::Digest settings = shipped();
  Authenticator authenticator{DigestNonces::Key{7}};
  DigestUsers users;
  std::string body = "<presence/>";
};

TEST_F(Logins, TheChallengeOffersEachAlgorithmTheStrongestFirst) {
  PS_SPEC("PUB-28 EVT-37");
  const auto values = authenticator.challenges(Login::none, settings, now);
  ASSERT_EQ(values.size(), 2U);
  EXPECT_THAT(values[0], StartsWith("Digest realm=\"ims.test\", nonce=\""));
  EXPECT_THAT(values[0], HasSubstr("algorithm=SHA-256"));
  EXPECT_THAT(values[1], HasSubstr("algorithm=MD5"));
  EXPECT_THAT(values[0], HasSubstr(", qop=\"auth\""));
  EXPECT_THAT(values[0], Not(HasSubstr("stale")));
  settings.set_auth_int(true);
  EXPECT_THAT(authenticator.challenges(Login::response, settings, now)[0], HasSubstr(", qop=\"auth,auth-int\""));
}

TEST_F(Logins, WhoKnowsTheSecretIsTheUserByEitherAlgorithm) {
  PS_SPEC("PUB-28 TS29A-09");
  const LoginOutcome md5 = check({Client{}.answer(nonce())});
  EXPECT_EQ(md5.login, Login::accepted);
  EXPECT_EQ(md5.uri, "sip:bob@ims.test");
  EXPECT_EQ(login({.algorithm = "SHA-256", .ha1 = std::string(kSha256)}), Login::accepted);
  EXPECT_EQ(login({.qop = ""}), Login::accepted);
  EXPECT_EQ(login({.qop = "auth-int", .body = body}), Login::accepted);
  EXPECT_EQ(login({.uri = "sips:alice@IMS.test;transport=tls"}), Login::accepted);
}

TEST_F(Logins, EachThingThatIsWrongHasItsName) {
  PS_SPEC("TS29A-09");
  EXPECT_EQ(check({}).login, Login::none);
  EXPECT_EQ(check({"Basic Ym9iOnphbnppYmFy"}).login, Login::malformed);
  EXPECT_EQ(check({"Digest nonsense"}).login, Login::malformed);
  EXPECT_EQ(login({.realm = "other.test"}), Login::realm);
  EXPECT_EQ(login({.algorithm = "MD5-sess"}), Login::algorithm);
  EXPECT_EQ(login({.qop = "auth-conf"}), Login::qop);
  EXPECT_EQ(login({.uri = "sip:carol@ims.test"}), Login::uri);
  EXPECT_EQ(login({.name = "nobody"}), Login::user);
  EXPECT_EQ(login({.method = "SUBSCRIBE"}), Login::response);
  EXPECT_EQ(login({.ha1 = std::string(32, '0')}), Login::response);
  EXPECT_EQ(login({.qop = "auth-int", .body = "<other/>"}), Login::response);
  settings.clear_algorithms();
  settings.add_algorithms("SHA-256");
  EXPECT_EQ(login({}), Login::algorithm);
}

// Nobody gets in with the secret that a missing user, or a user without one for the algorithm, is compared with.
TEST_F(Logins, TheStandInForNobodyLetsNobodyIn) {
  read("bob:ims.test:" + std::string(kMd5) + "\n");
  EXPECT_EQ(login({.name = "nobody", .ha1 = std::string(64, '0')}), Login::user);
  EXPECT_EQ(login({.algorithm = "SHA-256", .ha1 = ""}), Login::user);
}

TEST_F(Logins, AmongCredentialsOfSeveralRealmsThoseForUsCount) {
  const std::string ours = Client{}.answer(nonce());
  EXPECT_EQ(check({Client{.realm = "proxy.test"}.answer("n"), ours}).login, Login::accepted);
}

TEST_F(Logins, AReplayAndAnOldNonceAreAskedForAgainAsStale) {
  PS_SPEC("SIP-34 EVT-37");
  const std::string first = nonce();
  EXPECT_EQ(check({Client{}.answer(first)}).login, Login::accepted);
  EXPECT_EQ(check({Client{}.answer(first)}).login, Login::replayed);
  EXPECT_EQ(check({Client{.nc = "00000002"}.answer(first)}).login, Login::accepted);
  now += 301s;
  EXPECT_EQ(check({Client{.nc = "00000003"}.answer(first)}).login, Login::stale);
  EXPECT_THAT(authenticator.challenges(Login::stale, settings, now)[0], HasSubstr(", stale=true"));
  EXPECT_THAT(authenticator.challenges(Login::replayed, settings, now)[0], HasSubstr(", stale=true"));
  // a wrong secret is never stale: the user has to be asked
  EXPECT_EQ(check({Client{.ha1 = std::string(32, '0')}.answer(first)}).login, Login::response);
  EXPECT_THAT(authenticator.challenges(Login::response, settings, now)[0], Not(HasSubstr("stale")));
}

TEST_F(Logins, AWrongSecretUsesNoNonceUp) {
  const std::string value = nonce();
  EXPECT_EQ(check({Client{.ha1 = std::string(32, '0')}.answer(value)}).login, Login::response);
  EXPECT_EQ(check({Client{}.answer(value)}).login, Login::accepted);
}

TEST(MustLogIn, WhoHasNoIdentityByTheSettings) {
  PS_SPEC("EVT-37 TS29A-09");
  config::Sip sip;
  ports::SipRequest request;
  request.method = "SUBSCRIBE";
  const auto must = [&](config::Digest::When when) {
    sip.mutable_digest()->set_when(when);
    return must_log_in(request, sip);
  };
  EXPECT_FALSE(must(config::Digest::NEVER));
  EXPECT_FALSE(must(config::Digest::CREDENTIALS_ONLY));
  EXPECT_TRUE(must(config::Digest::WITHOUT_IDENTITY));
  sip.set_identity_from_from(true);
  EXPECT_TRUE(must(config::Digest::WITHOUT_IDENTITY));  // anybody can write a From
  request.to_tag = "t";
  EXPECT_TRUE(must(config::Digest::WITHOUT_IDENTITY));  // a refresh, too
  for (const char* other : {"OPTIONS", "NOTIFY", "REGISTER", "CANCEL"}) {
    request.method = other;
    EXPECT_FALSE(must(config::Digest::WITHOUT_IDENTITY)) << other;
  }
}

TEST(MustLogIn, InsideTheTrustDomainOnlyWhereTheNetworkSaysNothing) {
  PS_SPEC("TS29A-09");
  config::Sip sip;
  sip.mutable_digest()->set_when(config::Digest::WITHOUT_IDENTITY);
  ports::SipRequest request;
  request.method = "PUBLISH";
  request.trusted = true;
  EXPECT_TRUE(must_log_in(request, sip));
  sip.set_identity_from_from(true);
  EXPECT_FALSE(must_log_in(request, sip));
  sip.set_identity_from_from(false);
  request.privacy = {"id"};
  EXPECT_FALSE(must_log_in(request, sip));
  request.privacy.clear();
  request.to_tag = "in a dialog";
  EXPECT_FALSE(must_log_in(request, sip));
  request.to_tag.clear();
  request.asserted = {{"", "sip:alice@ims.test"}};
  EXPECT_FALSE(must_log_in(request, sip));
}

// --- The file -------------------------------------------------------------------------------------------------------

class UsersFile : public testing::Test {
 protected:
  UsersFile() {
    settings.set_when(config::Digest::CREDENTIALS_ONLY);
    settings.set_realm("ims.test");
    settings.set_users_file(folder.path("users"));
  }
  std::string refusal(const std::string& text) {
    const auto made = DigestUsers::parse(text, settings);
    return made ? "" : made.error().text;
  }
  void write(const std::string& text) const { std::ofstream(settings.users_file()) << text; }
  static std::string line(const std::string& name) { return name + ":ims.test:" + std::string(kMd5) + "\n"; }

  test::TemporaryFolder folder;
  config::Digest settings = shipped();
};

TEST_F(UsersFile, NamesBecomeIdentitiesByTheRealmTheirOwnDomainOrTheSettings) {
  config::DigestIdentity* identity = settings.add_identity();
  identity->set_name("box7");
  identity->set_uri("tel:+15551234");
  const auto made = DigestUsers::parse("# comment\n\n" + line("bob") + line("eve@home.test") + line("box7") +
                                           "bob:ims.test:" + std::string(kSha256) + "\r\nx:other:" + std::string(kMd5),
                                       settings);
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(made->size(), 3U);
  EXPECT_EQ(made->find("bob")->uri, "sip:bob@ims.test");
  EXPECT_THAT(made->find("bob")->ha1, ElementsAre(kMd5, kSha256));
  EXPECT_EQ(made->find("eve@home.test")->uri, "sip:eve@home.test");
  EXPECT_EQ(made->find("box7")->uri, "tel:+15551234");
  EXPECT_EQ(made->find("x"), nullptr);
  EXPECT_EQ(made->without(DigestAlgorithm::sha256), 2U);
}

TEST_F(UsersFile, AWrongLineIsNamedByItsNumberAndNeverShown) {
  EXPECT_EQ(refusal(line("bob") + "bob ims.test\n"), "line 2: is not NAME:REALM:HA1");
  EXPECT_EQ(refusal(":ims.test:" + std::string(kMd5)), "line 1: is not NAME:REALM:HA1");
  EXPECT_EQ(refusal("bob:zanzibar"), "line 1: is not NAME:REALM:HA1");
  EXPECT_EQ(refusal("bob:ims.test:zanzibar"), "line 1: the HA1 is not 32 or 64 hexadecimal digits");
  EXPECT_EQ(refusal(line("bob") + line("bob")), "line 2: the user has an HA1 of this length already");
  EXPECT_THAT(refusal(line("a b")), HasSubstr("is no URI"));
}

TEST_F(UsersFile, WhatCannotBeUsedIsSaidWithAttributeAndFile) {
  EXPECT_EQ(check_digest_users(settings, nullptr).error().text,
            "sip.digest.users_file=" + settings.users_file() + ": No such file or directory");
  write("bob:other.test:" + std::string(kMd5));
  EXPECT_THAT(check_digest_users(settings, nullptr).error().text, HasSubstr("no line of the realm ims.test"));
  write("x");
  EXPECT_THAT(check_digest_users(settings, nullptr).error().text, HasSubstr(": line 1: is not"));
  EXPECT_TRUE(check_digest_users(settings, &settings));  // nothing to be read anew
  write(line("bob"));
  EXPECT_TRUE(check_digest_users(settings, nullptr));
  settings.set_when(config::Digest::NEVER);
  settings.set_users_file("/nowhere");
  EXPECT_TRUE(check_digest_users(settings, nullptr));
}

TEST_F(UsersFile, ItIsReadAgainWhenItOrTheSettingsChangeAndABadOneChangesNothing) {
  DigestUserBook book;
  base::Instant now{1'000'000s};
  write(line("bob"));
  book.refresh(settings, 1, now);
  EXPECT_NE(book.users().find("bob"), nullptr);
  write(line("bob") + line("carol"));
  book.refresh(settings, 1, now + 999ms);
  EXPECT_EQ(book.users().find("carol"), nullptr);
  book.refresh(settings, 1, now += 1s);
  EXPECT_NE(book.users().find("carol"), nullptr);
  write("nonsense");
  book.refresh(settings, 1, now += 1s);
  EXPECT_EQ(book.users().size(), 2U);
  settings.set_realm("other.test");  // whose users these are not
  book.refresh(settings, 2, now);
  EXPECT_EQ(book.users().size(), 0U);
  write("dave:other.test:" + std::string(kMd5));
  book.refresh(settings, 3, now);
  EXPECT_NE(book.users().find("dave"), nullptr);
  settings.set_when(config::Digest::NEVER);
  book.refresh(settings, 4, now);
  EXPECT_EQ(book.users().size(), 0U);
}

}  // namespace
}  // namespace presentia::sip
