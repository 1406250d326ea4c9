// Values to Sh-Data as the schema has it [TS29.328 Annex D]. What this server sends is one repository data; the rest is
// for who plays an HSS. Pure.
#pragma once

#include <string>
#include <string_view>

#include "as/base/result.h"
#include "as/ports/subscriber_record.h"
#include "as/xml/reader.h"
#include "diameter/sh_data/sh_data_reader.h"

namespace presentia::diameter {

// The record, elements in the order of the schema. `reader` reads what is XML in it; the error is of that.
[[nodiscard]] base::Result<std::string, ShDataError> write_sh_data(xml::Reader& reader,
                                                                   const ports::SubscriberRecord& record,
                                                                   const ShDataLimits& limits = {});

// User-Data of an update of repository data [TS29.328 6.1.2]; without service data it asks for its deletion.
[[nodiscard]] base::Result<std::string, ShDataError> write_repository_update(xml::Reader& reader,
                                                                             const ports::RepositoryData& data,
                                                                             const ShDataLimits& limits = {});

}  // namespace presentia::diameter
