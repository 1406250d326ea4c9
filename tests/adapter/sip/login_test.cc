// Digest logins over real sockets: who is asked, what the core is told, what it never sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "as/sip/digest.h"
#include "tests/adapter/sip/harness.h"
#include "tests/support/files.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view kRealm = "ims.test";

std::string ha1(const std::string& name) {
  return sip::digest_hash(sip::DigestAlgorithm::md5, name + ":ims.test:secret");
}

class LoginOverUdp : public testing::Test {
 protected:
  LoginOverUdp() {
    std::ofstream(folder.path("users")) << "alice:ims.test:" << ha1("alice") << "\nbob:ims.test:" << ha1("bob");
  }

  config::Config config(const std::string& bind) {
    config::Config made = lab_config({bind});
    made.mutable_sip()->clear_trusted();
    config::Digest* digest = made.mutable_sip()->mutable_digest();
    digest->set_when(config::Digest::WITHOUT_IDENTITY);
    digest->set_realm(std::string(kRealm));
    digest->set_users_file(folder.path("users"));
    digest->clear_algorithms();
    digest->add_algorithms("MD5");
    return made;
  }
  void open(const config::Config& settings) { lab = std::make_unique<Lab>(settings); }
  void open() { open(config("udp:127.0.0.1:0")); }

  static std::string nonce_of(const std::string& challenge) {
    const std::string value = header(challenge, "WWW-Authenticate").at(0);
    const std::size_t at = value.find("nonce=\"") + 7;
    return value.substr(at, value.find('"', at) - at);
  }
  static std::string credentials(const std::string& nonce, const std::string& name = "alice",
                                 const std::string& nc = "00000001", const std::string& method = "PUBLISH") {
    const std::string hash = ha1(name);
    sip::DigestInput input;
    input.ha1 = hash;
    input.method = method;
    input.uri = "sip:alice@ims.test";
    input.nonce = nonce;
    input.qop = "auth";
    input.nc = nc;
    input.cnonce = "c";
    return "Authorization: Digest username=\"" + name + "\", realm=\"ims.test\", nonce=\"" + nonce +
           "\", uri=\"sip:alice@ims.test\", qop=auth, nc=" + nc + ", cnonce=\"c\", response=\"" +
           sip::digest_response(input) + "\"\n";
  }
  std::string request(const std::string& branch, const std::string& more = {}) const {
    std::string text = publish(branch, peer.port());
    return text.insert(text.find("Max-Forwards"), more);
  }
  std::string ask(const std::string& text) {
    peer.send(text, lab->port());
    return peer.receive();
  }

  TemporaryFolder folder;
  std::unique_ptr<Lab> lab;
  Peer peer = Peer::udp();
};

TEST_F(LoginOverUdp, WhoLogsInIsAssertedToTheCoreAndNobodyElseReachesIt) {
  PS_SPEC("PUB-28 PRES-18 EVT-37");
  open();
  const std::string challenge = ask(request("a1"));
  EXPECT_EQ(status_of(challenge), 401);
  ASSERT_THAT(header(challenge, "WWW-Authenticate"), SizeIs(1));
  EXPECT_THAT(header(challenge, "WWW-Authenticate").at(0), HasSubstr("Digest realm=\"ims.test\", nonce=\""));
  const std::string nonce = nonce_of(challenge);
  EXPECT_EQ(status_of(ask(request("a2", credentials(nonce)))), 200);
  const auto seen = lab->core.request(0);
  ASSERT_TRUE(seen);
  ASSERT_THAT(seen->asserted, SizeIs(1));
  EXPECT_EQ(seen->asserted[0].uri, "sip:alice@ims.test");
  EXPECT_FALSE(seen->trusted);
  EXPECT_EQ(lab->core.requests(), 1U);
  EXPECT_EQ(lab->metric("presentia_sip_logins_total{outcome=\"none\"}"), 1);
  EXPECT_EQ(lab->metric("presentia_sip_logins_total{outcome=\"accepted\"}"), 1);
  EXPECT_EQ(lab->metric("presentia_sip_digest_users"), 2);
}

TEST_F(LoginOverUdp, ARetransmissionIsNoReplayButTheSameCredentialsInAnotherRequestAre) {
  PS_SPEC("SIP-34");
  open();
  const std::string nonce = nonce_of(ask(request("r1")));
  const std::string good = request("r2", credentials(nonce));
  const std::string answer = ask(good);
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(ask(good), answer);
  const std::string again = request("r3", credentials(nonce));
  const std::string replay = ask(again);
  EXPECT_EQ(status_of(replay), 401);
  EXPECT_THAT(header(replay, "WWW-Authenticate").at(0), HasSubstr("stale=true"));
  EXPECT_EQ(ask(again), replay);  // the transaction repeats the challenge
  EXPECT_EQ(status_of(ask(request("r4", credentials(nonce, "alice", "00000002")))), 200);
  EXPECT_EQ(lab->core.requests(), 2U);
  EXPECT_EQ(lab->metric("presentia_sip_logins_total{outcome=\"replayed\"}"), 1);
}

TEST_F(LoginOverUdp, ANonceThatIsTooOldIsStale) {
  PS_SPEC("SIP-34");
  config::Config settings = config("udp:127.0.0.1:0");
  settings.mutable_sip()->mutable_digest()->set_nonce_lifetime_s(0);  // below what an operator may say
  open(settings);
  const std::string nonce = nonce_of(ask(request("s1")));
  const auto sent = lab->clock.now();
  while (lab->clock.now() <= sent + base::Millis(2)) {
  }
  const std::string answer = ask(request("s2", credentials(nonce)));
  EXPECT_EQ(status_of(answer), 401);
  EXPECT_THAT(header(answer, "WWW-Authenticate").at(0), HasSubstr("stale=true"));
  EXPECT_EQ(lab->metric("presentia_sip_logins_total{outcome=\"stale\"}"), 1);
}

