#include "as/sip/transaction/server_transactions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
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

class Unanswered final : public ServerTransactionUser {
 public:
  void unanswered(TransactionKey key) override { keys.push_back(key); }
  void late(TransactionKey key) override { late_keys.push_back(key); }
  std::vector<TransactionKey> keys;
  std::vector<TransactionKey> late_keys;
};

Reply reply(const char* bytes, std::uint64_t path = 7) { return {std::make_shared<const std::string>(bytes), path}; }

class ServerTransactionsTest : public testing::Test {
 protected:
  static RequestId publish() {
    return {.method = "PUBLISH",
            .branch = "z9hG4bK1",
            .sent_by = "client.example:5060",
            .call_id = "call@client",
            .cseq = 1,
            .from_tag = "from",
            .to_tag = "",
            .request_uri = "sip:alice@example.com",
            .top_via = "SIP/2.0/UDP client.example:5060;branch=z9hG4bK1"};
  }

  Admission request(const RequestId& id, bool reliable = false) {
    return transactions.on_request(id, reliable, {Millis(500), Millis(4000), Millis(5000)}, now);
  }
  TransactionKey open(const RequestId& id, bool reliable = false) {
    const Admission admission = request(id, reliable);
    const auto* fresh = std::get_if<NewRequest>(&admission);
    EXPECT_NE(fresh, nullptr);
    return fresh != nullptr ? fresh->key : TransactionKey{};
  }
  bool is_new(const RequestId& id) { return std::holds_alternative<NewRequest>(request(id)); }
  bool is_known(const RequestId& id) {
    const Admission admission = request(id);
    return std::holds_alternative<Absorb>(admission) || std::holds_alternative<Resend>(admission);
  }
  bool is_merged(const RequestId& id) { return std::holds_alternative<Merged>(request(id)); }
  void pass(milliseconds time) { wheel.advance(now += time); }

  Instant now{seconds(1'000'000)};
  base::TimerWheel wheel{now};
  Unanswered user;
  ServerTransactions transactions{wheel, user, 100};
};

TEST_F(ServerTransactionsTest, WithoutAnAnswerWhenTimerEReachesT2TheUserIsToldOnceThatItIsLate) {
  PS_SPEC("SIPX-02");
  const TransactionKey key = open(publish());
  pass(milliseconds(3400));
  EXPECT_THAT(user.late_keys, IsEmpty());
  pass(milliseconds(200));  // timer E: 0.5 + 1 + 2 s
  EXPECT_THAT(user.late_keys, ElementsAre(key));
  EXPECT_TRUE(transactions.open(key));
  pass(seconds(28));
  EXPECT_EQ(user.late_keys.size(), 1U);
  EXPECT_THAT(user.keys, IsEmpty());
  pass(seconds(1));
  EXPECT_THAT(user.keys, ElementsAre(key));
}

TEST_F(ServerTransactionsTest, WhatIsAnsweredInTimeIsNotLate) {
  PS_SPEC("SIP-11 SIPX-02");
  EXPECT_TRUE(transactions.on_response(open(publish()), reply("SIP/2.0 200 OK"), now));
  pass(seconds(40));
  EXPECT_THAT(user.late_keys, IsEmpty());
}

TEST_F(ServerTransactionsTest, ARetransmissionIsAbsorbedUntilThereIsAnAnswerAndThenGetsThatAnswer) {
  PS_SPEC("SIP-23 SIP-13");
  const TransactionKey key = open(publish());
  EXPECT_TRUE(std::holds_alternative<Absorb>(request(publish())));
  EXPECT_TRUE(transactions.open(key));
  EXPECT_TRUE(transactions.on_response(key, reply("SIP/2.0 200 OK"), now));
  EXPECT_FALSE(transactions.open(key));
  const Admission again = request(publish());
  ASSERT_TRUE(std::holds_alternative<Resend>(again));
  EXPECT_EQ(*std::get<Resend>(again).reply.bytes, "SIP/2.0 200 OK");
  EXPECT_EQ(std::get<Resend>(again).reply.path, 7U);
}

TEST_F(ServerTransactionsTest, OnlyTheFirstAnswerCounts) {
  const TransactionKey key = open(publish());
  EXPECT_TRUE(transactions.on_response(key, reply("200"), now));
  EXPECT_FALSE(transactions.on_response(key, reply("500"), now));
  EXPECT_EQ(*std::get<Resend>(request(publish())).reply.bytes, "200");
}

