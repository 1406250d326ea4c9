// SlotTable: keys name what they were given for, and memory goes back.
#include "as/sip/transaction/slot_table.h"

#include <gtest/gtest.h>

#include <random>

namespace presentia::sip {
namespace {

struct Value {
  Value() { ++alive; }
  ~Value() { --alive; }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  TransactionKey key;
  int number = 0;
  static inline int alive = 0;
};

TEST(SlotTable, ALateKeyNamesNothing) {
  SlotTable<Value> table;
  EXPECT_EQ(table.find({0, 0}), nullptr);
  EXPECT_EQ(table.find({7, 1}), nullptr);
  Value& first = table.take();
  const TransactionKey key = first.key;
  EXPECT_EQ(table.find(key), &first);
  table.give_back(first);
  EXPECT_EQ(table.find(key), nullptr);
  EXPECT_EQ(table.find({key.slot, key.generation + 1}), nullptr) << "between two uses";
  const Value& second = table.take();
  EXPECT_EQ(second.key.slot, key.slot);
  EXPECT_NE(second.key, key);
  EXPECT_EQ(table.find(key), nullptr);
}

TEST(SlotTable, GivesTheMemoryOfAPeakBackAndKnowsItsKeysNoMore) {
  SlotTable<Value> table;
  constexpr int kPeak = 100'000;
  std::vector<Value*> held;
  std::vector<TransactionKey> late;
  for (int i = 0; i < kPeak; ++i) held.push_back(&table.take());
  EXPECT_GE(Value::alive, kPeak);
  std::ranges::shuffle(held, std::mt19937(1));  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  for (Value* value : held) {
    late.push_back(value->key);
    table.give_back(*value);
  }
  EXPECT_EQ(table.used(), 0U);
  EXPECT_LE(Value::alive, 3 * 1024);
  for (int i = 0; i < kPeak; ++i) table.take().number = i;
  for (const TransactionKey& key : late) ASSERT_EQ(table.find(key), nullptr);
}

// What lives long in high slots keeps its own blocks only; what comes later fills low ones.
TEST(SlotTable, HighSlotsEmptyWhileOthersComeAndGo) {
  SlotTable<Value> table;
  std::vector<Value*> peak;
  for (int i = 0; i < 50'000; ++i) peak.push_back(&table.take());
  for (Value* value : peak) table.give_back(*value);
  for (int round = 0; round < 100; ++round) {
    std::vector<Value*> few;
    for (int i = 0; i < 500; ++i) few.push_back(&table.take());
    for (Value* value : few) {
      EXPECT_LT(value->key.slot, 3 * 1024U);
      table.give_back(*value);
    }
  }
}

}  // namespace
}  // namespace presentia::sip
