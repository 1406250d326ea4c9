// The transports: datagrams.h and streams.h behind one door. Knows messages as bytes only. SIP thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/sip/counters.h"
#include "as/sip/datagrams.h"
#include "as/sip/listener.h"
#include "as/sip/origin.h"
#include "as/sip/streams.h"

namespace presentia::sip {

// Shown what has been sent. SIP thread.
class SentTap {
 public:
  virtual ~SentTap() = default;
  // True if it wants to be shown anything.
  [[nodiscard]] virtual bool on() = 0;
  virtual void sent(const Listener& from, const HostPort& to, std::string_view bytes) = 0;
};

class Network {
 public:
  Network(const Loop& loop, const Parser& parser, mgmt::Reader& reader, NetworkUser& user, Counters& counters);
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
  // carry. A failure that shows later comes by NetworkUser.
  Sent send(std::size_t listener, const HostPort& to, const std::string& canon, std::string_view bytes,
            ConnectionId preferred = 0);
  // Which must outlive this.
  void tap(SentTap& tap) { tap_ = &tap; }
  // Closes the connection once what waits for it is sent.
  void close(ConnectionId connection) { streams_.close(connection); }

  // Sends the datagrams that were held back to be sent together. Before waiting for events.
  void flush() { datagrams_.flush(); }
  // Tells the user of connections lost and addresses unreachable since the last call. Not from inside a callback.
  void report_losses();
  // True if something waits for a connection or socket to take it.
  [[nodiscard]] bool sending() const { return streams_.sending() || datagrams_.sending(); }
  // Open ones, accepted and made.
  [[nodiscard]] std::size_t connections() const { return streams_.size(); }

 private:
  base::Result<base::Done> bind(const config::Transport& transport);

  Counters& counters_;
  SentTap* tap_ = nullptr;
  std::vector<Listener> listeners_;
  Datagrams datagrams_;
  Streams streams_;
};

}  // namespace presentia::sip
