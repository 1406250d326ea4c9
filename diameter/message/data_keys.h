// Which keys a data reference takes, and how a question with several becomes several questions [TS29.328 7.6]. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "as/ports/subscriber_data.h"

namespace presentia::diameter {

// What is wrong with a question, for people; nullopt: it may be sent.
[[nodiscard]] std::optional<std::string> complaint(const ports::UserIdentity& user, const ports::DataKeys& keys,
                                                   bool is_subscription);

// The keys without those that none of their references uses.
[[nodiscard]] ports::DataKeys needed(const ports::DataKeys& keys);

// One question for each reference and each service indication, with the keys that it needs: all that an HSS without the
// feature Notif-Eff takes [TS29.328 6.1.3, TS29.329 6.3.20].
[[nodiscard]] std::vector<ports::DataKeys> split(const ports::DataKeys& keys);

}  // namespace presentia::diameter
