#include "as/sip/datagram_socket.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

#include "as/sip/raw_address.h"

namespace presentia::sip {
namespace {

constexpr std::size_t kLargest = 65536;
constexpr std::size_t kControl = 128;  // for the time of arrival and the count of what was lost
constexpr base::Millis kLongestWait{60000};
constexpr int kAttempts = 4;

bool set(int fd, int level, int option, int value) { return setsockopt(fd, level, option, &value, sizeof value) == 0; }

// Beyond net.core.rmem_max only for the privileged.
void enlarge(int fd) {
  constexpr int kBytes = kReceiveBuffer;
  if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, kBytes)) set(fd, SOL_SOCKET, SO_RCVBUF, kBytes);
}

template <class Value>
std::optional<Value> control(const msghdr& message, int level, int type) {
  auto* header = const_cast<msghdr*>(&message);  // NOLINT: the macros only read
  for (cmsghdr* one = CMSG_FIRSTHDR(header); one != nullptr; one = CMSG_NXTHDR(header, one)) {
    if (one->cmsg_level != level || one->cmsg_type != type || one->cmsg_len < CMSG_LEN(sizeof(Value))) continue;
    Value value;
    std::memcpy(&value, CMSG_DATA(one), sizeof value);
    return value;
  }
  return std::nullopt;
}

std::optional<base::Millis> waited(const msghdr& message, const timespec& now) {
  const auto came = control<timespec>(message, SOL_SOCKET, SCM_TIMESTAMPNS);
  if (!came) return std::nullopt;
  const base::Millis wait((now.tv_sec - came->tv_sec) * 1000 + (now.tv_nsec - came->tv_nsec) / 1'000'000);
  if (wait < base::Millis(0) || wait > kLongestWait) return std::nullopt;
  return wait;
}

bool means_unreachable(std::uint32_t error) {
  return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN ||
         error == ENOPROTOOPT || error == EACCES;
}

// How many of the first ones the system took; -1: none.
int send_some(int fd, OutgoingDatagrams& waiting) {
  std::array<RawAddress, DatagramBatch::kMost> addresses;
  std::array<iovec, DatagramBatch::kMost> vectors;
  std::array<mmsghdr, DatagramBatch::kMost> messages;
  const std::size_t count = std::min(waiting.size(), messages.size());
  for (std::size_t i = 0; i < count; ++i) {
    addresses[i] = raw_address(waiting[i].to);
    vectors[i] = {waiting[i].bytes.data(), waiting[i].bytes.size()};
    messages[i] = {};
    messages[i].msg_hdr.msg_name = addresses[i].raw();
    messages[i].msg_hdr.msg_namelen = addresses[i].size;
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  return sendmmsg(fd, messages.data(), static_cast<unsigned>(count), MSG_NOSIGNAL);
}

}  // namespace

base::Result<Socket> bind_datagrams(const Endpoint& at) {
  const bool v6 = at.address.v6;
  Socket made(socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  RawAddress address = raw_address(at);
  if (!made.open() || (v6 && !set(made.fd(), IPPROTO_IPV6, IPV6_V6ONLY, 1)) ||
      !set(made.fd(), v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, 1) ||
      !set(made.fd(), SOL_SOCKET, SO_TIMESTAMPNS, 1) || !set(made.fd(), SOL_SOCKET, SO_RXQ_OVFL, 1) ||
      bind(made.fd(), address.raw(), address.size) < 0) {
    return base::Unexpected{base::Error{"socket", std::generic_category().message(errno)}};
  }
  enlarge(made.fd());
  return made;
}

// The kernel doubles what was asked for, for its own needs [socket(7)].
std::size_t receive_buffer(int fd) {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) < 0 ? 0 : static_cast<std::size_t>(bytes) / 2;
}

// The error of an earlier datagram is told first, and then not again; it says nothing of this one.
SendError send_datagrams(int fd, OutgoingDatagrams& waiting) {
  int attempts = 0;
  while (!waiting.empty()) {
    const int sent = send_some(fd, waiting);
    if (sent > 0) {
      waiting.erase(waiting.begin(), waiting.begin() + sent);
      attempts = 0;
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return SendError::busy;
    const bool may_pass = errno == EINTR || means_unreachable(static_cast<std::uint32_t>(errno));
    if (!may_pass || ++attempts == kAttempts) return SendError::failed;
  }
  return SendError::none;
}

std::optional<Undelivered> next_undelivered(int fd) {
  RawAddress to;
  alignas(cmsghdr) std::array<char, 512> space{};
  msghdr message{};
  message.msg_name = to.raw();
  message.msg_namelen = to.size;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  if (recvmsg(fd, &message, MSG_ERRQUEUE) < 0) return std::nullopt;
  auto error = control<sock_extended_err>(message, IPPROTO_IP, IP_RECVERR);
  if (!error) error = control<sock_extended_err>(message, IPPROTO_IPV6, IPV6_RECVERR);
  const sa_family_t family = to.raw()->sa_family;
  if (!error || (family != AF_INET && family != AF_INET6)) return Undelivered{};
  return Undelivered{endpoint_of(*to.raw()), means_unreachable(error->ee_errno)};
}

struct DatagramBatch::Memory {
  std::array<std::array<char, kLargest>, kMost> bytes;
  struct alignas(cmsghdr) Control {
    std::array<char, kControl> space;
  };
  std::array<Control, kMost> controls;
  std::array<sockaddr_storage, kMost> names;
  std::array<iovec, kMost> vectors;
  std::array<mmsghdr, kMost> messages;
};

// Only what is used of it is ever touched: the memory is not initialised.
DatagramBatch::DatagramBatch() : memory_(new Memory) {}
DatagramBatch::~DatagramBatch() = default;

std::size_t DatagramBatch::read(int fd) {
  Memory& memory = *memory_;
  for (std::size_t i = 0; i < kMost; ++i) {
    memory.vectors[i] = {memory.bytes[i].data(), kLargest};
    memory.messages[i] = {};
    msghdr& header = memory.messages[i].msg_hdr;
    header.msg_name = &memory.names[i];
    header.msg_namelen = sizeof memory.names[i];
    header.msg_iov = &memory.vectors[i];
    header.msg_iovlen = 1;
    header.msg_control = memory.controls[i].space.data();
    header.msg_controllen = kControl;
  }
  int count = -1;
  for (int attempt = 0; attempt < kAttempts && count < 0; ++attempt) {
    count = recvmmsg(fd, memory.messages.data(), kMost, MSG_DONTWAIT, nullptr);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
  }
  if (count <= 0) return 0;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);  // as the kernel notes the arrival
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const mmsghdr& message = memory.messages[i];
    datagrams_[i] = {std::string_view(memory.bytes[i].data(), message.msg_len),
                     endpoint_of(reinterpret_cast<const sockaddr&>(memory.names[i])), waited(message.msg_hdr, now),
                     control<std::uint32_t>(message.msg_hdr, SOL_SOCKET, SO_RXQ_OVFL).value_or(0)};
  }
  return static_cast<std::size_t>(count);
}

}  // namespace presentia::sip
