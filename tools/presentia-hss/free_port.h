// A port that nobody listens on now.
#pragma once

#include <cstdint>
#include <string>

namespace presentia::hss {

// Of TCP at an IPv4 address; 0 where there is none. Somebody else may take it before it is used.
[[nodiscard]] std::uint16_t free_port(const std::string& address);

}  // namespace presentia::hss
