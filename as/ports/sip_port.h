// What the core knows of SIP: values in, values out. No Sofia type, no socket, no transaction is visible here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "as/base/time.h"

namespace presentia::ports {

// Names one open server transaction. A late or unknown key is harmless.
struct RequestKey {
  std::uint32_t io = 0;  // SIP thread
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const RequestKey&) const = default;
};

// Names one outgoing request; chosen by the caller, unique while open.
using SendKey = std::uint64_t;

using SharedText = std::shared_ptr<const std::string>;

struct NameAddr {
  std::string display;  // unquoted
  std::string uri;      // without angle brackets, as received
};

struct EventHeader {
  std::string package;            // event type as received, case kept
  std::optional<std::string> id;  // id parameter
  std::string params = {};        // all of them, as received with the leading ';'
};

// Subscription-State [RFC6665 8.2.3].
struct SubscriptionStateHeader {
  std::string state;   // lower case: active, pending, terminated, or an extension
  std::string reason;  // lower case; empty if absent
  std::optional<base::Seconds> expires, retry_after;
};

enum class SessionCase { unknown, originating, terminating };
struct ServedUser {  // P-Served-User [RFC5502 6]
  std::string uri;
  SessionCase session_case = SessionCase::unknown;
  bool registered = true;
};

// P-Charging-Vector and friends as received, empty if absent [TS24.229 5.7.1.1].
struct Charging {
  std::string vector;          // P-Charging-Vector value
  std::string addresses;       // P-Charging-Function-Addresses value
  std::string access_network;  // P-Access-Network-Info value
  bool operator==(const Charging&) const = default;
};

// What tells a retransmitted or merged request from a new one.
struct Fingerprint {
  std::string sent_by;
  std::string branch;
  bool operator==(const Fingerprint&) const = default;
};

// What a REGISTER says beside what every request says. A body never makes it invalid: what of it cannot be read is a
// fault, named as a counter's label.
struct RegisterContent {
  // Of the first Contact: parameter expires [RFC3261 10.2.1.1], and "*" [RFC3261 10.2.2].
  std::optional<std::uint32_t> contact_expires;
  bool all_contacts = false;
  std::vector<std::string> service_info;  // bodies of type application/3gpp-ims+xml, as received [TS24.229 7.6]
  // The UE's REGISTER, the answer to it, or both, as message/sip [TS24.229 5.4.1.7]: what is used of them.
  struct Embedded {
    std::string method;                  // empty: a response
    int status = 0;                      // of a response
    std::vector<std::string> instances;  // +sip.instance of each Contact that has one, without angle brackets
  };
  std::vector<Embedded> messages;
  std::vector<std::string> faults;
};

// A request as the core sees it. The syntax of every header copied here has been checked; ranges and meaning have not.
struct SipRequest {
  RequestKey key;
  std::string method;
  std::string request_uri;
  NameAddr from, to;
  std::string from_tag, to_tag;    // empty if absent
  std::string from_text, to_text;  // the whole header values as received, with tags
  std::string call_id;
  std::uint32_t cseq = 0;
  Fingerprint fingerprint;
  std::vector<std::string> via;  // top first, as received (for the log and for tests)

  std::optional<EventHeader> event;
  std::optional<SubscriptionStateHeader> subscription_state;  // nullopt also if it cannot be read
  std::optional<std::uint32_t> expires;                       // s; above 2^32-1 already clamped
  std::vector<std::string> if_match;  // SIP-If-Match: all tags found (none or several is for the core to refuse)
  bool has_if_match = false;          // the header is there, even if without a tag
  std::optional<std::vector<std::string>>
      accept;  // media ranges in order, lower case, parameters cut; nullopt = no header
  std::vector<std::string> require, supported;  // option tags, lower case
  std::vector<std::string> privacy;             // Privacy values, lower case
  std::vector<std::string> record_route;        // one value each, in order, as received
  std::vector<std::string> route;               // what remains after our own entries were removed, as received
  std::string contact;                          // URI of the (first) Contact; empty if absent

  base::Millis waited{0};     // before it came to its resource, for what others had to say about it
  bool passed_early = false;  // SipHandler::refuse_early() was asked and let it through
  bool trusted = false;       // the transport peer is in the trust domain
  // P-Asserted-Identity, empty unless trusted [RFC3325 5]; without one, who has logged in by digest.
  std::vector<NameAddr> asserted;
  std::optional<ServedUser> served_user;  // nullopt unless trusted
  Charging charging;                      // empty unless trusted

  std::string content_type;         // type/subtype, lower case, without parameters; empty if absent
  std::string content_type_params;  // as received, with the leading ';'
  std::string content_encoding;     // lower case; empty if absent or identity
  std::string content_disposition;  // lower case; empty if absent
  bool body_optional = false;       // Content-Disposition handling=optional
  SharedText body;                  // null if empty

