// What the HSS is asked about a user, and what its answers mean to the core. Pure; any thread.
#pragma once

#include <string_view>

#include "as/event/subscriber.h"
#include "as/ports/subscriber_data.h"
#include "as/runtime/subscriber_table.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

// True if something is to be asked: there are peers, and an attribute that needs them.
[[nodiscard]] bool asks_hss(const mgmt::Snapshot& settings);
[[nodiscard]] SubscriberTable::Policy cache_policy(const mgmt::Snapshot& settings, std::uint16_t shards);

// What is asked about each user [TS29.328 7.6].
[[nodiscard]] ports::DataKeys keys_of(const mgmt::Snapshot& settings);

// What is known of `user` when the HSS has said `record`; what that leaves out is taken from `known`, which may be
// null. A profile that cannot be read, or none (`profiles` null), leaves that of `known` in force.
[[nodiscard]] event::SubscriberPtr facts_of(const ports::Resource& user, const event::Subscriber* known,
                                            const ports::SubscriberRecord& record, const mgmt::Snapshot& settings,
                                            const event::ProfileReader* profiles);
// Repository data that is pushed with a lower number than that of what is known has been overtaken: it is taken out of
// `record`. How much that was.
std::size_t drop_older(ports::SubscriberRecord& record, const event::Subscriber& known, const mgmt::Snapshot& settings);
// There is no such user.
[[nodiscard]] event::SubscriberPtr no_such_user(const ports::Resource& user);

// What becomes of a request for somebody about whom nothing is known: it is refused, or goes on.
[[nodiscard]] bool refuses_without_hss(const mgmt::Snapshot& settings);

}  // namespace presentia::runtime
