// The UDP transport: Sofia's tport, one for each entry of sip.transport, so that each address sends from its own
// socket. SIP thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "as/base/result.h"
#include "as/sip/counters.h"
#include "as/sip/listener.h"
#include "as/sip/origin.h"
#include "as/sip/parser.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::sip {

class Datagrams {
 public:
  Datagrams(su_root_t* root, const Parser& parser, mgmt::Reader& reader, NetworkUser& user, Counters& counters);
  ~Datagrams();  // closes everything; nobody is called any more
  Datagrams(const Datagrams&) = delete;
  Datagrams& operator=(const Datagrams&) = delete;

  // Binds as `transport` says, and adds the addresses to `listeners`: one for every address of the host if it names
  // none.
  base::Result<base::Done> bind(const config::Transport& transport, const BindAddress& address,
                                std::vector<Listener>& listeners);
  base::Result<base::Done> send(std::size_t listener, const HostPort& to, std::string_view bytes);
  // Tells the user of the addresses found unreachable. Not from inside a callback.
  void report_losses();

 private:
  friend struct TportCallbacks;
  struct MasterDeleter {
    void operator()(tport_t* master) const { tport_destroy(master); }
  };
  using MasterPtr = std::unique_ptr<tport_t, MasterDeleter>;

  struct Primary {
    std::size_t listener = 0;
    tport_t* tport = nullptr;
    int socket = -1;  // its descriptor, where it was found
  };
  [[nodiscard]] const Primary* find(tport_t* primary) const;
  void receive(tport_t* from, MsgPtr message);
  void failed(const char* remote);

  su_root_t* root_;
  const Parser& parser_;
  mgmt::Reader& reader_;
  NetworkUser& user_;
  Counters& counters_;
  std::vector<MasterPtr> masters_;
  std::vector<Primary> primaries_;
  std::vector<HostPort> unreachable_;
};

}  // namespace presentia::sip
