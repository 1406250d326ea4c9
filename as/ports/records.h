// The records of presence state: what the store keeps, and nothing that can be derived from it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "as/base/time.h"
#include "as/ports/sip_port.h"

namespace presentia::ports {

using Resource = std::string;   // normal form, see base::normal_form
using EntityTag = std::string;  // starts with its home partition
using DialogTag = std::string;  // our tag; starts with its home partition
using SubscriptionId = std::uint64_t;

enum class Source { pua, network, hard };

// Tells the retransmission of a request that changed this record from a new one, so that a restart between the change
// and the answer does not do it twice: the answer is given again, without effect.
struct RequestMark {
  std::uint64_t hash = 0;     // of top Via's sent-by and branch, method, Call-ID, CSeq and From tag; 0: none
  base::Instant until{};      // 64*T1 after the request
  std::uint32_t granted = 0;  // s; Expires of the answer
  bool operator==(const RequestMark&) const = default;
};

struct PublicationRecord {
  std::string package;
  EntityTag etag;
  base::Instant expires_at;
  std::uint64_t arrival = 0;  // order of arrival of the state within the resource; a refresh keeps it
  Source source = Source::pua;
  RequestMark mark;
  std::string content_type;
  SharedText body;  // as published; the parsed document is derived
};

// What a package's publications of one resource leave behind together. Put with every change of state (not with a
// refresh), dropped when the resource has neither publications nor subscriptions.
struct PublishedRecord {
  std::string package;
  std::uint64_t changes = 0;  // of state so far: rises by one with each, also when a publication ends
  bool lost = false;          // the last publication ended by expiry; false again with the next one
};

// The part of a dialog that changes only by target refresh; shared by reference.
struct DialogInfo {
  std::string call_id;
  DialogTag local_tag;
  std::string remote_tag;
  std::string local_text;   // To of the SUBSCRIBE, without tag: From of our NOTIFYs
  std::string remote_text;  // From of the SUBSCRIBE with its tag: To of our NOTIFYs
  std::vector<std::string> route_set;
  std::string remote_target;
  std::string own_contact;
  Charging charging;  // of the initial request
};
using DialogInfoPtr = std::shared_ptr<const DialogInfo>;

struct DialogRecord {
  DialogInfoPtr info;
  std::uint32_t remote_cseq = 0;
  std::uint32_t local_cseq_ceiling = 0;  // no NOTIFY with a higher CSeq is sent before a higher ceiling is stored
  RequestMark mark;                      // of the last request in it
};

enum class SubscriptionState { pending, active, waiting, terminated };
[[nodiscard]] constexpr std::string_view word(SubscriptionState state) {
  switch (state) {
    case SubscriptionState::pending:
      return "pending";
    case SubscriptionState::active:
      return "active";
    case SubscriptionState::waiting:
      return "waiting";
    case SubscriptionState::terminated:
      return "terminated";
  }
  return "terminated";
}

struct WatcherIdentity {
  std::string uri;      // normal form; empty = anonymous
  std::string display;  // display name, may be empty
  // Further identities that are asserted, in normal form; of an anonymous one all of them, which rules may use but
  // nobody is shown [RFC5025 3.1.1.2].
  std::vector<std::string> also = {};
  bool anonymous() const { return uri.empty(); }
  bool operator==(const WatcherIdentity&) const = default;
};

// Why a subscription is in its state [RFC3857 4.7.1].
enum class WatcherEvent { subscribe, approved, deactivated, probation, rejected, timeout, giveup, noresource };
// As RFC 3858 and the reason parameter of Subscription-State have it.
[[nodiscard]] constexpr std::string_view word(WatcherEvent event) {
  switch (event) {
    case WatcherEvent::subscribe:
      return "subscribe";
    case WatcherEvent::approved:
      return "approved";
    case WatcherEvent::deactivated:
      return "deactivated";
    case WatcherEvent::probation:
      return "probation";
    case WatcherEvent::rejected:
      return "rejected";
    case WatcherEvent::timeout:
      return "timeout";
    case WatcherEvent::giveup:
      return "giveup";
    case WatcherEvent::noresource:
      return "noresource";
  }
  return "timeout";
}

// Where notifications go if not into a SIP dialog: an in-process subscriber.
struct FeedKey {
  std::uint16_t partition = 0;  // of the subscriber
  std::uint64_t id = 0;
  bool operator==(const FeedKey&) const = default;
};

struct SubscriptionRecord {
  SubscriptionId id = 0;
  std::string package;
  std::optional<std::string> event_id;
  DialogTag dialog;             // empty for a feed and for a waiting watcher
  std::optional<FeedKey> feed;  // feeds are not stored
  WatcherIdentity watcher;
  SubscriptionState state = SubscriptionState::pending;
  base::Instant subscribed_at;
  base::Instant expires_at;  // of a waiting one: when it is given up
  std::string body_type;     // chosen from Accept
  WatcherEvent last_event = WatcherEvent::subscribe;
};

// What a watcher was last sent and has answered with 2xx. Stored a little later than it happens, and dropped with each
// put of its subscription: what a crash loses of it is sent again.
struct SentRecord {
  SubscriptionId id = 0;
  std::uint64_t basis = 0;     // PublishedRecord::changes of the state that was sent
  std::uint64_t digest = 0;    // of body and state
  base::Instant not_before{};  // pacing
};

// A removal that has been answered: nothing else is left of what it removed. Kept for 64*T1.
struct AnsweredRecord {
  RequestMark mark;
  std::string tag;  // the SIP-ETag of the answer to a PUBLISH, the To tag of that to a SUBSCRIBE
};

// Where something is known from about the registration of a user in the IMS core. The numbers are on disk: they never
// change.
enum class RegistrationSource : std::uint8_t { third_party_register, reg_event, sh_user_state };
inline constexpr RegistrationSource kLastRegistrationSource = RegistrationSource::sh_user_state;
// As the attribute registration.sources and the log call it.
[[nodiscard]] constexpr std::string_view word(RegistrationSource source) {
  switch (source) {
    case RegistrationSource::third_party_register:
      return "third-party-register";
    case RegistrationSource::reg_event:
      return "reg-event";
    case RegistrationSource::sh_user_state:
      return "sh-user-state";
  }
  return "third-party-register";
}

// What one source last said.
struct RegistrationStatement {
  RegistrationSource source{};
  bool registered = false;
  base::Instant since{};  // when it became so
  base::Instant until{};  // registered: when it ends unless the source says so again
  bool operator==(const RegistrationStatement&) const = default;
};

// What is known of the registration of a resource. The network publication (Source::network) is made of it.
struct RegistrationRecord {
  std::vector<RegistrationStatement> statements;  // one a source at most
  // Of the last third-party REGISTER:
  std::string s_cscf;                  // URI of its Contact: where requests for the user go
  Charging charging;                   // [TS24.229 5.7.1.1]
  std::string service_info;            // what the HSS has for this server, as text; empty: nothing
  std::vector<std::string> instances;  // of the user's devices, where the UE's REGISTER came with it
  bool operator==(const RegistrationRecord&) const = default;
};

// The resource is an alias under which something is published: it is composed into that resource.
struct LinkRecord {
  Resource canonical;
};

// One change of one resource's state. All changes of one commit take effect or none. Each says all that a store needs
// to carry it out without reading.
struct PutPublication {
  PublicationRecord record;
};
struct RetagPublication {  // a refresh: small on disk; the publication keeps its package, arrival and body
  std::string package;
  std::uint64_t arrival = 0;
  EntityTag old_etag, etag;
  base::Instant expires_at;
  Source source = Source::pua;
  RequestMark mark;
};
struct DropPublication {
  std::string package;
  std::uint64_t arrival = 0;
  EntityTag etag;
};
struct PutPublished {
  PublishedRecord record;
};
struct DropPublished {
  std::string package;
};
struct PutDialog {
  DialogRecord record;
  bool with_info = true;  // false: `info` is what is stored already
};
struct DropDialog {
  DialogTag tag;
};
struct PutSubscription {  // drops its SentRecord
  SubscriptionRecord record;
};
struct DropSubscription {  // with its SentRecord
  SubscriptionId id = 0;
};
struct PutSent {
  SentRecord record;
};
struct PutAnswered {
  AnsweredRecord record;
};
struct DropAnswered {
  std::uint64_t hash = 0;
};
struct PutRegistration {
  RegistrationRecord record;
};
struct DropRegistration {};
struct PutLink {
  LinkRecord record;
};
struct DropLink {};
using RecordChange = std::variant<PutPublication, RetagPublication, DropPublication, PutPublished, DropPublished,
                                  PutDialog, DropDialog, PutSubscription, DropSubscription, PutSent, PutAnswered,
                                  DropAnswered, PutRegistration, DropRegistration, PutLink, DropLink>;

}  // namespace presentia::ports
