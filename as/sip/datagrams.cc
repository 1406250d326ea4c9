#include "as/sip/datagrams.h"

#include <linux/sockios.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/tport_tag.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace presentia::sip {

// What tport calls. The stack object that it hands back is the Datagrams.
struct TportCallbacks {
  static Datagrams& datagrams(tp_stack_t* stack) { return *reinterpret_cast<Datagrams*>(stack); }

  static void receive(tp_stack_t* stack, tport_t* from, msg_t* message, tp_magic_t*, su_time_t) noexcept {
    datagrams(stack).receive(from, MsgPtr(message));
  }
  static void error(tp_stack_t* stack, tport_t*, int, const char* remote) noexcept { datagrams(stack).failed(remote); }
  static msg_t* create(tp_stack_t* stack, int flags, const char*, usize_t, const tport_t*, tp_client_t*) noexcept {
    Datagrams& self = datagrams(stack);
    return self.parser_.create(flags, self.reader_.snapshot()->config().sip().max_message_bytes());
  }
};

namespace {

constexpr tport_stack_class_t kStackClass{sizeof(tport_stack_class_t), &TportCallbacks::receive, &TportCallbacks::error,
                                          &TportCallbacks::create, nullptr};
constexpr unsigned kQueue = 1000;              // messages waiting for the socket: the most tport allows
constexpr unsigned kReceiveBuffer = 4U << 20;  // bytes the kernel may hold while we are busy
constexpr int kMostSearched = 4096;            // descriptors: listeners are opened early
constexpr base::Millis kLongestWait{60000};

base::Unexpected<base::Error> failure(const char* why) { return base::Unexpected{base::Error{"socket", why}}; }

IpAddress address_of(const su_sockaddr_t& socket) {
  IpAddress address;
  address.v6 = socket.su_family == AF_INET6;
  if (address.v6) {
    std::memcpy(address.bytes.data(), &socket.su_sin6.sin6_addr, 16);
  } else {
    std::memcpy(address.bytes.data(), &socket.su_sin.sin_addr, 4);
  }
  return address;
}

// The descriptor of the UDP socket bound there, which tport does not tell; -1 if there is none.
int datagram_socket(const IpAddress& address, std::uint16_t port) {
  const int most = static_cast<int>(sysconf(_SC_OPEN_MAX));
  for (int socket = 0; socket < std::min(most, kMostSearched); ++socket) {
    su_sockaddr_t bound{};
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_DGRAM) continue;
    size = sizeof bound;
    if (getsockname(socket, &bound.su_sa, &size) < 0 || ntohs(bound.su_port) != port) continue;
    if (address_of(bound) == address) return socket;
  }
  return -1;
}

// How long the datagram read last waited in its socket: the kernel notes when it came, from the second one on.
std::optional<base::Millis> waited_in(int socket) {
  timespec came{}, now{};
  if (socket < 0 || ioctl(socket, SIOCGSTAMPNS, &came) < 0) return std::nullopt;
  clock_gettime(CLOCK_REALTIME, &now);
  const base::Millis waited((now.tv_sec - came.tv_sec) * 1000 + (now.tv_nsec - came.tv_nsec) / 1'000'000);
  if (waited < base::Millis(0) || waited > kLongestWait) return std::nullopt;  // the clock was set
  return waited;
}

}  // namespace

Datagrams::Datagrams(su_root_t* root, const Parser& parser, mgmt::Reader& reader, NetworkUser& user, Counters& counters)
    : root_(root), parser_(parser), reader_(reader), user_(user), counters_(counters) {}

Datagrams::~Datagrams() = default;

base::Result<base::Done> Datagrams::bind(const config::Transport& transport, const BindAddress& address,
                                         std::vector<Listener>& listeners) {
  MasterPtr master(tport_tcreate(reinterpret_cast<tp_stack_t*>(this), &kStackClass, root_, TPTAG_QUEUESIZE(kQueue),
                                 TPTAG_STUN_SERVER(0), TAG_END()));
  if (!master) return failure("out of memory");
  const std::string host = address.address.host();
  const std::string port = std::to_string(address.port);
  const std::array<const char*, 2> protocols{"udp", nullptr};
  tp_name_t name{"udp", host.c_str(), host.c_str(), port.c_str(), nullptr, nullptr};
  if (tport_tbind(master.get(), &name, protocols.data(), TPTAG_SERVER(1), TPTAG_UDP_RMEM(kReceiveBuffer), TAG_END()) <
      0) {
    return failure(su_strerror(su_errno()));
  }
  // An unspecified address is bound as one primary for each address of the machine.
  for (tport_t* primary = tport_primaries(master.get()); primary != nullptr; primary = tport_next(primary)) {
    const tp_name_t* bound = tport_name(primary);
    const auto own = parse_ip(bound->tpn_host);
    if (!own) continue;
    const auto bound_port = static_cast<std::uint16_t>(std::strtoul(bound->tpn_port, nullptr, 10));
    primaries_.push_back({listeners.size(), primary, datagram_socket(*own, bound_port)});
    listeners.push_back(
        make_listener(transport.name(), address.transport, *own, bound->tpn_port, transport.advertise()));
  }
  masters_.push_back(std::move(master));
  return base::Done{};
}

const Datagrams::Primary* Datagrams::find(tport_t* primary) const {
  const auto found = std::ranges::find(primaries_, primary, &Primary::tport);
  return found == primaries_.end() ? nullptr : &*found;
}

void Datagrams::receive(tport_t* from, MsgPtr message) {
  const Primary* primary = find(tport_parent(from));
  const su_sockaddr_t* source = msg_addr(message.get());
  if (primary == nullptr || source == nullptr) {
    counters_.dropped(Drop::unreadable);
    return;
  }
  user_.on_message(std::move(message), {primary->listener,
                                        address_of(*source),
                                        std::to_string(ntohs(source->su_port)),
                                        0,
                                        {},
                                        Defect::none,
                                        waited_in(primary->socket)});
}

base::Result<base::Done> Datagrams::send(std::size_t listener, const HostPort& to, std::string_view bytes) {
  const auto primary = std::ranges::find(primaries_, listener, &Primary::listener);
  const MsgPtr message = parser_.to_send(bytes);
  if (primary == primaries_.end() || !message) return failure("out of memory");
  const tp_name_t name{"udp", to.host.c_str(), to.host.c_str(), to.port.c_str(), nullptr, nullptr};
  if (tport_tsend(primary->tport, message.get(), &name, TAG_END()) == nullptr) {
    return failure(su_strerror(msg_errno(message.get())));
  }
  return base::Done{};
}

void Datagrams::failed(const char* remote) {
  const std::string_view text = remote == nullptr ? std::string_view{} : remote;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return;
  const auto address = parse_ip(text.substr(0, colon));
  if (address) unreachable_.push_back({address->host(), std::string(text.substr(colon + 1))});
}

void Datagrams::report_losses() {
  for (const HostPort& remote : std::exchange(unreachable_, {})) user_.on_unreachable(remote);
}

}  // namespace presentia::sip
