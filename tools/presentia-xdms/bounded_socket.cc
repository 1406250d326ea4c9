#include "tools/presentia-xdms/bounded_socket.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace presentia::xdms {
namespace {

namespace net = Poco::Net;

class BoundedConnection final : public net::StreamSocketImpl {
 public:
  BoundedConnection(poco_socket_t socket, const RequestBounds& bounds) : StreamSocketImpl(socket), bounds_(bounds) {
    renew();
  }

  void renew() {
    until_ = bounds_.clock.now() + bounds_.time;
    left_ = bounds_.bytes;
  }

  int receiveBytes(void* buffer, int length, int flags) override {
    if (bounds_.clock.now() >= until_ || left_ == 0)
      throw Poco::TimeoutException("a request that is too slow or too large");
    const int received = StreamSocketImpl::receiveBytes(buffer, length, flags);
    if (received > 0) left_ -= std::min(left_, static_cast<std::size_t>(received));
    return received;
  }

 private:
  const RequestBounds bounds_;
  base::Instant until_;
  std::size_t left_ = 0;
};

class BoundedListener final : public net::ServerSocketImpl {
 public:
  explicit BoundedListener(const RequestBounds& bounds) : bounds_(bounds) {}

  net::SocketImpl* acceptConnection(net::SocketAddress& client) override {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    auto* const address = reinterpret_cast<sockaddr*>(&peer);
    int accepted = -1;
    do {
      accepted = ::accept4(sockfd(), address, &size, SOCK_CLOEXEC);
    } while (accepted < 0 && errno == EINTR);
    if (accepted < 0) throw Poco::IOException("accept", errno);
    client = net::SocketAddress(address, size);
    return new BoundedConnection(accepted, bounds_);  // counted by Poco, which deletes it
  }

 private:
  const RequestBounds bounds_;
};

}  // namespace

BoundedServerSocket::BoundedServerSocket(const RequestBounds& bounds)
    : ServerSocket(new BoundedListener(bounds), true) {}  // Poco owns it

void next_request(const Poco::Net::StreamSocket& connection) {
  if (auto* const bounded = dynamic_cast<BoundedConnection*>(connection.impl())) bounded->renew();
}

}  // namespace presentia::xdms
