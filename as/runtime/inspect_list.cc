// Listings: a slice looks at a bounded number of resources and entries, so that requests are served in between.
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/uri.h"
#include "as/base/wildcard.h"
#include "as/runtime/inspect.h"
#include "as/runtime/inspect_views.h"

namespace presentia::runtime {
namespace {

constexpr std::size_t kLookedAtOnce = 1000;

class Slice {
 public:
  Slice(std::span<const PartitionState> partitions, std::uint16_t count, const ListSlice& asked)
      : partitions_(partitions), count_(count), asked_(asked), question_(asked.question) {}

  ListedSlice take() {
    const bool one = names_one(question_);
    for (ListCursor at = asked_.from; at.partition < base::kPartitions;
         at = {static_cast<base::Partition>(at.partition + count_), {}, false, 0}) {
      const PartitionState& home = partitions_[at.partition / count_];
      if (!home.serving) {
        ++result_.page.unserved;
      } else if (one) {
        const auto found = home.slots.find(question_.presentity);
        if (found != home.slots.end()) resource(found->second.state, at);
      } else {
        walk(home, at);
      }
      if (one || result_.next) break;
    }
    return std::move(result_);
  }

 private:
  void walk(const PartitionState& home, const ListCursor& from) {
    std::vector<const event::ResourceState*> wanted;
    for (const auto& [name, slot] : home.slots) {
      if (name < from.resource || !wants(name)) continue;
      wanted.push_back(&slot.state);
    }
    std::ranges::sort(wanted, {}, [](const event::ResourceState* state) { return std::string_view(state->resource); });
    for (const event::ResourceState* state : wanted) {
      const bool resumed = state->resource == from.resource;
      resource(*state, resumed ? from : ListCursor{home.number, state->resource, false, 0});
      if (result_.next) return;
    }
    ++looked_;
  }

  [[nodiscard]] bool wants(const ports::Resource& name) const {
    return (question_.domain.empty() || base::domain_of(name) == question_.domain) &&
           (question_.presentity.empty() || base::matches_wildcard(question_.presentity, name));
  }

  void resource(const event::ResourceState& state, ListCursor from) {
    if (full(from)) return;
    ++looked_;
    from.partition = base::partition_of(state.resource);
    from.resource = state.resource;
    if (!from.subscriptions) {
      publications(state, from);
      if (result_.next) return;
      from.subscriptions = true;
      from.after = 0;
    }
    subscriptions(state, from);
  }

  void publications(const event::ResourceState& state, ListCursor from) {
    if (!question_.publications || !question_.watcher.empty()) return;
    std::uint64_t passed = 0;
    for (const auto& [package, published] : state.published) {
      for (const event::Publication& publication : published.publications) {
        if (passed++ < from.after) continue;
        if (full(from)) return;
        from.after = passed;
        ++looked_;
        if (question_.package.empty() || question_.package == package)
          result_.page.publications.push_back(info_of(state, publication));
      }
    }
  }

  void subscriptions(const event::ResourceState& state, ListCursor from) {
    if (!question_.subscriptions) return;
    for (auto next = state.subscriptions.upper_bound(from.after); next != state.subscriptions.end(); ++next) {
      if (full(from)) return;
      from.after = next->first;
      ++looked_;
      const ports::SubscriptionRecord& record = next->second.record;
      const bool package = question_.package.empty() || question_.package == record.package;
      const bool watcher = question_.watcher.empty() || base::matches_wildcard(question_.watcher, record.watcher.uri);
      if (package && watcher) result_.page.subscriptions.push_back(info_of(state, next->second));
    }
  }

  // Then the listing goes on at `at`.
  bool full(const ListCursor& at) {
    const std::size_t given = result_.page.publications.size() + result_.page.subscriptions.size();
    if (given < question_.limit && looked_ < kLookedAtOnce) return false;
    result_.next = at;
    return true;
  }

  std::span<const PartitionState> partitions_;
  const std::uint16_t count_;
  const ListSlice& asked_;
  const ports::ListQuestion& question_;
  std::size_t looked_ = 0;
  ListedSlice result_;
};

}  // namespace

std::string to_text(const ListCursor& cursor) {
  return std::to_string(cursor.partition) + (cursor.subscriptions ? "s" : "p") + std::to_string(cursor.after) + ":" +
         cursor.resource;
}

std::optional<ListCursor> read_cursor(const std::string& text) {
  ListCursor cursor;
  const char* const end = text.data() + text.size();
  const auto partition = std::from_chars(text.data(), end, cursor.partition);
  if (partition.ec != std::errc{} || cursor.partition >= base::kPartitions || partition.ptr == end) return std::nullopt;
  if (*partition.ptr != 's' && *partition.ptr != 'p') return std::nullopt;
  cursor.subscriptions = *partition.ptr == 's';
  const auto after = std::from_chars(partition.ptr + 1, end, cursor.after);
  if (after.ec != std::errc{} || after.ptr == end || *after.ptr != ':') return std::nullopt;
  cursor.resource.assign(after.ptr + 1, end);
  return cursor;
}

ListedSlice list_slice(std::span<const PartitionState> partitions, std::uint16_t count, const ListSlice& slice) {
  return Slice(partitions, count, slice).take();
}

}  // namespace presentia::runtime
