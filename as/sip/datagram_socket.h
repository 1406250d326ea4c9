// UDP sockets that never block: many datagrams in one system call, with the time that each waited. SIP thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "as/base/result.h"
#include "as/base/time.h"
#include "as/sip/socket.h"

namespace presentia::sip {

// Bound there, IPv6 without IPv4, and told by the kernel of ICMP errors. The error's text is the system's.
[[nodiscard]] base::Result<Socket> bind_datagrams(const Endpoint& at);

// Bytes of datagrams that the kernel holds for it until they are read, as asked for and as the system allows.
inline constexpr std::size_t kReceiveBuffer = std::size_t{16} << 20;
[[nodiscard]] std::size_t receive_buffer(int fd);

struct OutgoingDatagram {
  Endpoint to;
  std::string bytes;
};
using OutgoingDatagrams = std::deque<OutgoingDatagram>;

// Why the system did not take a datagram.
enum class SendError : std::uint8_t {
  none,
  busy,   // not now; SU_WAIT_OUT tells when
  failed  // never
};
// Sends and removes what the system takes, from the front. On an error that is the front's.
[[nodiscard]] SendError send_datagrams(int fd, OutgoingDatagrams& waiting);

// To where an earlier datagram could not be delivered, as ICMP says; nullopt: nothing more to be told.
struct Undelivered {
  Endpoint to;
  bool unreachable = false;  // or, say, only too large for the path
};
[[nodiscard]] std::optional<Undelivered> next_undelivered(int fd);

struct Datagram {
  std::string_view bytes;  // until the next read
  Endpoint from;
  std::optional<base::Millis> waited;  // in the socket; nullopt if the system's clock was set meanwhile
  std::uint32_t lost = 0;              // so far on this socket, because it held no more
};

// The memory into which datagrams are read, for all sockets of a thread.
class DatagramBatch {
 public:
  static constexpr std::size_t kMost = 32;

  DatagramBatch();
  ~DatagramBatch();
  DatagramBatch(const DatagramBatch&) = delete;
  DatagramBatch& operator=(const DatagramBatch&) = delete;

  // Takes what has come, kMost at most, in order; their number. 0: nothing is there.
  std::size_t read(int fd);
  // Of the last read.
  [[nodiscard]] const Datagram& operator[](std::size_t index) const { return datagrams_[index]; }

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
  std::array<Datagram, kMost> datagrams_;
};

}  // namespace presentia::sip
