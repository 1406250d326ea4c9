// A listening socket for Poco whose connections give one request a time and a number of bytes, head and body together.
// Poco itself bounds only the silence between two bytes and the length of one header field.
#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <cstddef>

#include "as/base/time.h"

namespace presentia::xdms {

struct RequestBounds {
  const base::Clock& clock;  // outlives all connections
  base::Seconds time;
  std::size_t bytes;
};

class BoundedServerSocket : public Poco::Net::ServerSocket {
 public:
  explicit BoundedServerSocket(const RequestBounds& bounds);
};

// One request of such a connection is over, time and bytes are those of the next.
void next_request(const Poco::Net::StreamSocket& connection);

}  // namespace presentia::xdms
