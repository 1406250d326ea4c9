#include "as/store/open_store.h"

#include <utility>

#include "as/store/memory_store.h"
#include "as/store/rocks_store.h"

namespace presentia::store {

base::Result<std::unique_ptr<ports::StateStore>> open_store(const mgmt::Live& live, base::Metrics& metrics) {
  const config::Store settings = live.snapshot()->config().store();
  if (settings.engine() == config::Store::MEMORY)
    return std::unique_ptr<ports::StateStore>(std::make_unique<MemoryStore>(false));
  auto opened = RocksStore::open({.path = settings.path(), .live = live, .metrics = metrics});
  if (!opened) return base::Unexpected{std::move(opened).error()};
  return std::unique_ptr<ports::StateStore>(*std::move(opened));
}

}  // namespace presentia::store
