// The suite's own digest client, against published vectors.
#include "tools/presentia-conformance/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/presentia-conformance/variables.h"

namespace presentia::conformance {
namespace {

using testing::HasSubstr;
using testing::Not;

const DigestRequest kBob{"INVITE", "sip:bob@biloxi.com", "v=0\r\n", "bob", "zanzibar"};
const std::string kChallenge =
    "Digest realm=\"biloxi.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";

// The hash without qop is that of draft-smith-sip-auth-examples-00.
TEST(SuiteDigest, AChallengeIsAnswered) {
  const std::string plain = digest_answer({kChallenge}, kBob, {{"qop", "none"}});
  EXPECT_THAT(plain, HasSubstr("response=\"bf57e4e0d0bffc0fbaedce64d59add5e\""));
  EXPECT_THAT(plain, Not(HasSubstr("nc=")));
  const std::string counted = digest_answer({kChallenge}, kBob, {{"count", "17"}});
  EXPECT_THAT(counted, HasSubstr("qop=auth, nc=00000011"));
}

TEST(SuiteDigest, TheAlgorithmIsChosenAndWhatTheScenarioSaysIsSaid) {
  const std::vector<std::string> both{kChallenge + ", algorithm=SHA-256", kChallenge + ", algorithm=MD5"};
  EXPECT_THAT(digest_answer(both, kBob, {}), HasSubstr("algorithm=SHA-256"));
  EXPECT_THAT(digest_answer(both, kBob, {{"algorithm", "MD5"}, {"qop", "none"}}),
              HasSubstr("response=\"bf57e4e0d0bffc0fbaedce64d59add5e\", algorithm=MD5"));
  EXPECT_THAT(digest_answer(both, kBob, {{"response", "00"}, {"name", "eve"}}),
              testing::AllOf(HasSubstr("username=\"eve\""), HasSubstr("response=\"00\"")));
}

TEST(SuiteDigest, WhatIsNoChallengeIsNotAnswered) {
  EXPECT_EQ(digest_answer({}, kBob, {}), "");
  EXPECT_EQ(digest_answer({"Basic realm=\"biloxi.com\""}, kBob, {}), "");
  EXPECT_EQ(digest_answer({kChallenge + ", algorithm=MD5-sess"}, kBob, {}), "");
  EXPECT_THROW(digest_answer({kChallenge}, kBob, {{"user", "bob"}}), ScenarioError);
}

}  // namespace
}  // namespace presentia::conformance
