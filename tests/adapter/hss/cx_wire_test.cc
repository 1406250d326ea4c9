// presentia-hss on Cx with an S-CSCF that shares no code with it: Erlang/OTP, which decodes strictly [TS29.229].
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "tests/adapter/diameter/hss_process.h"

namespace presentia::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kServer = " sip:scscf.ims.test";

// One pair for all tests: OTP takes seconds to start. Each test leaves its users as it found them.
class HssOnCx : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    hss_ = std::make_unique<HssProcess>("hss.ims.test");
    scscf_ = std::make_unique<HssProcess>("scscf.ims.test", hss_->port(),
                                          PS_SOURCE_DIR "/tests/adapter/hss/otp_scscf.escript");
  }
  static void TearDownTestSuite() {
    scscf_.reset();
    hss_.reset();
  }
  void TearDown() override { EXPECT_EQ(scscf_->tell("faults"), "none"); }
  // The answer to that line once it is another than `before`.
  static std::string answer_after(HssProcess& who, const std::string& line, const std::string& before) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    std::string told;
    while ((told = who.tell(line)) == before && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return told;
  }
  // What the HSS sends by itself because of that command.
  static std::string order_after(const std::string& command) {
    const std::string before = scscf_->tell("orders");
    EXPECT_EQ(hss_->tell(command), "ok");
    const std::string told = answer_after(*scscf_, "orders", before);
    return told.substr(told.rfind("; ") == std::string::npos ? 0 : told.rfind("; ") + 2);
  }

  static std::unique_ptr<HssProcess> hss_, scscf_;  // NOLINT
};

std::unique_ptr<HssProcess> HssOnCx::hss_, HssOnCx::scscf_;  // NOLINT

TEST_F(HssOnCx, ALifeOfARegistration) {
  const std::string bob = "bob@example.com sip:bob@example.com ";
  EXPECT_EQ(scscf_->tell("uar " + bob + "0"), "3gpp-2001 capabilities");
  // printf bob@example.com:ims.test:builder | md5sum
  EXPECT_EQ(scscf_->tell("mar " + bob + "SIP Digest"), "2001 ha1=04949dbe8119760a8cadf28327e0536c realm=ims.test");
  EXPECT_THAT(scscf_->tell("mar " + bob + "Digest-MD5"), StartsWith("2001 password=builder nonce="));
  EXPECT_THAT(scscf_->tell("sar " + bob + "1" + kServer),
              AllOf(StartsWith("2001 data="), HasSubstr("<Identity>sip:bob@example.com</Identity>")));
  EXPECT_EQ(hss_->tell("show sip:bob@example.com"), "ok state=1 scscf=sip:scscf.ims.test host=scscf.ims.test");
  EXPECT_EQ(scscf_->tell("uar " + bob + "0"), "3gpp-2002 server=sip:scscf.ims.test");
  EXPECT_EQ(scscf_->tell("lir sip:bob@example.com"), "2001 server=sip:scscf.ims.test");
  EXPECT_EQ(scscf_->tell("sar " + bob + "5" + kServer), "2001");
  EXPECT_EQ(scscf_->tell("lir sip:bob@example.com"), "3gpp-5003");
}

TEST_F(HssOnCx, TheProfileHasCriteriaAndChargingAndIsPushedWhenAsked) {
  const std::string answer = scscf_->tell("sar alice@example.com sip:alice@example.com 1" + std::string(kServer));
  EXPECT_THAT(answer, AllOf(StartsWith("2001 ccf=aaa://ccf.example.com data="),
                            HasSubstr("<ServerName>sip:presence.example.com</ServerName>")));
  EXPECT_THAT(order_after("profile sip:alice@example.com"),
              AllOf(StartsWith("PPR alice@example.com data="), HasSubstr("tel:+15550001")));
}

TEST_F(HssOnCx, CriteriaAndPasswordsAreChangedWhileItRuns) {
  const std::string bob = "bob@example.com sip:bob@example.com ";
  EXPECT_EQ(hss_->tell("criteria sip:bob@example.com <IFCs><InitialFilterCriteria/></IFCs>"), "ok 0");
  EXPECT_THAT(scscf_->tell("sar " + bob + "1" + kServer), HasSubstr("<InitialFilterCriteria/>"));
  EXPECT_EQ(hss_->tell("criteria sip:bob@example.com"), "ok 0");
  EXPECT_THAT(scscf_->tell("sar " + bob + "2" + kServer), testing::Not(HasSubstr("InitialFilterCriteria")));
  EXPECT_EQ(hss_->tell("password sip:bob@example.com other"), "ok");
  EXPECT_THAT(scscf_->tell("mar " + bob + "Digest-MD5"), StartsWith("2001 password=other "));
  EXPECT_EQ(hss_->tell("password sip:bob@example.com builder"), "ok");
  EXPECT_EQ(scscf_->tell("sar " + bob + "5" + kServer), "2001");
}

TEST_F(HssOnCx, TheHssEndsARegistration) {
  EXPECT_EQ(hss_->tell("deregister sip:bob@example.com"), "error no S-CSCF has taken the user on");
  EXPECT_THAT(scscf_->tell("sar bob@example.com sip:bob@example.com 1" + std::string(kServer)), StartsWith("2001"));
  EXPECT_EQ(order_after("deregister sip:bob@example.com 3 stolen"), "RTR bob@example.com sip:bob@example.com 3 stolen");
  EXPECT_EQ(answer_after(*hss_, "show sip:bob@example.com", "ok state=1 scscf=sip:scscf.ims.test host=scscf.ims.test"),
            "ok state=0 scscf= host=");
  EXPECT_EQ(scscf_->tell("lir sip:bob@example.com"), "3gpp-5003");
}

TEST_F(HssOnCx, WhatIsWrongIsRefusedByItsCode) {
  EXPECT_EQ(scscf_->tell("uar nobody@example.com sip:nobody@example.com 0"), "3gpp-5001");
  EXPECT_EQ(scscf_->tell("uar alice@example.com sip:bob@example.com 0"), "3gpp-5002");
  EXPECT_EQ(scscf_->tell("mar bob@example.com sip:bob@example.com Digest-AKAv1-MD5"), "3gpp-5006");
  EXPECT_EQ(scscf_->tell("sar bob@example.com sip:bob@example.com 13" + std::string(kServer)), "3gpp-5007");
  EXPECT_EQ(hss_->tell("fail3gpp 5012"), "ok");
  EXPECT_EQ(scscf_->tell("lir sip:bob@example.com"), "3gpp-5012");
  EXPECT_EQ(hss_->tell("connect scscf.ims.test 127.0.0.1"), "error connect IDENTITY ADDRESS PORT");
}

}  // namespace
}  // namespace presentia::test
