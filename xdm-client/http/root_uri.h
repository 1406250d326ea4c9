// An XCAP root as the client needs it [RFC4825 6.1].
#pragma once

#include <cstdint>
#include <string>

#include "as/base/result.h"

namespace presentia::xdm {

struct RootUri {
  std::string text;  // as it was set: names it in logs and metrics
  bool tls = false;
  std::string host;  // name or address, without the brackets of IPv6
  std::uint16_t port = 0;
  std::string authority;  // for the header Host
  std::string path;       // in front of every path; empty or "/…" without a slash at the end
};

// Refuses other schemes, user information (it would be shown), a query (a root must have none) and a fragment.
[[nodiscard]] base::Result<RootUri> parse_root(const std::string& text);

}  // namespace presentia::xdm
