#include "as/sip/streams.h"

#include <utility>

#include "as/base/log.h"

namespace presentia::sip {
namespace {

constexpr unsigned kPatienceInT1 = 64;  // as timer F [RFC3261 17.1.2.2]

std::string peer_key(std::size_t listener, const Endpoint& peer) {
  return std::to_string(listener) + ' ' + peer.address.host() + ':' + std::to_string(peer.port);
}

base::Unexpected<base::Error> not_sent(std::string why) {
  return base::Unexpected{base::Error{"socket", std::move(why)}};
}

std::string peer_text(const Endpoint& peer) { return peer.address.host() + ':' + std::to_string(peer.port); }

}  // namespace

Streams::Streams(const Loop& loop, const Parser& parser, mgmt::Reader& reader, NetworkUser& user, Counters& counters)
    : loop_(loop),
      parser_(parser),
      reader_(reader),
      user_(user),
      counters_(counters),
      idle_(base::Seconds(reader.snapshot()->config().sip().idle_connection_s())) {}

Streams::~Streams() = default;

base::Result<base::Done> Streams::bind(const config::Transport& transport, const BindAddress& address,
                                       std::vector<Listener>& listeners) {
  std::shared_ptr<const TlsContext> tls;
  if (address.transport == Transport::tls) {
    auto made = TlsContext::make(transport);
    if (!made) return base::Unexpected{std::move(made).error()};
    tls = std::move(*made);
  }
  if (!address.address.unspecified()) return listen(transport, address, tls, listeners);
  // Each address sends from a socket of its own; all have the port of the first.
  BindAddress one = address;
  for (const IpAddress& own : host_addresses(address.address.v6)) {
    one.address = own;
    auto done = listen(transport, one, tls, listeners);
    if (!done) return done;
    one.port = *parse_port(listeners.back().port);
  }
  return base::Done{};
}

base::Result<base::Done> Streams::listen(const config::Transport& transport, const BindAddress& at,
                                         const std::shared_ptr<const TlsContext>& tls,
                                         std::vector<Listener>& listeners) {
  auto socket = listen_on({at.address, at.port});
  if (!socket) return base::Unexpected{std::move(socket).error()};
  const std::size_t number = listeners.size();
  listeners.push_back(make_listener(transport.name(), at.transport, at.address,
                                    std::to_string(bound_to(socket->fd()).port), transport.advertise()));
  auto made = std::make_unique<StreamListener>(static_cast<StreamAcceptor&>(*this), loop_, counters_, number,
                                               std::move(*socket));
  if (!made->start()) return not_sent("no room in the event loop");
  listening_.emplace(number, Listening{at.address, tls, std::move(made)});
  return base::Done{};
}

base::Result<ConnectionId> Streams::send(std::size_t listener, const HostPort& to, const std::string& canon,
                                         std::string_view bytes, ConnectionId preferred) {
  Stream* used = find(listener, to, canon, preferred);
  if (used == nullptr) {
    auto made = connect(listener, to, canon);
    if (!made) return base::Unexpected{std::move(made).error()};
    used = *made;
  }
  if (!used->send(bytes)) return not_sent("the connection takes nothing more");
  return used->id();
}

// An open connection for it [RFC3261 18.2.2, 18.1.1].
Stream* Streams::find(std::size_t listener, const HostPort& to, const std::string& canon, ConnectionId preferred) {
  const auto wanted = streams_.find(preferred);
  if (wanted != streams_.end() && wanted->second->usable()) return wanted->second.get();
  const auto peer = endpoint(to);
  if (!peer) return nullptr;
  const auto [first, last] = by_peer_.equal_range(peer_key(listener, *peer));
  for (auto candidate = first; candidate != last; ++candidate) {
    Stream* stream = streams_.at(candidate->second).get();
    if (stream->reaches(canon)) return stream;
  }
  return nullptr;
}

base::Result<Stream*> Streams::connect(std::size_t listener, const HostPort& to, const std::string& canon) {
  const auto peer = endpoint(to);
  if (!peer) return not_sent("not an address");
  auto socket = connect_to(listening_.at(listener).own, *peer);
  if (!socket) return base::Unexpected{std::move(socket).error()};
  Stream* made = add({listener, *peer, false, canon}, std::move(*socket));
  if (made == nullptr) return not_sent("no room for another connection");
  return made;
}

void Streams::on_accepted(std::size_t listener, Socket socket, const Endpoint& peer) {
  if (accepted_ >= reader_.snapshot()->config().sip().max_connections()) {
    counters_.dropped(Drop::connection_limit);
    if (!std::exchange(full_, true))
      base::log(base::Module::sip, base::Level::warn, "sip.connection_limit", {{"peer", peer_text(peer)}});
    return;
  }
  full_ = false;
  add({listener, peer, true, {}}, std::move(socket));
}

// Null if there is no room for it.
Stream* Streams::add(Stream::Peer peer, Socket socket) {
  const auto& tls = listening_.at(peer.listener).tls;
  std::unique_ptr<TlsSession> session;
  if (tls) {
    session = TlsSession::make(*tls, peer.accepted ? TlsSession::Side::server : TlsSession::Side::client);
    if (!session) return nullptr;
  }
  const bool check_name = tls && tls->verifies_servers();
  const ConnectionId id = ++last_connection_;
  auto made = std::make_unique<Stream>(static_cast<StreamUser&>(*this), loop_, id, std::move(peer), std::move(socket),
                                       std::move(session), check_name);
  if (!made->start()) return nullptr;
  Stream* stream = made.get();
  streams_.emplace(id, std::move(made));
  by_peer_.emplace(peer_key(stream->peer().listener, stream->peer().at), id);
  ++open_;
  if (stream->peer().accepted) ++accepted_;
  return stream;
}

StreamLimits Streams::limits() {
  const config::Sip& sip = reader_.snapshot()->config().sip();
  return {sip.max_message_bytes(), base::Millis(kPatienceInT1 * sip.t1_ms()), idle_};
}

void Streams::on_framed(Stream& from, const StreamFramer::Framed& framed) {
  const Stream::Peer& peer = from.peer();
  user_.on_message(parser_.parse(framed.bytes), {peer.listener, peer.at.address, std::to_string(peer.at.port),
                                                 from.id(), from.names(), framed.defect});
}

void Streams::on_ended(Stream& which, StreamEnd why, std::string_view words) {
  const Stream::Peer& peer = which.peer();
  const auto [first, last] = by_peer_.equal_range(peer_key(peer.listener, peer.at));
  for (auto entry = first; entry != last; ++entry) {
    if (entry->second != which.id()) continue;
    by_peer_.erase(entry);
    break;
  }
  --open_;
  if (peer.accepted) --accepted_;
  ended_.push_back(which.id());
  counters_.connection_ended(why);
  const bool usual = why == StreamEnd::peer || why == StreamEnd::ours || why == StreamEnd::idle;
  base::log(base::Module::sip, usual ? base::Level::debug : base::Level::info, "sip.connection_ended",
            {{"peer", peer_text(peer.at)}, {"reason", end_name(why)}, {"why", words}});
}

std::optional<HostPort> Streams::peer(ConnectionId connection) const {
  const auto found = streams_.find(connection);
  if (found == streams_.end()) return std::nullopt;
  const Endpoint& at = found->second->peer().at;
  return HostPort{at.address.host(), std::to_string(at.port)};
}

void Streams::close(ConnectionId connection) {
  const auto found = streams_.find(connection);
  if (found != streams_.end()) found->second->finish();
}

bool Streams::sending() const {
  return std::ranges::any_of(streams_, [](const auto& entry) { return entry.second->sending(); });
}

void Streams::report_losses() {
  for (const ConnectionId connection : std::exchange(ended_, {})) {
    streams_.erase(connection);
    user_.on_connection_lost(connection);
  }
}

}  // namespace presentia::sip
