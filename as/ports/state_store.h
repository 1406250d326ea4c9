// Where acknowledged state is kept. Nobody outside as/store knows which store it is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "as/base/partition.h"
#include "as/base/result.h"
#include "as/ports/records.h"

namespace presentia::ports {

struct ResourceChange {
  Resource resource;
  RecordChange change;
};

struct Commit {
  std::vector<ResourceChange> changes;
};

class StateStore {
 public:
  using Sink = std::function<void(ResourceChange)>;  // puts only
  using OnDone = std::function<void(base::Result<base::Done>)>;

  virtual ~StateStore() = default;
  // Gives every record of the partition to `sink`: what has been acknowledged, in an order in which it can be applied
  // (of a resource: published states, publications by arrival, dialogs, subscriptions, sent, answered,
  // registration). Owner's shard; blocks.
  virtual base::Result<base::Done> load(base::Partition partition, const Sink& sink) = 0;
  // The latest epoch of which the partition has a commit, also from an earlier process; 0: none. Owner's shard, while
  // none of its commits is on its way.
  [[nodiscard]] virtual std::uint64_t epoch(base::Partition partition) const = 0;
  // Ordered per partition; all or nothing. `done` is called exactly once, on any thread, maybe before commit returns; a
  // failure leaves the outcome unknown: the owner must load the partition again before it serves. `epoch` fences: a
  // commit of an epoch older than the store has seen fails.
  virtual void commit(base::Partition partition, std::uint64_t epoch, Commit commit, OnDone done) = 0;
  // False while the store can only be read, as with a full disk: commits fail at once then. Any thread.
  [[nodiscard]] virtual bool writable() const = 0;
  // A copy of all that is durable, in a new folder, while everything goes on; for restoring. Blocks; any thread.
  [[nodiscard]] virtual base::Result<base::Done> backup(const std::string& folder) = 0;
};

}  // namespace presentia::ports