  std::shared_ptr<const RegisterContent> registration;  // of a REGISTER from within the trust domain, else null

  std::string own_contact;  // the URI under which this peer reaches us (advertised address, transport, sips for TLS)
  std::string peer;         // "udp:192.0.2.1:5060", for the log
};

using Headers = std::vector<std::pair<std::string, std::string>>;  // name and value, in the order to be sent

// Via, From, To, Call-ID, CSeq and Content-Length are added by the port.
struct SipResponse {
  int status = 500;
  std::string reason;  // empty: the standard phrase
  std::string to_tag;  // used if the request has none; empty: the port makes one (the same for retransmissions)
  Headers headers;
  std::string content_type;  // empty: no body
  SharedText body;
};

// A request of ours, in a dialog or one that makes one. Via, Max-Forwards (from `max_forwards`), CSeq, Content-Length
// are added by the port.
struct SipOutgoing {
  std::string method;
  std::string request_uri;  // strict routing already applied [RFC3261 12.2.1.1]
  std::string next_hop;     // URI whose host is contacted: first Route value, else the Request-URI
  std::uint32_t cseq = 0;
  int max_forwards = 70;
  SharedText
      fixed;  // header lines that stay the same in this dialog, each ending in CRLF: Route, From, To, Call-ID, Contact…
  std::string varying;       // further header lines, each ending in CRLF: Event, Subscription-State…
  std::string content_type;  // empty: no body
  SharedText body;
  bool add_contact = false;  // the port adds a Contact: where we are reached by the transport that is taken
};

enum class OutcomeKind { response, timeout, unreachable };
// As the log and the metrics call it.
[[nodiscard]] constexpr std::string_view word(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::response:
      return "response";
    case OutcomeKind::timeout:
      return "timeout";
    case OutcomeKind::unreachable:
      return "unreachable";
  }
  return "timeout";
}

// What became of one SipOutgoing: exactly one for each send(), abandoned ones included (as timeout).
struct SipOutcome {
  SendKey key = 0;
  OutcomeKind kind = OutcomeKind::timeout;
  int status = 0;  // final status; 408 for a timeout, 503 for unreachable
  std::optional<base::Seconds> retry_after;
  std::string contact;  // URI of the Contact of a 2xx; empty if none
  // Of the response, too; what is absent or cannot be read is empty.
  std::string to_tag = {};
  std::vector<std::string> record_route = {};                   // of a 2xx: one value each, in order, as received
  std::optional<std::uint32_t> expires = {}, min_expires = {};  // s
};

// Implemented by as/sip. All calls from any thread; they return at once and never fail visibly.
class SipPort {
 public:
  virtual ~SipPort() = default;
  // Answers a request. The second answer to a key is ignored and counted.
  virtual void respond(const RequestKey& key, SipResponse response) = 0;
  // Sends the request on, statelessly, along its remaining Route (original dialog identifier), and forgets it
  // [TS24.229 5.7.4]. Its responses find their way by Via.
  virtual void forward(const RequestKey& key) = 0;
  // Sends; the outcome comes to SipHandler::on_outcome.
  virtual void send(SendKey key, SipOutgoing request) = 0;
  // No more retransmissions of that request; its outcome still comes, once.
  virtual void abandon(SendKey key) = 0;
};

// What can be seen of a request at a glance, before it is read.
struct RequestGist {
  std::uint32_t io = 0;  // SIP thread
  std::string_view method;
  bool in_dialog = false;  // has a To tag
  bool if_match = false;   // has a SIP-If-Match header
  bool body = false;
  bool ends = false;                        // Expires is 0
  std::optional<base::Millis> waited = {};  // until the SIP thread read it, where that is known
  bool overflowed = false;                  // others before it were lost, because the socket held no more
};

// A request that is answered before it reaches the core.
struct RequestOfPeer {
  std::uint32_t io = 0;  // SIP thread
  std::string_view method;
  std::string_view host;  // IP address of the sender, IPv6 in brackets
};

// Implemented by as/runtime; called on SIP threads, must return at once.
class SipHandler {
 public:
  virtual ~SipHandler() = default;
  // Asked once for each new request before work is done for it: the answer if it is refused under overload, else it
  // comes to on_request().
  virtual std::optional<SipResponse> refuse_early(const RequestGist& /*gist*/) { return std::nullopt; }
  // Asked for each request from outside the trust domain that is about to be answered 401: such do not come to
  // on_request(), but count as its peer's all the same. The answer if it had too many, else it gets its 401.
  virtual std::optional<SipResponse> refuse_challenged(const RequestOfPeer& /*request*/) { return std::nullopt; }
  // Every request but ACK, CANCEL and INVITE (answered below this line). Exactly one respond() or forward() must
  // follow.
  virtual void on_request(SipRequest request) = 0;
  virtual void on_outcome(SipOutcome outcome) = 0;
};

}  // namespace presentia::ports
