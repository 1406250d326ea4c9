// UDP with recvmmsg and sendmmsg: the generator shares the cores with the server, so it must be cheap.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "tools/presentia-bench/wire.h"

namespace presentia::bench {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kLargestDatagram = 65536;
constexpr int kSocketBuffer = 64 << 20;  // a fan-out of 1,000 arrives in one burst

class UdpWire final : public Wire {
 public:
  explicit UdpWire(const sockaddr_in& server)
      : server_(server),
        socket_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        buffers_(kBatch * kLargestDatagram) {
    if (socket_.get() < 0 || epoll_.get() < 0) throw_errno("socket");
    enlarge_buffers();
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr = server.sin_addr;
    socklen_t length = sizeof own;
    auto* address = reinterpret_cast<sockaddr*>(&own);
    if (bind(socket_.get(), address, length) != 0 || getsockname(socket_.get(), address, &length) != 0) {
      throw_errno("bind");
    }
    local_ = address_text(own);
    epoll_event readable{};
    readable.events = EPOLLIN;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket_.get(), &readable) != 0) throw_errno("epoll_ctl");
    prepare_batch();
  }

  const std::string& local() const override { return local_; }
  void send(std::string text) override { queue_.push_back({server_, std::move(text)}); }
  void reply(const Origin& origin, std::string text) override { queue_.push_back({origin.address, std::move(text)}); }

  void poll(std::chrono::milliseconds timeout, const Receiver& receiver) override {
    flush();
    epoll_event event{};
    if (epoll_wait(epoll_.get(), &event, 1, static_cast<int>(timeout.count())) <= 0) return;
    while (receive_batch(receiver) == kBatch) {
    }
  }

 private:
  struct Datagram {
    sockaddr_in to;
    std::string text;
  };

  // Beyond the system's limit only for root; smaller buffers only mean more retransmissions of large fan-outs.
  void enlarge_buffers() {
    for (const int option : {SO_RCVBUFFORCE, SO_RCVBUF, SO_SNDBUFFORCE, SO_SNDBUF}) {
      const bool forced = setsockopt(socket_.get(), SOL_SOCKET, option, &kSocketBuffer, sizeof kSocketBuffer) == 0;
      if (forced && option == SO_SNDBUFFORCE) break;
    }
  }

  void prepare_batch() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      pieces_[i] = {buffers_.data() + i * kLargestDatagram, kLargestDatagram};
      incoming_[i].msg_hdr.msg_iov = &pieces_[i];
      incoming_[i].msg_hdr.msg_iovlen = 1;
      incoming_[i].msg_hdr.msg_name = &origins_[i].address;
    }
  }

  std::size_t receive_batch(const Receiver& receiver) {
    for (auto& message : incoming_) message.msg_hdr.msg_namelen = sizeof(sockaddr_in);
    const int count = recvmmsg(socket_.get(), incoming_.data(), kBatch, 0, nullptr);
    if (count <= 0) return 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      receiver(origins_[i], {static_cast<const char*>(pieces_[i].iov_base), incoming_[i].msg_len});
    }
    flush();
    return static_cast<std::size_t>(count);
  }

  void flush() {
    std::size_t sent = 0;
    while (sent < queue_.size()) {
      const std::size_t count = std::min(kBatch, queue_.size() - sent);
      for (std::size_t i = 0; i < count; ++i) prepare(i, queue_[sent + i]);
      const int done = sendmmsg(socket_.get(), outgoing_.data(), static_cast<unsigned>(count), 0);
      if (done > 0) {
        sent += static_cast<std::size_t>(done);
      } else if (errno == EAGAIN || errno == ENOBUFS) {
        break;  // the rest leaves with the next flush
      } else if (errno != ECONNREFUSED && errno != EINTR) {
        throw_errno("sendmmsg");
      }
    }
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(sent));
  }

  void prepare(std::size_t i, Datagram& datagram) {
    leaving_[i] = {datagram.text.data(), datagram.text.size()};
    msghdr& header = outgoing_[i].msg_hdr;
    header = {};
    header.msg_name = &datagram.to;
    header.msg_namelen = sizeof datagram.to;
    header.msg_iov = &leaving_[i];
    header.msg_iovlen = 1;
  }

  sockaddr_in server_;
  Descriptor socket_;
  Descriptor epoll_;
  std::string local_;
  std::vector<char> buffers_;
  std::vector<Datagram> queue_;
  std::array<mmsghdr, kBatch> incoming_{};
  std::array<mmsghdr, kBatch> outgoing_{};
  std::array<iovec, kBatch> pieces_{};
  std::array<iovec, kBatch> leaving_{};
  std::array<Origin, kBatch> origins_{};
};

}  // namespace

std::unique_ptr<Wire> open_udp(const sockaddr_in& server) { return std::make_unique<UdpWire>(server); }

}  // namespace presentia::bench
