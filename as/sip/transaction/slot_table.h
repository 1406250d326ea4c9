// Values in numbered slots that are used again; a generation tells the users of a slot apart. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace presentia::sip {

// Names one transaction. A late key (of a transaction that has ended) is harmless: it names none.
struct TransactionKey {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const TransactionKey&) const = default;
};

// T has a public member `TransactionKey key` and a default constructor; it is never moved.
template <class T>
class SlotTable {
 public:
  // A slot with a new generation; what an earlier user left in it is for the caller to overwrite.
  T& take() {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    T& value = slots_[slot];
    value.key = {slot, value.key.generation + 1};
    ++used_;
    return value;
  }

  // Ends the generation of `value`, so that no key names it any more.
  void give_back(T& value) {
    ++value.key.generation;
    free_.push_back(value.key.slot);
    --used_;
  }

  // Null if the key is late. Live generations are odd, those between two uses even, so key {0, 0} never names one.
  T* find(TransactionKey key) {
    if (key.slot >= slots_.size() || key.generation % 2 == 0) return nullptr;
    T& value = slots_[key.slot];
    return value.key.generation == key.generation ? &value : nullptr;
  }

  T& at(std::uint32_t slot) { return slots_[slot]; }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  std::deque<T> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t used_ = 0;
};

}  // namespace presentia::sip
