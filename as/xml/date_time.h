// The date and time of presence and rules documents (RFC 3339, xs:dateTime), read leniently and written as RFC 3863
// wants.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "as/base/time.h"

namespace presentia::xml {

struct DateTime {
  base::Instant at;  // to the millisecond
  std::string text;  // as received, but valid: capital T and Z, an offset always there [RFC3863 4.1.7]
};

// Takes lower-case letters, a blank for the T and a missing offset (then UTC). nullopt for what is no date and time.
[[nodiscard]] std::optional<DateTime> read_date_time(std::string_view raw);

}  // namespace presentia::xml
