#include "as/runtime/subscriber_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/spec.h"

namespace presentia::runtime {
namespace {

using base::Millis;
using base::Seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using Standing = SubscriberTable::Standing;

const std::string kAlice = "sip:alice@ims.test";

event::SubscriberPtr known(const std::string& user, bool unknown = false) {
  event::Subscriber facts;
  facts.unknown = unknown;
  facts.canonical = user;
  facts.identities = {user};
  return std::make_shared<const event::Subscriber>(facts);
}

struct SubscriberTableTest : testing::Test {
  SubscriberTable::Known look(const std::string& user = kAlice) { return table.look(user, now, policy); }
  void answer(const std::string& user = kAlice, std::optional<base::Instant> followed = {},
              std::optional<base::Instant> renew = {}) {
    table.answered(user, {known(user), followed, renew}, now, policy);
  }
  base::Instant now{Seconds(1000)};
  SubscriberTable::Policy policy{Seconds(100), Seconds(10), Seconds(1000), 3, 1000};
  SubscriberTable table;
};

TEST_F(SubscriberTableTest, AUserIsAskedAboutOnceAndThenKnownForItsTime) {
  auto first = look();
  EXPECT_EQ(first.standing, Standing::asking);
  EXPECT_TRUE(first.ask);
  auto second = look();
  EXPECT_EQ(second.standing, Standing::asking);
  EXPECT_FALSE(second.ask);
  answer();
  now += Seconds(99);
  EXPECT_EQ(look().standing, Standing::known);
  EXPECT_FALSE(look().ask);
  now += Seconds(1);
  const auto stale = look();
  EXPECT_EQ(stale.standing, Standing::known);  // and asked about again meanwhile
  EXPECT_TRUE(stale.ask);
}

TEST_F(SubscriberTableTest, WhoWasUnknownIsNotBelievedToBeStill) {
  look();
  table.answered(kAlice, {known(kAlice, true), {}, {}}, now, policy);
  now += Seconds(9);
  EXPECT_EQ(look().standing, Standing::known);
  now += Seconds(1);
  const auto again = look();
  EXPECT_EQ(again.standing, Standing::asking);
  EXPECT_TRUE(again.ask);
}

TEST_F(SubscriberTableTest, AfterAFailureNobodyIsAskedForAWhileThatGrows) {
  look();
  table.failed(kAlice, false, now, policy);
  EXPECT_EQ(look().standing, Standing::unavailable);
  now += Millis(999);
  EXPECT_FALSE(look().ask);
  now += Millis(1);
  EXPECT_TRUE(look().ask);
  table.failed(kAlice, false, now, policy);
  now += Millis(1999);
  EXPECT_FALSE(look().ask);
  now += Millis(1);
  EXPECT_TRUE(look().ask);
  for (int i = 0; i < 20; ++i) table.failed(kAlice, false, now, policy);
  now += Seconds(30);
  EXPECT_TRUE(look().ask);
}

TEST_F(SubscriberTableTest, ARefusalIsRememberedAsLongAsAnUnknownUser) {
  look();
  table.failed(kAlice, true, now, policy);
  now += Millis(9999);
  EXPECT_FALSE(look().ask);
  now += Millis(1);
  EXPECT_TRUE(look().ask);
}

TEST_F(SubscriberTableTest, WhatIsKnownIsUsedBeyondItsTimeUpToALimit) {
  look();
  answer();
  now += Seconds(500);
  look();
  table.failed(kAlice, false, now, policy);
  EXPECT_EQ(look().standing, Standing::known);
  now += Seconds(601);
  look();
  table.failed(kAlice, false, now, policy);
  EXPECT_EQ(look().standing, Standing::unavailable);
}

TEST_F(SubscriberTableTest, WhoIsNeededIsAskedAboutBeforeTheTimeIsOver) {
  table.need(kAlice, now);
  EXPECT_THAT(table.take_due(now, policy), ElementsAre(kAlice));
  EXPECT_THAT(table.take_due(now, policy), IsEmpty());
  answer(kAlice, now + Seconds(50), now + Seconds(40));
  EXPECT_EQ(table.next(), now + Seconds(40));
  now += Seconds(40);
  EXPECT_THAT(table.take_due(now, policy), ElementsAre(kAlice));
  answer();
  table.release(kAlice, policy);
  now += Seconds(1000);
  EXPECT_THAT(table.take_due(now, policy), IsEmpty());
  EXPECT_EQ(table.next(), std::nullopt);
}

TEST_F(SubscriberTableTest, ThoseWhoAreNeededAreAskedAboutAtTheirPace) {
  for (int i = 0; i < 1000; ++i) table.need("sip:u" + std::to_string(i) + "@ims.test", now);
  std::size_t asked = table.take_due(now, policy).size();
  EXPECT_LE(asked, 100U);  // a tenth of a second's worth
  for (int ms = 10; ms <= 1000; ms += 10) asked += table.take_due(now + Millis(ms), policy).size();
  EXPECT_EQ(asked, 1000U);
}

TEST_F(SubscriberTableTest, WhoIsNotNeededMakesRoomInTheOrderOfBeingLookedAt) {
  for (const char* user : {"a", "b", "c"}) {
    look(user);
    answer(user);
  }
  look("a");
  look("d");
  answer("d");
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.facts("b"), nullptr);
  EXPECT_NE(table.facts("a"), nullptr);
}

TEST_F(SubscriberTableTest, AfterDoubtAllAreAskedAboutAgain) {
  look("cached");
  answer("cached", base::Instant::max());
  table.need("needed", now);
  table.take_due(now, policy);
  answer("needed", base::Instant::max());
  EXPECT_FALSE(look("cached").ask);
  now += Seconds(10);
  table.doubt(now);
  EXPECT_THAT(table.take_due(now, policy), ElementsAre("needed"));
  const auto cached = look("cached");
  EXPECT_EQ(cached.standing, Standing::known);
  EXPECT_TRUE(cached.ask);
}

TEST_F(SubscriberTableTest, APushThatOvertakesAnAnswerIsCheckedAgain) {
  table.need(kAlice, now);
  table.take_due(now, policy);
  answer(kAlice, base::Instant::max());
  table.doubt(now);
  now += Seconds(1);
  table.take_due(now, policy);
  EXPECT_TRUE(table.pushed(kAlice, known(kAlice)));
  answer(kAlice, base::Instant::max());
  now += Seconds(1);
  EXPECT_THAT(table.take_due(now, policy), ElementsAre(kAlice));
  EXPECT_FALSE(table.pushed("sip:nobody@ims.test", known(kAlice)));
}

}  // namespace
}  // namespace presentia::runtime
