#include "as/sip/transaction/client_transactions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

using base::Instant;
using base::Millis;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// Laws of RFC 3261, figure 6.
constexpr bool is_final(ClientState state) {
  for (const ClientRow& row : kClientTable) {
    if (row.from == state) return false;
  }
  return true;
}
constexpr bool never_returns_from_completed() {
  for (const ClientRow& row : kClientTable) {
    const bool back = row.to == ClientState::trying || row.to == ClientState::proceeding;
    if (row.from == ClientState::completed && back) return false;
  }
  return true;
}
static_assert(is_final(ClientState::terminated));
static_assert(!is_final(ClientState::completed));
static_assert(never_returns_from_completed());

struct Finished {
  TransactionKey key;
  ClientOutcome outcome;
  int status;
  bool operator==(const Finished&) const = default;
};

class ClientTransactionsTest : public testing::Test, public ClientTransactionUser {
 protected:
  void resend(TransactionKey) override { resends.push_back(now - started); }
  void finished(TransactionKey key, ClientOutcome outcome, int status) override {
    outcomes.push_back({key, outcome, status});
    if (const auto run = std::exchange(then, {})) run();
  }

  TransactionKey start(bool reliable = false, const char* branch = "z9hG4bKa") {
    started = now;
    const auto key = transactions.start(branch, "NOTIFY", reliable, timing, now);
    EXPECT_TRUE(key);
    return key.value_or(TransactionKey{});
  }
  ResponseMatch response(int status, const char* branch = "z9hG4bKa", const char* method = "NOTIFY") {
    return transactions.on_response(branch, method, status, now).match;
  }
  // Millisecond by millisecond where something happens, as a loop would.
  void pass(milliseconds time) {
    const Instant until = now + time;
    while (wheel.next() && *wheel.next() <= until) {
      now = std::max(now, *wheel.next());
      wheel.advance(now);
    }
    wheel.advance(now = until);
  }