TEST_F(LoginOverUdp, WrongCredentialsAre401WhereNobodyHasToLogInToo) {
  PS_SPEC("TS29A-09");
  config::Config settings = config("udp:127.0.0.1:0");
  settings.mutable_sip()->mutable_digest()->set_when(config::Digest::CREDENTIALS_ONLY);
  open(settings);
  EXPECT_EQ(status_of(ask(request("c1"))), 200);
  const std::string basic = ask(request("c2", "Authorization: Basic Ym9iOnphbnppYmFy\n"));
  EXPECT_EQ(status_of(basic), 401);
  const std::string nonce = nonce_of(basic);
  std::string wrong = credentials(nonce);
  wrong.replace(wrong.find("response=\"") + 10, 4, "0000");
  EXPECT_EQ(status_of(ask(request("c3", wrong))), 401);
  EXPECT_EQ(status_of(ask(request("c4", credentials(nonce, "alice", "00000001", "SUBSCRIBE")))), 401);
  EXPECT_EQ(status_of(ask(request("c5", credentials(nonce, "eve")))), 401);
  EXPECT_EQ(lab->core.requests(), 1U);
  EXPECT_EQ(status_of(ask(request("c6", credentials(nonce)))), 200);
  EXPECT_EQ(lab->core.request(1)->asserted.at(0).uri, "sip:alice@ims.test");
  EXPECT_EQ(lab->metric("presentia_sip_logins_total{outcome=\"malformed\"}"), 1);
  EXPECT_EQ(lab->metric("presentia_sip_logins_total{outcome=\"response\"}"), 2);
  EXPECT_EQ(lab->metric("presentia_sip_logins_total{outcome=\"user\"}"), 1);
}

TEST_F(LoginOverUdp, InsideTheTrustDomainAnAssertedIdentityIsEnoughAndStaysWhoItIs) {
  PS_SPEC("TS29A-09");
  config::Config settings = config("udp:127.0.0.1:0");
  config::Peer* trusted = settings.mutable_sip()->add_trusted();
  trusted->set_name("loopback");
  trusted->set_address("127.0.0.0/8");
  open(settings);
  const std::string carol = "P-Asserted-Identity: <sip:carol@ims.test>\n";
  EXPECT_EQ(status_of(ask(request("t1", carol))), 200);
  const std::string challenge = ask(request("t2"));
  EXPECT_EQ(status_of(challenge), 401);
  EXPECT_EQ(status_of(ask(request("t3", carol + credentials(nonce_of(challenge))))), 200);
  EXPECT_EQ(lab->core.request(1)->asserted.at(0).uri, "sip:carol@ims.test");
  std::string bad = credentials(nonce_of(challenge), "alice", "00000002");
  bad.replace(bad.find("response=\"") + 10, 4, "0000");
  EXPECT_EQ(status_of(ask(request("t4", carol + bad))), 401);
}

TEST_F(LoginOverUdp, OptionsAndCancelAreNotChallenged) {
  PS_SPEC("PUB-28");
  open();
  std::string options = request("o1");
  while (options.find("PUBLISH") != std::string::npos) options.replace(options.find("PUBLISH"), 7, "OPTIONS");
  EXPECT_EQ(status_of(ask(options)), 200);
  std::string cancel = request("o2");
  while (cancel.find("PUBLISH") != std::string::npos) cancel.replace(cancel.find("PUBLISH"), 7, "CANCEL");
  EXPECT_EQ(status_of(ask(cancel)), 481);
}

TEST_F(LoginOverUdp, TheFileAndTheSettingsActWhileTheServerRuns) {
  open();
  const std::string nonce = nonce_of(ask(request("f1")));
  EXPECT_EQ(status_of(ask(request("f2", credentials(nonce, "carol")))), 401);
  std::ofstream(folder.path("users"), std::ios::app) << "\ncarol:ims.test:" << ha1("carol") << "\n";
  int status = 401;
  for (int i = 0; i < 200 && status == 401; ++i) {
    status = status_of(
        ask(request("g" + std::to_string(i), credentials(nonce, "carol", "0000" + std::to_string(1000 + i)))));
    if (status == 401) std::ignore = Peer::udp().receive(50ms);
  }
  EXPECT_EQ(status, 200);
  lab->change([](config::Config& next) { next.mutable_sip()->mutable_digest()->set_when(config::Digest::NEVER); });
  EXPECT_EQ(status_of(ask(request("f3"))), 200);
}

TEST_F(LoginOverUdp, WithoutAFileThatCanBeReadItDoesNotStart) {
  config::Config settings = config("udp:127.0.0.1:0");
  settings.mutable_sip()->mutable_digest()->set_users_file(folder.path("none"));
  base::SteadyClock clock;
  base::Metrics metrics;
  const mgmt::Live live(std::make_shared<const mgmt::Snapshot>(settings, 1));
  FakeCore core({});
  sip::Agent agent(live, metrics, clock, core);
  const auto started = agent.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().text, HasSubstr("sip.digest.users_file=" + folder.path("none") + ": "));
}

}  // namespace
}  // namespace presentia::test
