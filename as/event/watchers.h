// What template packages (RFC 3857) are told about the subscriptions of a resource. Not for other folders.
#pragma once

#include <string_view>
#include <vector>

#include "as/event/draft.h"

namespace presentia::event {

[[nodiscard]] WatcherView watcher_view(const Subscription& subscription);

// Every subscription of the package that has not ended, by id.
[[nodiscard]] std::vector<WatcherView> watchers_of(const ResourceState& state, std::string_view package);

// Reports a watcher of `package` to every template subscription over that package.
void report_watcher(Draft& draft, const ResourceState& state, const Context& context, std::string_view package,
                    const WatcherView& watcher);

// Marks the subscription's step in the watcher machine and reports it. `to` is the state that the machine gives.
void move_watcher(Draft& draft, const ResourceState& state, const Context& context, const Subscription& subscription,
                  WatcherEvent event);

}  // namespace presentia::event
