// The sockets of one role: a datagram socket, or a listening socket and the streams to and from the server.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tools/presentia-conformance/target.h"
#include "tools/presentia-conformance/tls.h"

namespace presentia::conformance {

struct NetworkError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Peer {  // where something came from, and an answer goes to
  sockaddr_storage address{};
  int stream = -1;  // index of the stream; -1: a datagram
};

struct Arrival {
  enum class Kind { message, keep_alive, unreadable, closed };
  Kind kind = Kind::message;
  std::string bytes;
  std::string why;  // of unreadable
  Peer from;
};

// The address of this host from which `server` is reached. Throws NetworkError where there is no way.
std::string address_towards(const Address& server);

class Endpoint {
 public:
  // Binds to a free port of `local`. Throws NetworkError. The server is not contacted before the first send.
  // `also_tcp`: a datagram endpoint that takes connections at the same port, too.
  Endpoint(const std::string& transport, const std::string& local, const Address& server, bool also_tcp = false);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  [[nodiscard]] const std::string& transport() const { return transport_; }
  [[nodiscard]] const Address& local() const { return local_; }
  [[nodiscard]] const Address& server() const { return server_; }

  // To the server: a datagram, or on the stream that was opened to it, in pieces if pieces > 0.
  // Throws NetworkError where it cannot be reached.
  void send(const std::string& bytes, std::size_t pieces = 0);
  void reply(const Peer& to, const std::string& bytes);
  void connect();
  void disconnect();  // all streams

  [[nodiscard]] std::string name_of(const Peer& peer) const;  // host:port; of a stream to the server: the server's
  void add_to(std::vector<pollfd>& set) const;
  // Everything that has arrived; never waits.
  std::vector<Arrival> receive();

 private:
  struct Stream {
    int socket = -1;
    Session tls;
    std::string buffer;
    bool to_server = false;
  };

  void open_socket(const std::string& local);
  bool listen_at_port_of_datagrams();
  void accept_streams();
  void receive_datagrams(std::vector<Arrival>& into);
  void receive_stream(std::size_t index, std::vector<Arrival>& into);
  void cut_frames(std::size_t index, std::vector<Arrival>& into);
  void write(Stream& stream, const std::string& bytes);
  static void close_stream(Stream& stream);
  int current();  // the stream to the server, opened if there is none

  std::string transport_;
  Address local_;
  Address server_;
  int socket_ = -1;
  int listener_ = -1;  // of a datagram endpoint that takes connections, too
  std::vector<Stream> streams_;
};

}  // namespace presentia::conformance
