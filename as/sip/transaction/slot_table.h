// Values in numbered slots that are used again; a generation tells the users of a slot apart. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

namespace presentia::sip {

// Names one transaction. A late key (of a transaction that has ended) is harmless: it names none.
struct TransactionKey {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const TransactionKey&) const = default;
};

// T has a public member `TransactionKey key` and a default constructor; it is never moved. The memory of what is no
// longer used goes back to the system, a block of slots at a time; low slots are taken first, so that high ones empty.
template <class T>
class SlotTable {
 public:
  // A slot with a new generation; what an earlier user left in it is for the caller to overwrite.
  T& take() {
    if (with_room_.empty()) add_block();
    const std::uint32_t number = *with_room_.begin();
    Block& block = *blocks_[number].held;
    const std::uint32_t place = block.free.back();
    block.free.pop_back();
    if (block.free.empty()) with_room_.erase(with_room_.begin());
    T& value = block.values[place];
    value.key = {number * kBlock + place, value.key.generation + 1};
    ++used_;
    return value;
  }

  // Ends the generation of `value`, so that no key names it any more. The value may be gone afterwards.
  void give_back(T& value) {
    ++value.key.generation;
    --used_;
    const std::uint32_t number = value.key.slot / kBlock;
    Block& block = *blocks_[number].held;
    block.free.push_back(value.key.slot % kBlock);
    if (block.free.size() == 1) with_room_.insert(number);
    if (block.free.size() == kBlock && with_room_.size() > kSpare) release(number);
  }

  // Null if the key is late. Live generations are odd, those between two uses even, so key {0, 0} never names one.
  T* find(TransactionKey key) {
    const std::uint32_t number = key.slot / kBlock;
    if (number >= blocks_.size() || !blocks_[number].held || key.generation % 2 == 0) return nullptr;
    T& value = blocks_[number].held->values[key.slot % kBlock];
    return value.key.generation == key.generation ? &value : nullptr;
  }

  T& at(std::uint32_t slot) { return blocks_[slot / kBlock].held->values[slot % kBlock]; }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  static constexpr std::uint32_t kBlock = 1024;
  static constexpr std::size_t kSpare = 2;  // blocks with room that stay, so that none comes and goes all the time

  struct Block {
    std::array<T, kBlock> values;
    std::vector<std::uint32_t> free;
  };
  struct Place {
    std::unique_ptr<Block> held;   // null: given back
    std::uint32_t generation = 0;  // even; above all that its slots have had
  };

  void add_block() {
    std::uint32_t number = 0;
    if (released_.empty()) {
      number = static_cast<std::uint32_t>(blocks_.size());
      blocks_.emplace_back();
    } else {
      number = *released_.begin();
      released_.erase(released_.begin());
    }
    Place& place = blocks_[number];
    place.held = std::make_unique<Block>();
    place.held->free.reserve(kBlock);
    for (std::uint32_t slot = kBlock; slot > 0; --slot) place.held->free.push_back(slot - 1);
    for (T& value : place.held->values) value.key.generation = place.generation;
    with_room_.insert(number);
  }

  void release(std::uint32_t number) {
    Place& place = blocks_[number];
    for (const T& value : place.held->values) place.generation = std::max(place.generation, value.key.generation);
    place.held.reset();
    with_room_.erase(number);
    released_.insert(number);
  }

  std::vector<Place> blocks_;
  std::set<std::uint32_t> with_room_, released_;
  std::size_t used_ = 0;
};

}  // namespace presentia::sip