  Instant now{seconds(1'000'000)};
  Instant started = now;
  base::TimerWheel wheel{now};
  ClientTiming timing;
  ClientTransactions transactions{wheel, *this, 10'000};
  std::vector<milliseconds> resends;
  std::vector<Finished> outcomes;
  std::function<void()> then;
};

// [RFC3261 17.1.2.2] "for the default values of T1 and T2, this results in intervals of 500 ms, 1 s, 2 s, 4 s, 4 s…"
TEST_F(ClientTransactionsTest, AnUnansweredRequestIsSentAgainAtTimerEAndGivenUpAtTimerF) {
  PS_SPEC("SIP-24");
  const TransactionKey key = start();
  pass(milliseconds(31'999));
  EXPECT_THAT(resends, ElementsAre(milliseconds(500), milliseconds(1500), milliseconds(3500), milliseconds(7500),
                                   milliseconds(11'500), milliseconds(15'500), milliseconds(19'500),
                                   milliseconds(23'500), milliseconds(27'500), milliseconds(31'500)));
  EXPECT_THAT(outcomes, IsEmpty());
  pass(milliseconds(1));
  EXPECT_THAT(outcomes, ElementsAre(Finished{key, ClientOutcome::timeout, 408}));
  EXPECT_EQ(transactions.size(), 0U);
  pass(seconds(60));
  EXPECT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(response(200), ResponseMatch::stray);
}

TEST_F(ClientTransactionsTest, T1AndT2AreThoseOfTheStart) {
  timing = {Millis(100), Millis(150), Millis(50)};
  start();
  pass(milliseconds(600));
  EXPECT_THAT(resends, ElementsAre(milliseconds(100), milliseconds(250), milliseconds(400), milliseconds(550)));
  pass(milliseconds(5800));
  EXPECT_THAT(outcomes, ElementsAre(testing::Field(&Finished::status, 408)));
}

TEST_F(ClientTransactionsTest, OverAReliableTransportNothingIsSentAgainButItIsGivenUp) {
  const TransactionKey key = start(true);
  pass(seconds(32));
  EXPECT_THAT(resends, IsEmpty());
  EXPECT_THAT(outcomes, ElementsAre(Finished{key, ClientOutcome::timeout, 408}));
}

TEST_F(ClientTransactionsTest, AProvisionalAnswerSlowsTimerEToT2) {
  start();
  pass(milliseconds(600));
  EXPECT_EQ(response(100), ResponseMatch::provisional);
  EXPECT_EQ(response(183), ResponseMatch::provisional);
  pass(milliseconds(31'399));
  EXPECT_THAT(resends, ElementsAre(milliseconds(500), milliseconds(1500), milliseconds(5500), milliseconds(9500),
                                   milliseconds(13'500), milliseconds(17'500), milliseconds(21'500),
                                   milliseconds(25'500), milliseconds(29'500)));
  EXPECT_THAT(outcomes, IsEmpty());
  pass(milliseconds(1));
  EXPECT_THAT(outcomes, ElementsAre(testing::Field(&Finished::outcome, ClientOutcome::timeout)));
}

TEST_F(ClientTransactionsTest, TheFirstFinalAnswerIsTheOutcomeAndFurtherOnesAreAbsorbedUntilTimerK) {
  const TransactionKey key = start();
  EXPECT_EQ(response(481), ResponseMatch::final_taken);
  EXPECT_THAT(outcomes, ElementsAre(Finished{key, ClientOutcome::response, 481}));
  EXPECT_EQ(transactions.outstanding(), 0U);
  pass(milliseconds(4999));
  EXPECT_EQ(response(200), ResponseMatch::duplicate);
  EXPECT_EQ(response(100), ResponseMatch::duplicate);
  EXPECT_EQ(transactions.size(), 1U);
  pass(milliseconds(1));
  EXPECT_EQ(transactions.size(), 0U);
  EXPECT_EQ(response(200), ResponseMatch::stray);
  EXPECT_EQ(outcomes.size(), 1U);
  EXPECT_THAT(resends, IsEmpty());
}

TEST_F(ClientTransactionsTest, OverAReliableTransportItEndsWithItsAnswer) {
  start(true);
  EXPECT_EQ(response(200), ResponseMatch::final_taken);
  EXPECT_EQ(transactions.size(), 0U);
  EXPECT_EQ(wheel.armed(), 0U);
}

TEST_F(ClientTransactionsTest, AnAbandonedRequestIsNotSentAgainAndFinishesOnce) {
  const TransactionKey key = start();
  pass(milliseconds(600));
  resends.clear();
  EXPECT_TRUE(transactions.abandon(key));
  pass(seconds(20));
  EXPECT_THAT(resends, IsEmpty());
  EXPECT_THAT(outcomes, IsEmpty());
  pass(milliseconds(11'400));
  EXPECT_THAT(outcomes, ElementsAre(Finished{key, ClientOutcome::timeout, 408}));
  EXPECT_FALSE(transactions.abandon(key));
}

TEST_F(ClientTransactionsTest, AnAbandonedRequestStillTakesItsAnswer) {
  const TransactionKey key = start();
  transactions.abandon(key);
  EXPECT_EQ(response(100), ResponseMatch::provisional);
  EXPECT_EQ(response(200), ResponseMatch::final_taken);
  EXPECT_THAT(outcomes, ElementsAre(Finished{key, ClientOutcome::response, 200}));
  EXPECT_FALSE(transactions.abandon(key));
  pass(seconds(60));
  EXPECT_EQ(outcomes.size(), 1U);
}

TEST_F(ClientTransactionsTest, ATransportErrorEndsItAtOnce) {
  const TransactionKey key = start();
  EXPECT_TRUE(transactions.on_transport_error(key));
  EXPECT_FALSE(transactions.on_transport_error(key));
  EXPECT_THAT(outcomes, ElementsAre(Finished{key, ClientOutcome::transport_error, 503}));
  EXPECT_EQ(transactions.size(), 0U);
  EXPECT_EQ(wheel.armed(), 0U);
}

TEST_F(ClientTransactionsTest, ATransportErrorAfterTheAnswerIsNoSecondOutcome) {
  const TransactionKey key = start();
  response(200);
  EXPECT_FALSE(transactions.on_transport_error(key));
  EXPECT_EQ(outcomes.size(), 1U);
}

// [RFC3261 17.1.3]
TEST_F(ClientTransactionsTest, ResponsesAreMatchedByBranchAndMethod) {
  start();
  EXPECT_EQ(response(200, "z9hG4bKb"), ResponseMatch::stray);
  EXPECT_EQ(response(200, "z9hG4bKa", "SUBSCRIBE"), ResponseMatch::stray);
  EXPECT_EQ(response(200, "z9hG4bKA"), ResponseMatch::stray);
  EXPECT_EQ(response(200), ResponseMatch::final_taken);
}

TEST_F(ClientTransactionsTest, ABranchInUseAndAFullTableAreRefused) {
  start();
  EXPECT_FALSE(transactions.start("z9hG4bKa", "NOTIFY", false, timing, now));
  transactions.set_capacity(1);
  EXPECT_FALSE(transactions.start("z9hG4bKb", "NOTIFY", false, timing, now));
  EXPECT_EQ(transactions.size(), 1U);
}

TEST_F(ClientTransactionsTest, TheUserMayStartTheNextFromTheOutcomeOfTheLast) {
  const TransactionKey first = start(true);
  TransactionKey second;
  then = [&] {
    EXPECT_FALSE(transactions.abandon(first));
    second = start(true, "z9hG4bKb");
  };
  response(200);
  EXPECT_NE(first.slot, second.slot);
  EXPECT_EQ(transactions.outstanding(), 1U);
  EXPECT_EQ(response(486, "z9hG4bKb"), ResponseMatch::final_taken);
  EXPECT_THAT(outcomes, ElementsAre(Finished{first, ClientOutcome::response, 200},
                                    Finished{second, ClientOutcome::response, 486}));
}

TEST_F(ClientTransactionsTest, AThreadThatWasStuckDoesNotSendABurst) {
  start();
  now += seconds(20);
  wheel.advance(now);
  EXPECT_EQ(resends.size(), 1U);
  now += seconds(20);
  wheel.advance(now);
  EXPECT_EQ(resends.size(), 1U);
  EXPECT_EQ(outcomes.size(), 1U);
}

TEST_F(ClientTransactionsTest, ThousandsOfDeafPeersHaveOneOutcomeEach) {
  for (int i = 0; i < 5000; ++i) {
    start(i % 2 == 0, ("z9hG4bK" + std::to_string(i)).c_str());
    if (i % 100 == 0) pass(milliseconds(1));
  }
  EXPECT_EQ(wheel.armed(), 5000U);
  pass(seconds(33));
  EXPECT_EQ(outcomes.size(), 5000U);
  EXPECT_EQ(resends.size(), 25'000U);
  EXPECT_EQ(transactions.size(), 0U);
}

}  // namespace
}  // namespace presentia::sip