// [RFC3261 17.2.2] timer J
TEST_F(ServerTransactionsTest, TheAnswerIsKeptFor64T1AfterItWasGiven) {
  const TransactionKey key = open(publish());
  pass(seconds(5));
  transactions.on_response(key, reply("200"), now);
  pass(milliseconds(31'999));
  EXPECT_TRUE(std::holds_alternative<Resend>(request(publish())));
  EXPECT_EQ(transactions.finished(), 1U);
  pass(milliseconds(1));
  EXPECT_EQ(transactions.size(), 0U);
  EXPECT_EQ(transactions.finished(), 0U);
  EXPECT_TRUE(is_new(publish()));
  EXPECT_THAT(user.keys, IsEmpty());
}

TEST_F(ServerTransactionsTest, OverAReliableTransportItEndsWithItsAnswer) {
  const TransactionKey key = open(publish(), true);
  EXPECT_TRUE(std::holds_alternative<Absorb>(request(publish(), true)));
  EXPECT_TRUE(transactions.on_response(key, reply("200"), now));
  EXPECT_EQ(transactions.size(), 0U);
  EXPECT_FALSE(transactions.on_response(key, reply("200"), now));
}

// [RFC4320 4.2]
TEST_F(ServerTransactionsTest, WithoutAnAnswerItIsDroppedAfter64T1AndALateAnswerIsNotSent) {
  PS_SPEC("SIPX-01");
  const TransactionKey key = open(publish());
  pass(milliseconds(31'999));
  EXPECT_THAT(user.keys, IsEmpty());
  pass(milliseconds(1));
  EXPECT_THAT(user.keys, ElementsAre(key));
  EXPECT_FALSE(transactions.on_response(key, reply("200"), now));
  EXPECT_EQ(transactions.size(), 0U);
}

// [RFC3261 17.2.3]
TEST_F(ServerTransactionsTest, BranchSentByAndMethodTogetherAreTheKey) {
  open(publish());
  RequestId id = publish();
  id.call_id = "other";  // with the same branch it is the same transaction, whatever else differs
  EXPECT_TRUE(is_known(id));
  id.sent_by = "CLIENT.example:5060";
  EXPECT_TRUE(is_known(id));
  id.sent_by = "second.example:5060";
  EXPECT_TRUE(is_new(id));
  id = publish();
  id.call_id = "third";
  id.method = "SUBSCRIBE";
  EXPECT_TRUE(is_new(id));
  id.branch = "z9hG4bK2";
  id.call_id = "fourth";
  EXPECT_TRUE(is_new(id));
}

class WithoutCookie : public ServerTransactionsTest, public testing::WithParamInterface<const char*> {};

TEST_P(WithoutCookie, TheRulesOfRfc2543Apply) {
  RequestId first = publish();
  first.branch = GetParam();
  open(first);
  EXPECT_TRUE(is_known(first));
  RequestId other = first;
  other.cseq = 2;
  EXPECT_TRUE(is_new(other));
  other = first;
  other.call_id = "other";
  EXPECT_TRUE(is_new(other));
  other = first;
  other.from_tag = "other";
  EXPECT_TRUE(is_new(other));
  other = first;
  other.to_tag = "inside";
  EXPECT_TRUE(is_new(other));
  other = first;
  other.method = "SUBSCRIBE";
  EXPECT_TRUE(is_new(other));
  // Another way to here: the same request, merged.
  other = first;
  other.top_via = "SIP/2.0/UDP elsewhere.example";
  EXPECT_TRUE(is_merged(other));
  other = first;
  other.request_uri = "sip:bob@example.com";
  EXPECT_TRUE(is_merged(other));
}

INSTANTIATE_TEST_SUITE_P(Branches, WithoutCookie, testing::Values("", "1", "z9hG4bK", "Z9"));

// A phone that starts again may take the same Call-ID, tag and CSeq as the first time (libpurple's random numbers have
// no seed): that is no request that came by two ways.
TEST_F(ServerTransactionsTest, WhatComesUnderTheSameNamesLaterThanT4IsNotMerged) {
  PS_SPEC("SIP-06");
  EXPECT_TRUE(transactions.on_response(open(publish()), reply("SIP/2.0 200 OK"), now));
  RequestId other = publish();
  other.branch = "z9hG4bK2";
  pass(milliseconds(4900));
  EXPECT_TRUE(is_merged(other));
  pass(milliseconds(200));
  EXPECT_TRUE(is_new(other));
}

// [RFC3261 8.2.2.2]
TEST_F(ServerTransactionsTest, TheSameRequestByAnotherWayIsMerged) {
  PS_SPEC("SIP-06");
  const TransactionKey key = open(publish());
  RequestId other = publish();
  other.branch = "z9hG4bK2";
  EXPECT_TRUE(is_merged(other));
  transactions.on_response(key, reply("200"), now);
  pass(seconds(1));
  EXPECT_TRUE(is_merged(other));
  EXPECT_EQ(transactions.size(), 1U);
  pass(seconds(31));
  EXPECT_TRUE(is_new(other));
}

TEST_F(ServerTransactionsTest, AnotherTagCallIdNumberOrMethodOrADialogIsNotMerged) {
  open(publish());
  RequestId id = publish();
  id.branch = "z9hG4bK2";
  id.from_tag = "other";
  EXPECT_TRUE(is_new(id));
  id = publish();
  id.branch = "z9hG4bK3";
  id.call_id = "other";
  EXPECT_TRUE(is_new(id));
  id = publish();
  id.branch = "z9hG4bK4";
  id.cseq = 2;
  EXPECT_TRUE(is_new(id));
  id = publish();
  id.branch = "z9hG4bK5";
  id.method = "SUBSCRIBE";
  EXPECT_TRUE(is_new(id));
  id = publish();
  id.branch = "z9hG4bK6";
  id.to_tag = "inside";
  EXPECT_TRUE(is_new(id));
}

TEST_F(ServerTransactionsTest, WhatIsForgottenIsNewAgain) {
  const TransactionKey key = open(publish());
  EXPECT_TRUE(transactions.forget(key));
  EXPECT_FALSE(transactions.forget(key));
  EXPECT_TRUE(is_new(publish()));
  pass(seconds(32));
  EXPECT_EQ(user.keys.size(), 1U);  // of the second only
}

TEST_F(ServerTransactionsTest, ALateKeyDoesNotReachTheNextUserOfItsSlot) {
  const TransactionKey first = open(publish());
  transactions.forget(first);
  const TransactionKey second = open(publish());
  EXPECT_EQ(first.slot, second.slot);
  EXPECT_FALSE(transactions.on_response(first, reply("200"), now));
  EXPECT_FALSE(transactions.open(first));
  EXPECT_TRUE(transactions.open(second));
  EXPECT_FALSE(transactions.on_response({99, 1}, reply("200"), now));
  EXPECT_FALSE(transactions.on_response({}, reply("200"), now));
}

// [RFC3261 9.2]
TEST_F(ServerTransactionsTest, ACancelFindsTheTransactionOfAnyMethodByItsVia) {
  PS_SPEC("SIP-14");
  RequestId cancel = publish();
  cancel.method = "CANCEL";
  EXPECT_FALSE(transactions.matches_cancel(cancel));
  const TransactionKey key = open(publish());
  EXPECT_TRUE(transactions.matches_cancel(cancel));
  EXPECT_TRUE(transactions.open(key));
  cancel.branch = "z9hG4bK2";
  EXPECT_FALSE(transactions.matches_cancel(cancel));
}

TEST_F(ServerTransactionsTest, WhenFullRetransmissionsAreStillRecognised) {
  transactions.set_capacity(1);
  open(publish());
  RequestId other = publish();
  other.branch = "z9hG4bK2";
  other.call_id = "other";
  EXPECT_TRUE(std::holds_alternative<Full>(request(other)));
  EXPECT_TRUE(std::holds_alternative<Absorb>(request(publish())));
  pass(seconds(32));
  EXPECT_TRUE(is_new(other));
}

TEST_F(ServerTransactionsTest, TenThousandComeAndGoAndLeaveNothing) {
  transactions.set_capacity(100'000);
  for (int i = 0; i < 10'000; ++i) {
    const std::string branch = "z9hG4bK" + std::to_string(i);
    RequestId id = publish();
    id.branch = branch;
    id.cseq = static_cast<std::uint32_t>(i);
    const TransactionKey key = open(id);
    if (i % 3 != 0) transactions.on_response(key, reply("200"), now);
    if (i % 10 == 0) pass(milliseconds(1));
  }
  EXPECT_EQ(transactions.size(), 10'000U);
  pass(seconds(33));
  EXPECT_EQ(transactions.size(), 0U);
  EXPECT_EQ(user.keys.size(), 3334U);
  EXPECT_EQ(wheel.armed(), 0U);
}

}  // namespace
}  // namespace presentia::sip
