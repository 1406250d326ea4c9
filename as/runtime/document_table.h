// The documents of others that have their home on a shard: one parsed copy each, and the resources that need it. What
// changes is told a slice at a time, losses of rights first. Shard's thread only.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "as/base/partition.h"
#include "as/base/time.h"
#include "as/event/documents.h"
#include "as/ports/records.h"

namespace presentia::runtime {

// A resource that follows a document.
struct Dependent {
  base::Partition partition = 0;
  ports::Resource resource;
  auto operator<=>(const Dependent&) const = default;
};

class DocumentTable {
 public:
  // Tells one dependent; `losses_only` as in event::DocumentChanged.
  using Tell = std::function<void(const Dependent&, const ports::DocumentKey&, const event::DocumentStatePtr&,
                                  bool losses_only)>;

  // Where documents come from; before the first call of another function.
  void connect(ports::Documents& source) { source_ = &source; }

  // From now on the dependent is told of it. What is known of it; null: nothing yet, it is asked for.
  event::DocumentStatePtr add(const ports::DocumentKey& key, const Dependent& dependent);
  void remove(const ports::DocumentKey& key, const Dependent& dependent, base::Instant now);
  // It has been told by the source. A text that cannot be read leaves the last good one in force.
  void arrived(const ports::DocumentKey& key, event::DocumentState state);

  // Tells up to `most` dependents of what arrived. True if more are to be told.
  bool tell(std::size_t most, const Tell& tell);
  // Lets go what nobody has needed for `keep`, and the oldest of what nobody needs while there are more than `most`.
  void expire(base::Instant now, base::Seconds keep, std::size_t most);
  // When expire() has something to do; nullopt: nothing is unneeded.
  [[nodiscard]] std::optional<base::Instant> next_expiry(base::Seconds keep) const;

  // Calls `look` for those behind `after` (nullopt: from the first on) whose path begins so, in the order of their
  // keys, until it says no. `state` as add() gives it.
  using Look =
      std::function<bool(const ports::DocumentKey& key, const event::DocumentStatePtr& state, std::size_t dependents)>;
  void look(const std::optional<ports::DocumentKey>& after, std::string_view prefix, const Look& look) const;

  // Documents by status, in the order of ports::DocumentStatus; the last: of which nothing is known yet.
  using Counts = std::array<std::size_t, 4>;
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    event::DocumentStatePtr state;
    std::set<Dependent> dependents;
    base::Instant unneeded_since{};
  };
  using Entries = std::map<ports::DocumentKey, Entry>;
  struct Telling {  // a walk over the dependents, from the first behind `last` on
    ports::DocumentKey key;
    bool losses_only = false;
    std::optional<Dependent> last = {};
  };
  static constexpr std::size_t kFew = 64;  // so many dependents are told at once: no order is needed

  static std::size_t slot_of(const event::DocumentStatePtr& state);
  void put(Entry& entry, event::DocumentStatePtr state);
  void drop(Entries::iterator at);

  ports::Documents* source_ = nullptr;
  Entries entries_;
  std::deque<Telling> tellings_;
  std::set<std::pair<base::Instant, ports::DocumentKey>> unneeded_;
  Counts counts_{};
};

}  // namespace presentia::runtime
