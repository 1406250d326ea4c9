// The records of presence state: what the store keeps, and nothing that can be derived from it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
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

struct PublicationRecord {
  std::string package;
  EntityTag etag;
  base::Instant expires_at;
  std::uint64_t arrival = 0;  // order of arrival of the state within the resource; a refresh keeps it
  Source source = Source::pua;
  std::string content_type;
  SharedText body;  // as published; the parsed document is derived
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
};

enum class SubscriptionState { pending, active, waiting, terminated };

struct WatcherIdentity {
  std::string uri;      // normal form; empty = anonymous
  std::string display;  // display name, may be empty
  bool anonymous() const { return uri.empty(); }
  bool operator==(const WatcherIdentity&) const = default;
};

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
};

// One change of one resource's state. All changes of one commit take effect or none.
struct PutPublication {
  PublicationRecord record;
};
struct RetagPublication {  // a refresh: small on disk
  EntityTag old_etag, etag;
  base::Instant expires_at;
};
struct DropPublication {
  EntityTag etag;
};
struct PutDialog {
  DialogRecord record;
};
struct DropDialog {
  DialogTag tag;
};
struct PutSubscription {
  SubscriptionRecord record;
};
struct DropSubscription {
  SubscriptionId id = 0;
};
using RecordChange = std::variant<PutPublication, RetagPublication, DropPublication, PutDialog, DropDialog,
                                  PutSubscription, DropSubscription>;

}  // namespace presentia::ports
