// From a hash to the slots that have it, in one block of memory: a look costs one access, not one for each link of a
// chain. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace presentia::sip {

// Several slots may have the same hash, and some of those given may have another one: who asks looks at the slots.
class SlotIndex {
 public:
  void add(std::size_t hash, std::uint32_t slot) {
    if (2 * (size_ + 1) > entries_.size()) resize(entries_.empty() ? kLeast : 2 * entries_.size());
    place({mark(hash), slot + 1});
    ++size_;
  }

  // False if it was not there.
  bool remove(std::size_t hash, std::uint32_t slot) {
    const Entry wanted{mark(hash), slot + 1};
    std::size_t at = 0;
    for (at = home(wanted); entry(at) != wanted; ++at)
      if (entry(at).empty()) return false;
    close_gap(at);
    --size_;
    if (entries_.size() > kLeast && kSparse * size_ < entries_.size()) resize(entries_.size() / 2);
    return true;
  }

  // The first of its slots for which `is` holds; kNone: none.
  template <class Is>
  [[nodiscard]] std::uint32_t find(std::size_t hash, Is is) const {
    if (entries_.empty()) return kNone;
    const std::uint32_t wanted = mark(hash);
    for (std::size_t at = home({wanted, 1}); !entry(at).empty(); ++at) {
      if (entry(at).mark == wanted && is(entry(at).slot - 1)) return entry(at).slot - 1;
    }
    return kNone;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;

 private:
  struct Entry {
    std::uint32_t mark = 0;
    std::uint32_t slot = 0;  // one more than the slot; 0: free
    [[nodiscard]] bool empty() const { return slot == 0; }
    bool operator==(const Entry&) const = default;
  };
  static constexpr std::size_t kLeast = 64;
  static constexpr std::size_t kSparse = 8;

  static std::uint32_t mark(std::size_t hash) { return static_cast<std::uint32_t>(hash ^ (hash >> 32U)); }
  // Where an entry stands if nothing is in its way; `at` may run beyond the end.
  [[nodiscard]] std::size_t home(const Entry& one) const { return one.mark & (entries_.size() - 1); }
  [[nodiscard]] const Entry& entry(std::size_t at) const { return entries_[at & (entries_.size() - 1)]; }

  void place(const Entry& one) {
    std::size_t at = home(one);
    while (!entry(at).empty()) ++at;
    entries_[at & (entries_.size() - 1)] = one;
  }

  // Moves what follows back as far as it may stand, so that no search ends too early.
  void close_gap(std::size_t gap) {
    const std::size_t mask = entries_.size() - 1;
    for (std::size_t at = gap + 1; !entry(at).empty(); ++at) {
      const std::size_t way = (at - home(entry(at))) & mask;  // how far it stands from its home
      if (way < ((at - gap) & mask)) continue;
      entries_[gap & mask] = entry(at);
      gap = at;
    }
    entries_[gap & mask] = {};
  }

  void resize(std::size_t entries) {
    const std::vector<Entry> before = std::exchange(entries_, std::vector<Entry>(entries));
    for (const Entry& one : before)
      if (!one.empty()) place(one);
  }

  std::vector<Entry> entries_;  // a power of two, at most half full
  std::size_t size_ = 0;
};

}  // namespace presentia::sip
