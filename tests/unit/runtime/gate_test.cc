#include "as/runtime/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace presentia::runtime {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

Batch notify(std::uint32_t cseq) {
  Batch batch;
  batch.actions.emplace_back(event::Notify{"dialog", cseq, {}});
  return batch;
}

std::uint32_t cseq_of(const Batch& batch) { return std::get<event::Notify>(batch.actions.at(0)).cseq; }

TEST(Gate, IsOpenWhileNoCommitIs) {
  Gate gate;
  EXPECT_TRUE(gate.offer(notify(1)).has_value());
}

TEST(Gate, WhatIsOfferedDuringACommitComesWhenItIsDurableInOrder) {
  Gate gate;
  const auto first = gate.open();
  EXPECT_FALSE(gate.offer(notify(1)).has_value());
  const auto second = gate.open();
  EXPECT_FALSE(gate.offer(notify(2)).has_value());
  EXPECT_FALSE(gate.offer(notify(3)).has_value());

  const auto released = gate.finished(first);
  ASSERT_THAT(released, SizeIs(1));
  EXPECT_EQ(cseq_of(released[0]), 1U);
  const auto rest = gate.finished(second);
  ASSERT_THAT(rest, SizeIs(2));
  EXPECT_EQ(cseq_of(rest[0]), 2U);
  EXPECT_EQ(cseq_of(rest[1]), 3U);
  EXPECT_TRUE(gate.offer(notify(4)).has_value());
}

TEST(Gate, AnAbandonedNotifyThatStillWaitsIsNeverSent) {
  Gate gate;
  const auto commit = gate.open();
  EXPECT_FALSE(gate.offer(notify(5)).has_value());
  Batch loss = notify(6);
  loss.actions.insert(loss.actions.begin(), event::Abandon{"dialog", 5});
  EXPECT_FALSE(gate.offer(std::move(loss)).has_value());
  const auto released = gate.finished(commit);
  ASSERT_THAT(released, SizeIs(2));
  EXPECT_THAT(released[0].actions, IsEmpty());
}

TEST(Gate, WhatIsGivenUpIsNotReleasedLater) {
  Gate gate;
  const auto commit = gate.open();
  EXPECT_FALSE(gate.offer(notify(1)).has_value());
  EXPECT_THAT(gate.give_up(), SizeIs(1));
  EXPECT_EQ(gate.pending(), 1U);
  EXPECT_THAT(gate.finished(commit), IsEmpty());
  EXPECT_EQ(gate.pending(), 0U);
}

}  // namespace
}  // namespace presentia::runtime
