// Requests that wait until the HSS has said whose they are. Pure; shard's thread only.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "as/base/time.h"
#include "as/runtime/work.h"

namespace presentia::runtime {

class WaitingRequests {
 public:
  void add(RequestWork work, base::Instant deadline) {
    const ports::Resource user = work.resource;
    const auto at = waiting_.emplace(user, Waiting{std::move(work), deadline});
    deadlines_.emplace(deadline, at);
  }
  // All that wait for that user, in the order of their arrival; they wait no more.
  std::vector<RequestWork> take(const ports::Resource& user) {
    std::vector<RequestWork> taken;
    const auto [first, last] = waiting_.equal_range(user);
    for (auto at = first; at != last;) taken.push_back(remove(at++));
    return taken;
  }
  // One whose time is over; nullopt: none.
  std::optional<RequestWork> take_due(base::Instant now) {
    if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
    return remove(deadlines_.begin()->second);
  }
  // Any, to empty it.
  std::optional<RequestWork> take_any() {
    if (waiting_.empty()) return std::nullopt;
    return remove(waiting_.begin());
  }
  [[nodiscard]] std::optional<base::Instant> next() const {
    return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
  }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    RequestWork work;
    base::Instant deadline;
  };
  using Table = std::multimap<ports::Resource, Waiting>;  // keeps the order of arrival of equal keys

  RequestWork remove(Table::iterator at) {
    const auto [first, last] = deadlines_.equal_range(at->second.deadline);
    for (auto found = first; found != last; ++found) {
      if (found->second != at) continue;
      deadlines_.erase(found);
      break;
    }
    RequestWork work = std::move(at->second.work);
    waiting_.erase(at);
    return work;
  }

  Table waiting_;
  std::multimap<base::Instant, Table::iterator> deadlines_;
};

}  // namespace presentia::runtime
