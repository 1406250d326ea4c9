// Where acknowledged state is kept. Nobody outside as/store knows which store it is.
#pragma once

#include <cstdint>
#include <functional>
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
  bool gating = true;  // false: lazy, nothing visible waits for it
};

class StateStore {
 public:
  using Sink = std::function<void(ResourceChange)>;  // puts only
  using OnDone = std::function<void(base::Result<base::Done>)>;

  virtual ~StateStore() = default;
  // Gives every record of the partition to `sink`, in an order in which they can be applied. Owner's shard; blocks.
  virtual base::Result<base::Done> load(base::Partition partition, const Sink& sink) = 0;
  // Ordered per partition; all or nothing. `done` is called exactly once, on any thread, maybe before commit returns; a
  // failure leaves the outcome unknown: the owner must load the partition again before it serves. `epoch` fences: a
  // commit of an epoch older than the store has seen fails.
  virtual void commit(base::Partition partition, std::uint64_t epoch, Commit commit, OnDone done) = 0;
};

}  // namespace presentia::ports
