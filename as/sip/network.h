// The transports: Sofia's tport, one set per listen address, so that each address sends from its own sockets. Knows
// messages as bytes only. SIP thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "as/base/result.h"
#include "as/sip/counters.h"
#include "as/sip/listener.h"
#include "as/sip/parser.h"
#include "as/sip/sofia.h"
#include "as/sip/via.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::sip {

// 0: none, that is, datagrams. Never used twice.
using ConnectionId = std::uint64_t;

struct Origin {
  std::size_t listener = 0;
  IpAddress address;
  std::string port;
  tport_t* connection = nullptr;       // streams only
  std::vector<std::string> tls_names;  // of the peer's certificate, if it was verified
};

class NetworkUser {
 public:
  virtual ~NetworkUser() = default;
  virtual void on_message(MsgPtr message, const Origin& origin) = 0;
  // The connection broke or was refused: what was sent over it has failed.
  virtual void on_connection_lost(ConnectionId connection) = 0;
  // ICMP says that datagrams to there do not arrive.
  virtual void on_unreachable(const HostPort& remote) = 0;
};

class Network {
 public:
  Network(su_root_t* root, const Parser& parser, mgmt::Reader& reader, NetworkUser& user, Counters& counters);
  ~Network();  // closes everything; nobody is called any more
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Binds all of sip.transport, in that order. The error says which transport and why.
  base::Result<base::Done> open(const config::Sip& sip);
  [[nodiscard]] const std::vector<Listener>& listeners() const { return listeners_; }
  // The listen address from which to send that way; nullopt if none is configured.
  [[nodiscard]] std::optional<std::size_t> listener_for(Transport transport, bool v6) const;

  struct Sent {
    bool ok = false;
    ConnectionId connection = 0;
  };
  // Sends `bytes` (copied where they must wait) from a listen address to a numeric address, over `preferred` if that
  // connection still stands, else over any to there, else a new one. `canon`: the name that the peer's certificate must
  // carry. A failure that shows later comes by NetworkUser. `close_after`: nothing more is wanted of that connection.
  Sent send(std::size_t listener, const HostPort& to, const std::string& canon, std::string_view bytes,
            tport_t* preferred = nullptr, bool close_after = false);
  // Closes the connection at the next report_losses().
  void close_later(tport_t* connection) { closing_.emplace_back(connection); }

  // Closes what is to be closed, and tells the user of connections lost and addresses unreachable since the last call.
  // Not from inside a callback.
  void report_losses();
  // Connections on which something came or went.
  [[nodiscard]] std::size_t connections() const { return watched_.size(); }

 private:
  friend struct TportCallbacks;
  struct MasterDeleter {
    void operator()(tport_t* master) const { tport_destroy(master); }
  };
  using MasterPtr = std::unique_ptr<tport_t, MasterDeleter>;

  base::Result<base::Done> bind(const config::Transport& transport, const config::Sip& sip);
  [[nodiscard]] std::optional<std::size_t> index_of(tport_t* primary) const;
  void receive(tport_t* from, MsgPtr message);
  void first_bytes(tport_t* connection);
  void failed(tport_t* where, const char* remote);
  ConnectionId watch(tport_t* connection);
  void lost(tport_t* connection);

  su_root_t* root_;
  const Parser& parser_;
  mgmt::Reader& reader_;
  NetworkUser& user_;
  Counters& counters_;
  std::vector<MasterPtr> masters_;
  std::vector<Listener> listeners_;
  std::vector<tport_t*> primaries_;  // of the listener at the same place
  std::unordered_map<tport_t*, ConnectionId> watched_;
  ConnectionId last_connection_ = 0;
  std::vector<TportRef> closing_;
  std::vector<ConnectionId> lost_;
  std::vector<HostPort> unreachable_;
};

}  // namespace presentia::sip
