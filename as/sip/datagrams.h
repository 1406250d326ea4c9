// The UDP transport: a socket for each listen address, so that each sends from its own. SIP thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "as/base/result.h"
#include "as/sip/counters.h"
#include "as/sip/datagram_socket.h"
#include "as/sip/listener.h"
#include "as/sip/loop.h"
#include "as/sip/origin.h"
#include "as/sip/parser.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::sip {

class Datagrams {
 public:
  Datagrams(const Loop& loop, const Parser& parser, mgmt::Reader& reader, NetworkUser& user, Counters& counters);
  ~Datagrams();  // closes everything; nobody is called any more
  Datagrams(const Datagrams&) = delete;
  Datagrams& operator=(const Datagrams&) = delete;

  // Binds as `transport` says, and adds the addresses to `listeners`: one for every address of the host if it names
  // none.
  base::Result<base::Done> bind(const config::Transport& transport, const BindAddress& address,
                                std::vector<Listener>& listeners);
  // At the next flush() at the latest, in order.
  base::Result<base::Done> send(std::size_t listener, const HostPort& to, std::string_view bytes);
  // Gives what is to be sent to the system, as far as it takes it. Often, and before waiting for events.
  void flush();
  // Tells the user of the addresses found unreachable. Not from inside a callback.
  void report_losses();
  // True if something waits for the system to take it.
  [[nodiscard]] bool sending() const;

 private:
  class Port;

  base::Result<base::Done> open(const config::Transport& transport, const BindAddress& at,
                                std::vector<Listener>& listeners);
  void lost(const Endpoint& to);
  void receive(std::size_t listener, const Datagram& datagram, bool overflowed);

  const Loop loop_;
  const Parser& parser_;
  mgmt::Reader& reader_;
  NetworkUser& user_;
  Counters& counters_;
  DatagramBatch batch_;
  std::unordered_map<std::size_t, std::unique_ptr<Port>> ports_;  // by listener
  std::vector<HostPort> unreachable_;
};

}  // namespace presentia::sip
