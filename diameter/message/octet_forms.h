// Octets of AVPs that are neither text nor numbers: telephone numbers and times. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "as/base/time.h"

namespace presentia::diameter {

// MSISDN as TBCD: two digits an octet, the first in the low half, 1111 fills the last [TS29.329 6.3.2]. nullopt for
// what are no 1 to 15 digits.
[[nodiscard]] std::optional<std::string> to_tbcd(std::string_view digits);
[[nodiscard]] std::optional<std::string> from_tbcd(std::string_view octets);

// Time: seconds since 1900 in four octets; they start anew in 2036, and what lies before 1968 means after that
// [RFC6733 4.3.1].
[[nodiscard]] std::string to_time(base::Instant at);
[[nodiscard]] std::optional<base::Instant> from_time(std::string_view octets);

}  // namespace presentia::diameter
