// The configuration file of the Diameter library, which takes its TLS files only from there: one in memory.
#pragma once

#include <optional>

#include "as/base/result.h"
#include "diameter/stack/stack_values.h"

namespace presentia::diameter {

// Makes the library read it, which also checks what else is in fd_g_config; once, after that is filled. The error is
// for people; the library logs more.
[[nodiscard]] std::optional<base::Error> read_library_config(const StackTls& tls);

}  // namespace presentia::diameter
