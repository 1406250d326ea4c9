// What goes into the Diameter stack and comes out of it: values, without anything of a library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/time.h"
#include "as/ports/subscriber_data.h"
#include "diameter/message/avp_table.h"

namespace presentia::diameter {

enum class Transport : std::uint8_t { tcp, sctp };

// A peer that is connected to, and may connect to us.
struct StackPeer {
  std::string identity;  // Diameter identity
  std::string realm;     // that it must have; empty: any
  std::string address;   // IP; empty: its identity is looked up
  std::uint16_t port = 3868;
  Transport transport = Transport::tcp;
  bool with_tls = false;  // from the first byte on; its certificate must have its identity [RFC6733 13.1]
};

// PEM files; all empty: there is no TLS.
struct StackTls {
  std::string certificate;  // ours, for our identity, with its chain
  std::string private_key;
  std::string ca;  // the authority whose certificates count, ours among them, and those above it, in their order
};

struct StackSettings {
  std::string identity, realm;        // our own; realm empty: what follows the first dot of the identity
  std::string address = "127.0.0.1";  // IP: Host-IP-Address, and where it listens if it does
  std::uint16_t port = 0;             // 0: it does not listen
  bool listens_with_tls = false;
  StackTls tls;
  bool takes_unknown_peers = false;
  std::uint32_t reconnect_s = 5;  // Tc [RFC6733 12]
  std::uint32_t watchdog_s = 10;  // Tw, at least 6 [RFC3539 3.4.1]
  std::uint16_t threads = 2;      // that hand over messages
  std::vector<Command> serves;    // requests that are handed over; others are refused by the stack
  std::vector<StackPeer> peers;
  // What the dictionary has, too. The applications' tables outlive the stack, which offers them to its peers.
  std::vector<AvpInfo> more_avps;
  std::vector<ApplicationInfo> more_applications;
};

struct OutgoingRequest {
  std::uint64_t ticket = 0;  // never 0
  Command command = Command::user_data;
  Avps avps;
  std::vector<std::string> peers;  // identities, the preferred one first; to no other
  std::uint32_t end_to_end = 0;    // the same for each sending of one request
  bool is_retransmission = false;
  base::Millis within{1000};  // after that the stack forgets it
};

struct PeerReport {
  std::string identity;
  ports::PeerPhase phase = ports::PeerPhase::closed;  // never left_alone
  std::string realm;
  std::string trouble;  // why it closed, for people
};

// Of a line of the log: how much it matters.
enum class StackLevel : std::uint8_t { debug, notice, error, fatal };

// Called on threads of the stack, several at once; must copy what it needs, post it and return, and never throw.
class StackObserver {
 public:
  virtual ~StackObserver() = default;
  // `from`: the peer that it came from; empty: the stack itself says that it cannot be delivered. May come twice for a
  // ticket that was sent twice, or never: who asks has deadlines of its own.
  virtual void on_answer(std::uint64_t ticket, Avps avps, std::string from) noexcept = 0;
  // The answer to a ticket came and could not be read, and on_answer does not.
  virtual void on_unreadable(std::uint64_t ticket, std::string why) noexcept = 0;
  // Is to be answered by Stack::answer() with the key, or dropped.
  virtual void on_request(std::uint64_t key, Command command, Avps avps) noexcept = 0;
  // connecting: there is a new connection, and Stack::peers() soon says whether it is used; closed: there is none more.
  virtual void on_peer(PeerReport report) noexcept = 0;
  virtual void on_log(StackLevel level, std::string_view line) noexcept = 0;
};

}  // namespace presentia::diameter
