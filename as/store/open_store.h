// Makes the store that the configuration names.
#pragma once

#include <memory>

#include "as/base/metrics.h"
#include "as/base/result.h"
#include "as/ports/state_store.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::store {

// By store.engine and store.path. `live` and `metrics` outlive it. The error names the attribute and says what to do.
[[nodiscard]] base::Result<std::unique_ptr<ports::StateStore>> open_store(const mgmt::Live& live,
                                                                          base::Metrics& metrics);

}  // namespace presentia::store
