// SlotIndex against the library's multimap.
#include "as/sip/transaction/slot_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>
#include <vector>

namespace presentia::sip {
namespace {

std::vector<std::uint32_t> slots_of(const SlotIndex& index, std::size_t hash) {
  std::vector<std::uint32_t> found;
  std::ignore = index.find(hash, [&found](std::uint32_t slot) {
    found.push_back(slot);
    return false;
  });
  std::ranges::sort(found);
  return found;
}

TEST(SlotIndex, FindsWhatWasAddedAndOnlyThat) {
  SlotIndex index;
  EXPECT_EQ(index.find(7, [](std::uint32_t) { return true; }), SlotIndex::kNone);
  EXPECT_EQ(index.size(), 0U);
  index.add(7, 0);
  index.add(7, 3);
  index.add(7 + 64, 5);  // the same place
  EXPECT_EQ(slots_of(index, 7), (std::vector<std::uint32_t>{0, 3}));
  EXPECT_EQ(slots_of(index, 7 + 64), std::vector<std::uint32_t>{5});
  EXPECT_FALSE(index.remove(7, 5));
  EXPECT_TRUE(index.remove(7, 0));
  EXPECT_FALSE(index.remove(7, 0));
  EXPECT_EQ(index.find(7, [](std::uint32_t) { return true; }), 3U);
  EXPECT_EQ(slots_of(index, 7 + 64), std::vector<std::uint32_t>{5});
}

// Few hashes that lie close together at the end of the block, so that entries stand far from home and wrap around.
TEST(SlotIndex, HoldsWhatAMultimapHoldsWhileItGrowsAndShrinks) {
  SlotIndex index;
  std::multimap<std::size_t, std::uint32_t> model;
  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  std::uint32_t next = 0;
  for (int step = 0; step < 40'000; ++step) {
    const bool grows = step / 10'000 % 2 == 0;
    if (model.empty() || random() % 10 < (grows ? 7U : 3U)) {
      const std::size_t hash = 50 + random() % 40 + 4096 * (random() % 30);
      index.add(hash, next);
      model.emplace(hash, next++);
    } else {
      auto gone = model.lower_bound(50 + random() % 40 + 4096 * (random() % 30));
      if (gone == model.end()) gone = model.begin();
      ASSERT_TRUE(index.remove(gone->first, gone->second));
      model.erase(gone);
    }
    ASSERT_EQ(index.size(), model.size());
    const std::size_t looked = 50 + random() % 40 + 4096 * (random() % 30);
    std::vector<std::uint32_t> expected;
    const auto [first, last] = model.equal_range(looked);
    for (auto one = first; one != last; ++one) expected.push_back(one->second);
    std::ranges::sort(expected);
    ASSERT_EQ(slots_of(index, looked), expected);
  }
}

}  // namespace
}  // namespace presentia::sip
