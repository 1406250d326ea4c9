#include "as/runtime/overload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "as/base/partition.h"
#include "mgmt/attributes/values.h"

namespace presentia::runtime {
namespace {

using base::Millis;
using base::Seconds;

constexpr Millis kTarget{50};

class FixedTokens final : public base::Tokens {
 public:
  std::string tag(base::Partition home) override { return base::partition_prefix(home) + "t1"; }
  std::uint64_t number() override { return 1; }
};

class OverloadTest : public testing::Test {
 protected:
  // One window in which every request waited so long.
  void window(Millis delay) {
    overload.waited(delay);
    now += Overload::kWindow;
    overload.tick(now, kTarget);
  }
  void windows(int count, Millis delay) {
    for (int i = 0; i < count; ++i) window(delay);
  }

  base::Instant now{Seconds(1'000'000)};
  Overload overload{now};
};

TEST_F(OverloadTest, BelowTheTargetNothingIsShed) {
  windows(100, Millis(49));
  EXPECT_EQ(overload.level(), 0U);
}

TEST_F(OverloadTest, ALongWaitShedsAtOnceAndALongerOneMore) {
  window(Millis(100));
  const ShedLevel at_twice = overload.level();
  EXPECT_GT(at_twice, 0U);
  Overload other{now};
  other.waited(Millis(400));
  other.tick(now + Overload::kWindow, kTarget);
  EXPECT_GT(other.level(), at_twice);
}

TEST_F(OverloadTest, TheLevelRisesWhileTheWaitStaysAboveTheTargetUntilAllClassesAreShed) {
  ShedLevel before = 0;
  for (int i = 0; i < 20; ++i) {
    window(Millis(100));
    EXPECT_GT(overload.level(), before);
    before = overload.level();
  }
  windows(100, Millis(100));
  EXPECT_EQ(overload.level(), kShedClasses * kFull);
}

TEST_F(OverloadTest, TheShortestWaitCountsSoThatABurstShedsNothing) {
  overload.waited(Millis(500));
  overload.waited(Millis(0));
  overload.waited(Millis(500));
  overload.tick(now + Overload::kWindow, kTarget);
  EXPECT_EQ(overload.level(), 0U);
}

TEST_F(OverloadTest, TheLevelFallsAgainStepByStepAndToNothing) {
  windows(40, Millis(100));
  const ShedLevel high = overload.level();
  window(Millis(10));
  EXPECT_LT(overload.level(), high);
  EXPECT_GT(overload.level(), high / 2);
  windows(200, Millis(10));
  EXPECT_EQ(overload.level(), 0U);
}

TEST_F(OverloadTest, WindowsWithoutRequestsLetItFallAndAskForNoMoreTicksAtNothing) {
  EXPECT_FALSE(overload.next().has_value());
  window(Millis(400));
  ASSERT_TRUE(overload.next().has_value());
  EXPECT_EQ(*overload.next(), now + Overload::kWindow);
  overload.tick(now + Seconds(3600), kTarget);
  EXPECT_EQ(overload.level(), 0U);
  EXPECT_FALSE(overload.next().has_value());
}

TEST(Shedding, GoesByClassInTheirOrder) {
  using enum ShedClass;
  const ShedLevel level = kFull + kFull / 2;
  EXPECT_EQ(share_of(subscribe, level), kFull);
  EXPECT_EQ(share_of(publish, level), kFull / 2);
  EXPECT_EQ(share_of(modify, level), 0U);
  EXPECT_EQ(share_of(refresh, level), 0U);
  EXPECT_EQ(share_of(refresh, 4 * kFull), kFull);
}

TEST(Shedding, TakesItsPartEvenly) {
  FixedTokens tokens;
  Shedder shedder(tokens);
  std::string pattern;
  for (int i = 0; i < 8; ++i) pattern += shedder.sheds(ShedClass::subscribe, kFull / 4) ? 'x' : '.';
  EXPECT_EQ(pattern, "...x...x");
  EXPECT_FALSE(shedder.sheds(ShedClass::publish, kFull / 4));
}

TEST(Shedding, InTwoStepsRefusesNoMoreThanInOne) {
  EXPECT_EQ(share_of_rest(kFull / 2, kFull / 2), 0U);
  EXPECT_EQ(share_of_rest(kFull / 2, 0), kFull / 2);
  EXPECT_EQ(share_of_rest(kFull * 3 / 4, kFull / 2), kFull / 2) << "half of the half that is left";
  EXPECT_EQ(share_of_rest(kFull, kFull / 2), kFull);
  EXPECT_EQ(share_of_rest(kFull, kFull), 0U) << "nothing is left";
}

ports::SipRequest request(const std::string& method, const std::string& to_tag, bool if_match, bool body,
                          std::optional<std::uint32_t> expires = {}) {
  ports::SipRequest made;
  made.method = method;
  made.to_tag = to_tag;
  made.has_if_match = if_match;
  if (body) made.body = std::make_shared<const std::string>("body");
  made.expires = expires;
  return made;
}

TEST(Shedding, KnowsTheClassOfARequestAndNoneOfWhatFreesState) {
  using enum ShedClass;
  EXPECT_EQ(shed_class(request("SUBSCRIBE", "", false, false)), subscribe);
  EXPECT_EQ(shed_class(request("SUBSCRIBE", "", false, false, 0)), subscribe);
  EXPECT_EQ(shed_class(request("PUBLISH", "", false, true)), publish);
  EXPECT_EQ(shed_class(request("PUBLISH", "", true, true)), modify);
  EXPECT_EQ(shed_class(request("PUBLISH", "", true, false)), refresh);
  EXPECT_EQ(shed_class(request("SUBSCRIBE", "tag", false, false)), refresh);
  EXPECT_EQ(shed_class(request("SUBSCRIBE", "tag", false, false, 0)), std::nullopt);
  EXPECT_EQ(shed_class(request("PUBLISH", "", true, false, 0)), std::nullopt);
  EXPECT_EQ(shed_class(request("OPTIONS", "", false, false)), std::nullopt);
}

TEST(Shedding, SaysRetryAfterAnywhereBetweenItsBounds) {
  config::Config config = mgmt::defaults();
  config.mutable_runtime()->set_retry_after_s(5);
  config.mutable_overload()->set_max_retry_after_s(8);
  const mgmt::Snapshot settings(config, 1);
  FixedTokens tokens;
  Shedder shedder(tokens);
  std::set<Seconds> said;
  for (int i = 0; i < 200; ++i) said.insert(shedder.retry_after(settings));
  EXPECT_THAT(said, testing::ElementsAre(Seconds(5), Seconds(6), Seconds(7), Seconds(8)));
}

TEST(Shedding, AnswersWithTheStatusOfTheOperatorRetryAfterAndAWarning) {
  config::Config config = mgmt::defaults();
  const auto status = [&config] {
    return overloaded("requests wait too long", Seconds(7), mgmt::Snapshot(config, 1)).status;
  };
  EXPECT_EQ(status(), 503);
  config.mutable_overload()->set_status(config::Overload::STATUS_500);
  EXPECT_EQ(status(), 500);
  const auto response = overloaded("requests wait too long", Seconds(7), mgmt::Snapshot(config, 1));
  EXPECT_THAT(response.headers, testing::Contains(std::pair(std::string("Retry-After"), std::string("7"))));
  EXPECT_THAT(response.headers, testing::Contains(std::pair(std::string("Warning"),
                                                            std::string("399 presentia \"requests wait too long\""))));
}

}  // namespace
}  // namespace presentia::runtime
