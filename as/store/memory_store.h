// The store that keeps nothing, or only as long as the process lives. Commits are done before commit() returns.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "as/ports/state_store.h"

namespace presentia::store {

class MemoryStore final : public ports::StateStore {
 public:
  // `retain`: keep the records, so that a partition, or a core built anew on the same store, finds them. Without it
  // the state in the shards' memory is all there is, and a load finds nothing.
  explicit MemoryStore(bool retain) : retain_(retain) {}

  base::Result<base::Done> load(base::Partition partition, const Sink& sink) override;
  [[nodiscard]] std::uint64_t epoch(base::Partition partition) const override;
  void commit(base::Partition partition, std::uint64_t epoch, ports::Commit commit, OnDone done) override;
  [[nodiscard]] bool writable() const override { return true; }
  [[nodiscard]] base::Result<base::Done> backup(const std::string& folder) override;  // refused: there is no disk

 private:
  using Arrival = std::pair<std::string, std::uint64_t>;  // of a package
  struct Records {
    std::map<std::string, ports::PublishedRecord> published;
    std::map<Arrival, ports::PublicationRecord> publications;
    std::map<ports::DialogTag, ports::DialogRecord> dialogs;
    std::map<ports::SubscriptionId, ports::SubscriptionRecord> subscriptions;
    std::map<ports::SubscriptionId, ports::SentRecord> sent;
    std::map<std::uint64_t, ports::AnsweredRecord> answered;
    std::optional<ports::RegistrationRecord> registration;
    std::optional<ports::LinkRecord> link;
    [[nodiscard]] bool empty() const {
      return published.empty() && publications.empty() && dialogs.empty() && subscriptions.empty() &&
             answered.empty() && !registration && !link;
    }
  };
  struct Kept {
    std::uint64_t epoch = 0;
    std::unordered_map<ports::Resource, Records> resources;
  };
  static void apply(Records& records, ports::RecordChange change);

  const bool retain_;
  mutable std::mutex mutex_;  // shards share the map of partitions, never a partition
  std::map<base::Partition, Kept> partitions_;
};

}  // namespace presentia::store
