#include "as/sip/datagrams.h"

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/tport_tag.h>

#include <algorithm>
#include <array>
#include <cstring>
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
    primaries_.emplace_back(listeners.size(), primary);
    listeners.push_back(
        make_listener(transport.name(), address.transport, *own, bound->tpn_port, transport.advertise()));
  }
  masters_.push_back(std::move(master));
  return base::Done{};
}

std::optional<std::size_t> Datagrams::listener_of(tport_t* primary) const {
  for (const auto& [listener, known] : primaries_) {
    if (known == primary) return listener;
  }
  return std::nullopt;
}

void Datagrams::receive(tport_t* from, MsgPtr message) {
  const auto listener = listener_of(tport_parent(from));
  const su_sockaddr_t* source = msg_addr(message.get());
  if (!listener || source == nullptr) {
    counters_.dropped(Drop::unreadable);
    return;
  }
  user_.on_message(std::move(message), {*listener, address_of(*source), std::to_string(ntohs(source->su_port)), 0, {}});
}

base::Result<base::Done> Datagrams::send(std::size_t listener, const HostPort& to, std::string_view bytes) {
  const auto primary = std::find_if(primaries_.begin(), primaries_.end(),
                                    [listener](const auto& entry) { return entry.first == listener; });
  const MsgPtr message = parser_.to_send(bytes);
  if (primary == primaries_.end() || !message) return failure("out of memory");
  const tp_name_t name{"udp", to.host.c_str(), to.host.c_str(), to.port.c_str(), nullptr, nullptr};
  if (tport_tsend(primary->second, message.get(), &name, TAG_END()) == nullptr) {
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
