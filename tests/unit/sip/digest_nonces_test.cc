// Nonces: known again without state, used once per count, bounded.
#include "as/sip/digest_nonces.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

using namespace std::chrono_literals;

class Nonces : public testing::Test {
 protected:
  NonceUse use(const std::string& nonce, std::optional<std::uint32_t> count) {
    return nonces.use(nonce, count, now, limits);
  }

  base::Instant now{1'000'000s};
  NonceLimits limits{300s, 100};
  DigestNonces nonces{DigestNonces::Key{1, 2, 3}};
};

TEST_F(Nonces, EachIsAnotherAndGoodForEachCountOnce) {
  PS_SPEC("SIP-34 EVT-37");
  const std::string nonce = nonces.issue(now);
  EXPECT_NE(nonces.issue(now), nonce);
  EXPECT_EQ(use(nonce, 1), NonceUse::good);
  EXPECT_EQ(use(nonce, 1), NonceUse::replayed);
  EXPECT_EQ(use(nonce, 2), NonceUse::good);
  EXPECT_EQ(use(nonce, 0), NonceUse::replayed);
}

TEST_F(Nonces, RequestsMayOvertakeEachOtherWithin64) {
  const std::string nonce = nonces.issue(now);
  EXPECT_EQ(use(nonce, 100), NonceUse::good);
  EXPECT_EQ(use(nonce, 37), NonceUse::good);
  EXPECT_EQ(use(nonce, 37), NonceUse::replayed);
  EXPECT_EQ(use(nonce, 36), NonceUse::replayed);  // too far behind to be told
  EXPECT_EQ(use(nonce, 101), NonceUse::good);
  EXPECT_EQ(use(nonce, 100), NonceUse::replayed);
  EXPECT_EQ(use(nonce, 0xffffffff), NonceUse::good);
  EXPECT_EQ(use(nonce, 101), NonceUse::replayed);
}

// RFC 2069 has no counts.
TEST_F(Nonces, WithoutACountItIsUsedUpAtOnce) {
  const std::string nonce = nonces.issue(now);
  EXPECT_EQ(use(nonce, {}), NonceUse::good);
  EXPECT_EQ(use(nonce, {}), NonceUse::replayed);
  EXPECT_EQ(use(nonce, 7), NonceUse::replayed);
  const std::string counted = nonces.issue(now);
  EXPECT_EQ(use(counted, 1), NonceUse::good);
  EXPECT_EQ(use(counted, {}), NonceUse::replayed);
}

TEST_F(Nonces, ItIsStaleAfterItsLifetimeUsedOrNot) {
  PS_SPEC("SIP-34");
  const std::string used = nonces.issue(now), unused = nonces.issue(now);
  EXPECT_EQ(use(used, 1), NonceUse::good);
  now += 300s;
  EXPECT_EQ(use(used, 2), NonceUse::good);
  now += 1ms;
  EXPECT_EQ(use(used, 3), NonceUse::stale);
  EXPECT_EQ(use(unused, 1), NonceUse::stale);
  EXPECT_EQ(nonces.remembered(), 0U);
}

TEST_F(Nonces, ALongerLifetimeRevivesNothingThatWasForgotten) {
  const std::string nonce = nonces.issue(now);
  EXPECT_EQ(use(nonce, 1), NonceUse::good);
  now += 301s;
  EXPECT_EQ(use(nonce, 2), NonceUse::stale);
  limits.lifetime = 3600s;
  EXPECT_EQ(use(nonce, 1), NonceUse::stale);
}

TEST_F(Nonces, OthersAreStale) {
  DigestNonces before(DigestNonces::Key{9});  // of another start
  EXPECT_EQ(use(before.issue(now), 1), NonceUse::stale);
  EXPECT_EQ(use("", 1), NonceUse::stale);
  EXPECT_EQ(use("dcd98b7102dd2f0e8b11d0f600bfb0c093", 1), NonceUse::stale);
  const std::string nonce = nonces.issue(now);
  for (std::size_t at = 0; at < nonce.size(); ++at) {
    std::string forged = nonce;
    forged[at] = forged[at] == '0' ? '1' : '0';
    EXPECT_EQ(use(forged, 1), NonceUse::stale) << at;
  }
  EXPECT_EQ(nonces.remembered(), 0U);
  EXPECT_EQ(use(nonce, 1), NonceUse::good);
}

TEST_F(Nonces, MemoryIsBoundedAndWhatIsForgottenCannotBeReplayed) {
  limits.remembered = 10;
  const std::string unused = nonces.issue(now);
  std::vector<std::string> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(nonces.issue(now));
    EXPECT_EQ(use(all.back(), 1), NonceUse::good);
    EXPECT_LE(nonces.remembered(), 11U);
  }
  EXPECT_EQ(use(all.front(), 1), NonceUse::stale);
  EXPECT_EQ(use(unused, 1), NonceUse::stale);  // it may have been used
  EXPECT_EQ(use(all.back(), 1), NonceUse::replayed);
  EXPECT_EQ(use(all.back(), 2), NonceUse::good);
}

}  // namespace
}  // namespace presentia::sip
