// The TCP and TLS transports: where we listen, the open connections, and which one a message takes. SIP thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "as/base/result.h"
#include "as/sip/counters.h"
#include "as/sip/listener.h"
#include "as/sip/origin.h"
#include "as/sip/parser.h"
#include "as/sip/stream.h"
#include "as/sip/stream_listener.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::sip {

class Streams final : private StreamUser, private StreamAcceptor {
 public:
  Streams(const Loop& loop, const Parser& parser, mgmt::Reader& reader, NetworkUser& user, Counters& counters);
  ~Streams() override;  // closes everything; nobody is called any more
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  // Listens as `transport` says, and adds the addresses to `listeners`: one for every address of the host if it names
  // none.
  base::Result<base::Done> bind(const config::Transport& transport, const BindAddress& address,
                                std::vector<Listener>& listeners);

  // See Network::send(). The connection that was taken.
  base::Result<ConnectionId> send(std::size_t listener, const HostPort& to, const std::string& canon,
                                  std::string_view bytes, ConnectionId preferred);
  // Closes it once what waits is sent.
  void close(ConnectionId connection);
  // Tells the user of the connections that have ended. Not from inside a callback.
  void report_losses();
  [[nodiscard]] std::size_t size() const { return open_; }
  // True if a connection has something that is not sent yet.
  [[nodiscard]] bool sending() const;
  // Who is at the other end; nullopt if there is no such connection.
  [[nodiscard]] std::optional<HostPort> peer(ConnectionId connection) const;

 private:
  struct Listening {
    IpAddress own;
    std::shared_ptr<const TlsContext> tls;  // null for TCP
    std::unique_ptr<StreamListener> socket;
  };

  [[nodiscard]] StreamLimits limits() override;
  void on_framed(Stream& from, const StreamFramer::Framed& framed) override;
  void on_ended(Stream& which, StreamEnd why, std::string_view words) override;
  void on_accepted(std::size_t listener, Socket socket, const Endpoint& peer) override;

  base::Result<base::Done> listen(const config::Transport& transport, const BindAddress& at,
                                  const std::shared_ptr<const TlsContext>& tls, std::vector<Listener>& listeners);
  Stream* find(std::size_t listener, const HostPort& to, const std::string& canon, ConnectionId preferred);
  base::Result<Stream*> connect(std::size_t listener, const HostPort& to, const std::string& canon);
  Stream* add(Stream::Peer peer, Socket socket);

  const Loop loop_;
  const Parser& parser_;
  mgmt::Reader& reader_;
  NetworkUser& user_;
  Counters& counters_;
  const base::Millis idle_;
  std::unordered_map<std::size_t, Listening> listening_;
  std::unordered_map<ConnectionId, std::unique_ptr<Stream>> streams_;
  std::unordered_multimap<std::string, ConnectionId> by_peer_;  // see peer_key()
  std::vector<ConnectionId> ended_;
  ConnectionId last_connection_ = 0;
  std::size_t open_ = 0;
  bool full_ = false;         // the last one had no room
  std::size_t accepted_ = 0;  // of the open ones
};

}  // namespace presentia::sip
