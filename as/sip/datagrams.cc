#include "as/sip/datagrams.h"

#include <algorithm>
#include <string>
#include <utility>

#include "as/base/log.h"

namespace presentia::sip {
namespace {

constexpr std::size_t kQueue = 1000;  // datagrams waiting for one socket
constexpr int kBatches = 4;           // read of one socket at once; then the others and the answers have their turn
constexpr int kErrors = 64;           // read of one socket at once
constexpr std::size_t kLargestSent = 65'507;  // of IPv4; of IPv6 a little more

base::Unexpected<base::Error> failure(std::string why) {
  return base::Unexpected{base::Error{"socket", std::move(why)}};
}

// Blank lines keep a way through a NAT open and are no message [RFC3261 7.5, RFC5626 4.4.1].
std::string_view without_blank_lines(std::string_view bytes) {
  return bytes.substr(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
}

}  // namespace

// One socket.
class Datagrams::Port final : public Watched {
 public:
  Port(Datagrams& owner, std::size_t listener, Socket socket)
      : owner_(owner), listener_(listener), socket_(std::move(socket)) {}

  bool start() { return watch_.start(owner_.loop_.root, socket_.fd(), SU_WAIT_IN | SU_WAIT_ERR, *this); }
  [[nodiscard]] bool sending() const { return !waiting_.empty(); }

  base::Result<base::Done> send(const Endpoint& to, std::string_view bytes) {
    if (bytes.size() > kLargestSent) return failure("too large for a datagram");
    if (waiting_.size() >= kQueue) return failure("the socket takes nothing more");
    waiting_.emplace_back(to, std::string(bytes));
    if (waiting_.size() % DatagramBatch::kMost == 0) flush();
    return base::Done{};
  }

  void flush() {
    if (waiting_.empty()) return;
    SendError error = SendError::none;
    while ((error = send_datagrams(socket_.fd(), waiting_)) == SendError::failed) {
      owner_.counters_.dropped(Drop::send_failed);
      owner_.lost(waiting_.front().to);
      waiting_.pop_front();
    }
    watch_.want(error == SendError::busy ? SU_WAIT_IN | SU_WAIT_OUT | SU_WAIT_ERR : SU_WAIT_IN | SU_WAIT_ERR);
  }

 private:
  void ready(int events) override {
    if ((events & SU_WAIT_ERR) != 0) read_errors();
    if ((events & SU_WAIT_OUT) != 0) flush();
    if ((events & SU_WAIT_IN) != 0) read();
  }

  void read() {
    for (int i = 0; i < kBatches; ++i) {
      const std::size_t count = owner_.batch_.read(socket_.fd());
      for (std::size_t at = 0; at < count; ++at) {
        const Datagram& datagram = owner_.batch_[at];
        owner_.receive(listener_, datagram, std::exchange(lost_, datagram.lost) != datagram.lost);
      }
      if (count < DatagramBatch::kMost) return;
    }
  }

  void read_errors() {
    for (int i = 0; i < kErrors; ++i) {
      const auto lost = next_undelivered(socket_.fd());
      if (!lost) return;
      if (lost->unreachable) owner_.lost(lost->to);
    }
  }

  Datagrams& owner_;
  const std::size_t listener_;
  Socket socket_;
  std::uint32_t lost_ = 0;
  OutgoingDatagrams waiting_;
  Watch watch_;  // before the socket it watches goes
};

Datagrams::Datagrams(const Loop& loop, const Parser& parser, mgmt::Reader& reader, NetworkUser& user,
                     Counters& counters)
    : loop_(loop), parser_(parser), reader_(reader), user_(user), counters_(counters) {}

Datagrams::~Datagrams() = default;

base::Result<base::Done> Datagrams::bind(const config::Transport& transport, const BindAddress& address,
                                         std::vector<Listener>& listeners) {
  if (!address.address.unspecified()) return open(transport, address, listeners);
  // Each address sends from a socket of its own; all have the port of the first.
  BindAddress one = address;
  for (const IpAddress& own : host_addresses(address.address.v6)) {
    one.address = own;
    auto done = open(transport, one, listeners);
    if (!done) return done;
    one.port = *parse_port(listeners.back().port);
  }
  return base::Done{};
}

base::Result<base::Done> Datagrams::open(const config::Transport& transport, const BindAddress& at,
                                         std::vector<Listener>& listeners) {
  auto socket = bind_datagrams({at.address, at.port});
  if (!socket) return base::Unexpected{std::move(socket).error()};
  if (const std::size_t bytes = receive_buffer(socket->fd()); bytes < kReceiveBuffer) {
    base::log(base::Module::sip, base::Level::warn, "sip.receive_buffer",
              {{"transport", transport.name()},
               {"bytes", bytes},
               {"wanted", kReceiveBuffer},
               {"why", "net.core.rmem_max is lower: a burst of requests may be lost and come again"}});
  }
  const std::size_t number = listeners.size();
  listeners.push_back(make_listener(transport.name(), at.transport, at.address,
                                    std::to_string(bound_to(socket->fd()).port), transport.advertise()));
  auto made = std::make_unique<Port>(*this, number, std::move(*socket));
  if (!made->start()) return failure("no room in the event loop");
  ports_.emplace(number, std::move(made));
  return base::Done{};
}

void Datagrams::receive(std::size_t listener, const Datagram& datagram, bool overflowed) {
  const std::string_view bytes = without_blank_lines(datagram.bytes);
  if (bytes.empty()) return;
  MsgPtr message = parser_.parse(bytes);
  if (!message) {
    counters_.dropped(Drop::unreadable);
    return;
  }
  const bool too_large = bytes.size() > reader_.snapshot()->config().sip().max_message_bytes();
  user_.on_message(std::move(message), {listener,
                                        datagram.from.address,
                                        std::to_string(datagram.from.port),
                                        0,
                                        {},
                                        too_large ? Defect::too_large : Defect::none,
                                        datagram.waited,
                                        overflowed});
}

base::Result<base::Done> Datagrams::send(std::size_t listener, const HostPort& to, std::string_view bytes) {
  const auto port = ports_.find(listener);
  const auto remote = endpoint(to);
  if (port == ports_.end() || !remote) return failure("not an address");
  return port->second->send(*remote, bytes);
}

void Datagrams::flush() {
  for (const auto& [listener, port] : ports_) port->flush();
}

void Datagrams::lost(const Endpoint& to) { unreachable_.push_back({to.address.host(), std::to_string(to.port)}); }

void Datagrams::report_losses() {
  for (const HostPort& remote : std::exchange(unreachable_, {})) user_.on_unreachable(remote);
}

bool Datagrams::sending() const {
  return std::ranges::any_of(ports_, [](const auto& port) { return port.second->sending(); });
}

}  // namespace presentia::sip
