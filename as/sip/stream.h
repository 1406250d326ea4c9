// One TCP or TLS connection: messages from it, bytes to it, its deadlines and its end. SIP thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "as/sip/counters.h"
#include "as/sip/loop.h"
#include "as/sip/origin.h"
#include "as/sip/socket.h"
#include "as/sip/stream_framer.h"
#include "as/sip/tls_session.h"
#include "as/sip/write_queue.h"

namespace presentia::sip {

struct StreamLimits {
  std::size_t max_message_bytes = 0;
  base::Millis patience{};  // for a handshake, a message, or a reader
  base::Millis idle{};
};

class Stream;

class StreamUser {
 public:
  virtual ~StreamUser() = default;
  [[nodiscard]] virtual StreamLimits limits() = 0;
  // A message, or what there is of one that has a framing defect. It may be answered over `from`, which is finished
  // after a defect.
  virtual void on_framed(Stream& from, const StreamFramer::Framed& framed) = 0;
  // Exactly once, from any function of the stream but its destructor; `why` in words for people.
  virtual void on_ended(Stream& which, StreamEnd why, std::string_view words) = 0;
};

class Stream final : private Watched, private base::Timer {
 public:
  struct Peer {
    std::size_t listener = 0;
    Endpoint at;
    bool accepted = false;  // it connected to us
    std::string canon;      // the name by which we called it
  };
  // `socket`: accepted, or connecting. `tls`: null for TCP. `check_name`: a server's certificate must carry `canon`.
  Stream(StreamUser& user, const Loop& loop, ConnectionId id, Peer peer, Socket socket, std::unique_ptr<TlsSession> tls,
         bool check_name);
  ~Stream() override = default;  // at the earliest after the turn of the loop in which it ended
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // False if the loop has no room for it.
  [[nodiscard]] bool start();
  // Takes all of it, to be sent as soon as the peer reads and the handshake is done; or nothing, then false: too much
  // waits already, or the stream is ending.
  bool send(std::string_view bytes);
  // Nothing more is taken, from either side; ends once what waits is sent, and without losing it to unread bytes of
  // the peer.
  void finish();

  // True if something waits to be sent.
  [[nodiscard]] bool sending() const { return stage_ != Stage::ended && queue_.size() + unsent_.size() > 0; }
  // True while messages can be sent.
  [[nodiscard]] bool usable() const { return stage_ <= Stage::open; }
  // True if requests for that name or address may go this way: what a server's certificate must promise is kept.
  [[nodiscard]] bool reaches(std::string_view canon) const;
  [[nodiscard]] ConnectionId id() const { return id_; }
  [[nodiscard]] const Peer& peer() const { return peer_; }
  // Of the peer's certificate, if it was verified.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  enum class Stage : std::uint8_t { connecting, handshake, open, finishing, lingering, ended };

  void ready(int events) override;
  void fire() override;

  void connected();
  void opened();
  void read();
  void take(std::string_view bytes);
  bool decrypt(std::string_view bytes);
  void deliver();
  void pong(std::size_t pings);
  void write(std::string_view bytes);
  void flush();
  void linger();
  void settle();
  void end(StreamEnd why, std::string_view words = {});
  [[nodiscard]] std::pair<base::Instant, StreamEnd> due() const;
  [[nodiscard]] base::Instant now() const { return loop_.clock.now(); }

  StreamUser& user_;
  const Loop& loop_;
  const ConnectionId id_;
  const Peer peer_;
  Socket socket_;
  Watch watch_;
  std::unique_ptr<TlsSession> tls_;
  const bool check_name_;
  std::vector<std::string> names_;
  Stage stage_ = Stage::connecting;
  StreamFramer framer_;
  WriteQueue queue_;
  std::string unsent_;  // before the handshake is done
  base::Instant last_traffic_;
  std::optional<base::Instant> waiting_since_;  // for the handshake, the first message, or the rest of one
  base::Instant finished_by_;                   // of the last two stages
};

}  // namespace presentia::sip
