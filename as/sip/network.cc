#include "as/sip/network.h"

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/su_strlst.h>
#include <sofia-sip/tport_tag.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "as/base/check.h"
#include "as/base/log.h"
#include "as/base/mutants.h"
#include "as/sip/tls_files.h"

namespace presentia::sip {

// What tport calls. The stack object that it hands back is the Network.
struct TportCallbacks {
  static Network& network(tp_stack_t* stack) { return *reinterpret_cast<Network*>(stack); }

  static void receive(tp_stack_t* stack, tport_t* from, msg_t* message, tp_magic_t*, su_time_t) noexcept {
    network(stack).receive(from, MsgPtr(message));
  }
  static void error(tp_stack_t* stack, tport_t* where, int, const char* remote) noexcept {
    network(stack).failed(where, remote);
  }
  static msg_t* create(tp_stack_t* stack, int flags, const char*, usize_t, const tport_t* from, tp_client_t*) noexcept {
    Network& self = network(stack);
    if (tport_is_secondary(from) != 0) self.first_bytes(const_cast<tport_t*>(from));  // NOLINT: tport's own, not const
    return self.parser_.create(flags, self.reader_.snapshot()->config().sip().max_message_bytes());
  }
  static void closed(tp_stack_t* stack, tp_client_t*, tport_t* connection, msg_t*, int) noexcept {
    network(stack).lost(connection);
  }
};

namespace {

constexpr tport_stack_class_t kStackClass{sizeof(tport_stack_class_t), &TportCallbacks::receive, &TportCallbacks::error,
                                          &TportCallbacks::create, nullptr};
constexpr unsigned kQueue = 1000;                 // messages waiting for one connection: the most tport allows
constexpr unsigned kReceiveBuffer = 4 * 1 << 20;  // bytes the kernel may hold while we are busy

base::Unexpected<base::Error> cannot_bind(const config::Transport& transport, const std::string& why) {
  return base::Unexpected{
      base::Error{"bind", "sip.transport[" + transport.name() + "].bind=" + transport.bind() + ": " + why}};
}

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

std::vector<std::string> names_of(tport_t* connection, const msg_t* message) {
  std::vector<std::string> names;
  if (tport_is_verified(connection) == 0) return names;
  const su_strlst_t* subjects = tport_delivered_from_subjects(connection, message);
  for (usize_t i = 0; subjects != nullptr && i < su_strlst_len(subjects); ++i) {
    names.emplace_back(su_strlst_item(subjects, i));
  }
  return names;
}

// TLS between elements [RFC3856 9.1]: one-way or, where client certificates are required, mutual
// [RFC3261 26.3.1, RFC3903 14.4, RFC3857 6.2].
unsigned verify_policy(const config::Transport& transport) {
  unsigned policy = TPTLS_VERIFY_NONE;
  if (transport.require_client_certificate()) policy |= TPTLS_VERIFY_IN;
  if (!transport.ca().empty()) policy |= TPTLS_VERIFY_OUT | TPTLS_VERIFY_SUBJECTS_OUT;
  return policy;
}

}  // namespace

Network::Network(su_root_t* root, const Parser& parser, mgmt::Reader& reader, NetworkUser& user, Counters& counters)
    : root_(root), parser_(parser), reader_(reader), user_(user), counters_(counters) {}

Network::~Network() {
  closing_.clear();
  masters_.clear();
}

base::Result<base::Done> Network::open(const config::Sip& sip) {
  if (sip.transport().empty()) return base::Unexpected{base::Error{"bind", "sip.transport: no listen address"}};
  for (const config::Transport& transport : sip.transport()) {
    auto bound = bind(transport, sip);
    if (!bound) return bound;
  }
  return base::Done{};
}

base::Result<base::Done> Network::bind(const config::Transport& transport, const config::Sip& sip) {
  const auto address = parse_bind(transport.bind());
  if (!address) return cannot_bind(transport, address.error().text);
  std::optional<TlsFiles> tls;
  if (address->transport == Transport::tls) {
    auto files = TlsFiles::prepare(transport);
    if (!files) return base::Unexpected{std::move(files).error()};
    tls.emplace(std::move(*files));
  }
  MasterPtr master(tport_tcreate(reinterpret_cast<tp_stack_t*>(this), &kStackClass, root_, TPTAG_QUEUESIZE(kQueue),
                                 TPTAG_IDLE(sip.idle_connection_s() * 1000U), TPTAG_TIMEOUT(64 * sip.t1_ms()),
                                 TPTAG_STUN_SERVER(0), TPTAG_PONG2PING(PS_MUTANT("keep-alive-unanswered") ? 0 : 1),
                                 TAG_END()));  // keep-alives [RFC5626 3.5.1]
  if (!master) return cannot_bind(transport, "out of memory");

  const std::string host = address->address.host();
  const std::string port = std::to_string(address->port);
  const std::string proto(transport_name(address->transport));
  const std::array<const char*, 2> protocols{proto.c_str(), nullptr};
  tp_name_t name{proto.c_str(), host.c_str(), host.c_str(), port.c_str(), nullptr, nullptr};
  if (tport_tbind(master.get(), &name, protocols.data(), TPTAG_SERVER(1), TPTAG_UDP_RMEM(kReceiveBuffer),
                  TAG_IF(tls.has_value(), TPTAG_CERTIFICATE(tls ? tls->folder().c_str() : nullptr)),
                  TAG_IF(tls.has_value(), TPTAG_TLS_VERIFY_POLICY(verify_policy(transport))), TAG_END()) < 0) {
    return cannot_bind(transport, su_strerror(su_errno()));
  }
  // An unspecified address is bound as one primary for each address of the machine.
  for (tport_t* primary = tport_primaries(master.get()); primary != nullptr; primary = tport_next(primary)) {
    const tp_name_t* bound = tport_name(primary);
    const auto own = parse_ip(bound->tpn_host);
    if (!own) continue;
    listeners_.push_back(
        make_listener(transport.name(), address->transport, *own, bound->tpn_port, transport.advertise()));
    primaries_.push_back(primary);
  }
  masters_.push_back(std::move(master));
  return base::Done{};
}

std::optional<std::size_t> Network::listener_for(Transport transport, bool v6) const {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (listeners_[i].transport == transport && listeners_[i].address.v6 == v6) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> Network::index_of(tport_t* primary) const {
  const auto found = std::find(primaries_.begin(), primaries_.end(), primary);
  if (found == primaries_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - primaries_.begin());
}

void Network::receive(tport_t* from, MsgPtr message) {
  PS_ON_SIP_THREAD();
  const auto listener = index_of(tport_parent(from));
  const su_sockaddr_t* source = msg_addr(message.get());
  if (!listener || source == nullptr) {
    counters_.dropped(Drop::unreadable);
    return;
  }
  Origin origin{*listener, address_of(*source), std::to_string(ntohs(source->su_port)), nullptr, {}};
  if (tport_is_secondary(from) != 0) {
    if (!watched_.contains(from)) return;  // above the limit, and about to be closed
    origin.connection = from;
    if (listeners_[*listener].transport == Transport::tls) origin.tls_names = names_of(from, message.get());
  }
  user_.on_message(std::move(message), origin);
}

Network::Sent Network::send(std::size_t listener, const HostPort& to, const std::string& canon, std::string_view bytes,
                            tport_t* preferred, bool close_after) {
  PS_ON_SIP_THREAD();
  if (listener >= listeners_.size() || bytes.empty()) return {};
  const bool stream = is_stream(listeners_[listener].transport);
  const MsgPtr message = parser_.to_send(bytes, stream);
  if (!message) return {};
  const std::string proto(transport_name(listeners_[listener].transport));
  const tp_name_t name{proto.c_str(), canon.c_str(), to.host.c_str(), to.port.c_str(), nullptr, nullptr};
  const bool reuse = preferred != nullptr && tport_is_clear_to_send(preferred) != 0;
  tport_t* used = tport_tsend(reuse ? preferred : primaries_[listener], message.get(), &name,
                              TAG_IF(close_after, TPTAG_CLOSE_AFTER(1)), TAG_END());
  if (used == nullptr) {
    counters_.dropped(Drop::send_failed);
    base::log(base::Module::sip, base::Level::debug, "sip.send_failed",
              {{"to", proto + ':' + to.host + ':' + to.port}, {"why", su_strerror(msg_errno(message.get()))}});
    return {};
  }
  const bool watchable = stream && !close_after && tport_is_secondary(used) != 0;
  return {true, watchable ? watch(used) : 0};
}

// tport tells of the end of a connection only through requests that wait on it: one of ours does so on each connection.
ConnectionId Network::watch(tport_t* connection) {
  const auto found = watched_.find(connection);
  if (found != watched_.end()) return found->second;
  if (tport_pend(connection, nullptr, &TportCallbacks::closed, reinterpret_cast<tp_client_t*>(this)) < 0) return 0;
  watched_.emplace(connection, ++last_connection_);
  return last_connection_;
}

void Network::lost(tport_t* connection) {
  const auto found = watched_.find(connection);
  if (found == watched_.end()) return;
  lost_.push_back(found->second);
  watched_.erase(found);
}

void Network::failed(tport_t* where, const char* remote) {
  if (tport_is_secondary(where) != 0) {
    lost(where);
    return;
  }
  const std::string_view text = remote == nullptr ? std::string_view{} : remote;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return;
  const auto address = parse_ip(text.substr(0, colon));
  if (address) unreachable_.push_back({address->host(), std::string(text.substr(colon + 1))});
}

void Network::report_losses() {
  for (const TportRef& connection : std::exchange(closing_, {})) tport_shutdown(connection.get(), 2);
  for (const ConnectionId connection : std::exchange(lost_, {})) user_.on_connection_lost(connection);
  for (const HostPort& remote : std::exchange(unreachable_, {})) user_.on_unreachable(remote);
}

// tport says nothing of a connection before its first bytes; from then on it counts.
void Network::first_bytes(tport_t* connection) {
  if (watched_.contains(connection)) return;
  const std::size_t most = reader_.snapshot()->config().sip().max_connections();
  if (watched_.size() < most) {
    watch(connection);
    return;
  }
  counters_.dropped(Drop::connection_limit);
  base::log(base::Module::sip, base::Level::warn, "sip.connection_limit", {{"peer", tport_name(connection)->tpn_host}});
  close_later(connection);
}

}  // namespace presentia::sip
