// What the HSS has said about users whose partitions a shard owns, how long that is good for, whom to ask about next,
// and the requests that wait for its answers. Pure: it asks nobody itself and is told the time. Shard's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "as/base/time.h"
#include "as/event/subscriber.h"
#include "as/ports/records.h"

namespace presentia::runtime {

class SubscriberTable {
 public:
  struct Policy {
    base::Seconds ttl{3600}, negative_ttl{60}, stale{86400};
    std::size_t max_users = 100'000;     // beside those that are needed
    std::uint32_t rereads_per_s = 5000;  // of those that nobody waits for
  };

  enum class Standing : std::uint8_t {
    known,
    asking,      // an answer is on its way
    unavailable  // nothing usable is known, and it is of no use to ask now
  };
  struct Known {
    Standing standing = Standing::unavailable;
    event::SubscriberPtr facts;  // null unless known
    bool ask = false;            // the caller asks the HSS now, and tells answered() or failed()
  };
  // What is known of the user, for a request.
  Known look(const ports::Resource& user, base::Instant now, const Policy& policy);
  // What somebody else was told about the user; counts where nothing is known yet.
  void adopt(const ports::Resource& user, event::SubscriberPtr facts, base::Instant now, const Policy& policy);

  // Something is published or watched there: what is known is kept, and renewed before its time is over.
  void need(const ports::Resource& user, base::Instant now);
  void release(const ports::Resource& user, const Policy& policy);

  struct Answer {
    event::SubscriberPtr facts;             // never null
    std::optional<base::Instant> followed;  // changes are told until then; nullopt: they are not
    std::optional<base::Instant> renew_at;  // of one that is followed
  };
  // The HSS has said something, asked or not. True if it is another thing than before.
  bool answered(const ports::Resource& user, Answer answer, base::Instant now, const Policy& policy);
  // Something of what is known has changed: it is told without having been asked. False where nothing is known.
  bool pushed(const ports::Resource& user, event::SubscriberPtr facts);
  // It could not be asked, or refuses to tell (`definite`).
  void failed(const ports::Resource& user, bool definite, base::Instant now, const Policy& policy);
  // What was subscribed to may be gone, and what was told may have been missed: all are asked about again, those that
  // are needed soon, at their pace, all others when they are looked at.
  void doubt(base::Instant now);
  // Every user is asked about again: what is asked for has changed.
  void forget_all(base::Instant now);

  // Those that are due to be asked about again; the caller asks now.
  std::vector<ports::Resource> take_due(base::Instant now, const Policy& policy);
  // When take_due() may have something; nullopt: nothing is due.
  [[nodiscard]] std::optional<base::Instant> next() const;

  // Until when what is known may be used, also while the HSS cannot be asked.
  [[nodiscard]] base::Instant usable_until(const ports::Resource& user, const Policy& policy) const;
  // Null if nothing is known.
  [[nodiscard]] event::SubscriberPtr facts(const ports::Resource& user) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // Users that are asked about at this moment.
  [[nodiscard]] std::size_t asking() const { return asking_; }

 private:
  using Unneeded = std::list<ports::Resource>;  // the one looked at last comes first
  struct Entry {
    event::SubscriberPtr facts;
    base::Instant good_until{};        // of `facts`
    base::Instant ask_after{};         // not before that: the last question failed
    base::Instant renew_at{};          // of one that is needed
    std::optional<base::Instant> due;  // in due_
    std::uint8_t failures = 0;
    bool asking = false, needed = false, doubtful = false, overtaken = false;
    Unneeded::iterator place;  // unless needed
  };
  using Entries = std::unordered_map<ports::Resource, Entry>;

  Entry& entry(const ports::Resource& user);
  void plan(const ports::Resource& user, Entry& entry, std::optional<base::Instant> at);
  void begin(const ports::Resource& user, Entry& entry);
  void end(Entry& entry);
  void trim(const Policy& policy);

  Entries entries_;
  Unneeded unneeded_;
  std::set<std::pair<base::Instant, ports::Resource>> due_;
  base::Instant refilled_{};
  std::uint64_t credit_ = 0;  // thousandths of a question
  std::size_t asking_ = 0;
};

}  // namespace presentia::runtime
