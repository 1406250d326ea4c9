// What a SUBSCRIBE to xcap-diff asks for: the list of documents and the way of reporting [RFC5875 4.3, 4.4]. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "as/ports/subscription_client.h"
#include "proto/config.pb.h"

namespace presentia::xdm {

inline constexpr std::string_view kDiffPackage = "xcap-diff";

// Value of the parameter diff-processing.
[[nodiscard]] std::string_view word(config::XdmDiff::Processing processing);

// A flat list of documents or collections, relative to the XCAP root, as the body of a SUBSCRIBE, and the parameter of
// its Event.
[[nodiscard]] ports::SubscriptionContent list_content(const std::set<std::string>& selections,
                                                      config::XdmDiff::Processing processing, std::uint64_t revision);

}  // namespace presentia::xdm
