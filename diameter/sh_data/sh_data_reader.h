// Sh-Data, as User-Data carries it, to values [TS29.328 Annex D]. Lenient where HSSs in the field differ, never where a
// value would be guessed. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "as/base/result.h"
#include "as/ports/subscriber_record.h"
#include "as/xml/reader.h"

namespace presentia::diameter {

struct ShDataLimits {
  std::size_t max_bytes = 65'536;
  xml::Limits xml = {};
};

struct ShDataError {
  std::string reason;  // for counters: of xml::ParseError, or too-large, not-sh-data, missing-element, bad-value
  std::string text;    // for people
};

// `bytes` of white space only say that there is no data. Elements that are not known, of other namespaces or of later
// releases, are passed over, on whatever level of Extension; two spellings of names and both forms of a public identity
// are read. The record has no documents yet.
[[nodiscard]] base::Result<ports::SubscriberRecord, ShDataError> read_sh_data(xml::Reader& reader,
                                                                              std::string_view bytes,
                                                                              const ShDataLimits& limits = {});

}  // namespace presentia::diameter
