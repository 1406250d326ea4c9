// How much one presentity may have: its publications, its subscriptions, its waiting watchers (attributes of `quota`,
// 0 = no limit). What is over the whole node is as/runtime/node.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "as/event/draft.h"

namespace presentia::event {

// The answer beyond a quota: quota.status; 500 with Retry-After, for 403 says for ever [RFC3261 21.4.4]. A Warning
// names the quota and its limit. `quota`: the name of the attribute.
[[nodiscard]] ports::SipResponse quota_exceeded(std::string_view quota, std::uint32_t limit,
                                                const mgmt::Snapshot& settings);

// True if one more is too many: then it is refused (and answered). Only for what is new: what is held may be refreshed,
// modified and ended whatever the quota says [RFC3903 14.2, RFC6665 6.4].
[[nodiscard]] bool refuse_publication(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                                      const Context& context);
[[nodiscard]] bool refuse_subscription(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                                       const Context& context);

// One more watcher begins to wait: those that have waited longest give up until it has room [RFC3857 4.7.1].
void make_room_to_wait(Draft& draft, const ResourceState& state, const Context& context);

}  // namespace presentia::event
