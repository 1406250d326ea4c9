#include "as/sip/raw_address.h"

#include <netinet/in.h>

#include <cstring>

namespace presentia::sip {

RawAddress raw_address(const Endpoint& endpoint) {
  RawAddress made;
  if (endpoint.address.v6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(made.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, endpoint.address.bytes.data(), 16);
    made.size = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(made.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, endpoint.address.bytes.data(), 4);
    made.size = sizeof v4;
  }
  return made;
}

Endpoint endpoint_of(const sockaddr& raw) {
  Endpoint made;
  made.address.v6 = raw.sa_family == AF_INET6;
  if (made.address.v6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(raw);
    made.port = ntohs(v6.sin6_port);
    std::memcpy(made.address.bytes.data(), &v6.sin6_addr, 16);
  } else {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(raw);
    made.port = ntohs(v4.sin_port);
    std::memcpy(made.address.bytes.data(), &v4.sin_addr, 4);
  }
  return made;
}

}  // namespace presentia::sip
