// Addresses as the system calls take them.
#pragma once

#include <sys/socket.h>

#include "as/sip/socket.h"

namespace presentia::sip {

struct RawAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  [[nodiscard]] sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

[[nodiscard]] RawAddress raw_address(const Endpoint& endpoint);
// Of AF_INET or AF_INET6.
[[nodiscard]] Endpoint endpoint_of(const sockaddr& raw);

}  // namespace presentia::sip
