// What a shard is asked to do: the values that go through its inbox, and the way to another shard's inbox.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "as/base/inbox.h"
#include "as/base/partition.h"
#include "as/event/machine.h"
#include "as/ports/operation.h"
#include "as/ports/records.h"
#include "as/ports/sip_port.h"
#include "as/ports/subscriber_data.h"
#include "as/runtime/document_table.h"
#include "as/runtime/inquiry.h"

namespace presentia::runtime {

// An in-process subscription: the watcher's identity is authorised like one that came by SIP.
struct FeedRequest {
  ports::Resource resource;  // normal form
  std::string package;
  ports::WatcherIdentity watcher;
  base::Seconds expires{};
};
// Called on the subscriber's shard with each new state; after one that is terminated, never again.
using FeedSink = std::function<void(const event::Deliver&)>;

// Where feeds are opened. Any thread.
class Feeds {
 public:
  virtual ~Feeds() = default;
  // `sink` is called on the shard of `subscriber` with each state of the resource, first with the present one, and last
  // with a terminated one unless the feed was closed. A subscriber in a partition may only touch that partition's state
  // from the sink. The feed is authorised as any subscription of that watcher.
  virtual ports::FeedKey open_feed(base::Partition subscriber, FeedRequest request, FeedSink sink) = 0;
  // The sink is not called any more once the subscriber's shard has seen this.
  virtual void close_feed(const ports::FeedKey& key) = 0;
};

struct RequestWork {
  base::Partition partition = 0;
  ports::Resource resource;  // empty: known by the dialog tag only
  std::unique_ptr<ports::SipRequest> request;
  base::Instant posted{};
  event::SubscriberPtr subscriber = {};  // where it came from another identity of the same user
};
struct RegistrationWork {  // to the resource's shard
  ports::Resource resource;
  ports::RegistrationReport report;
};
struct OutcomeWork {
  ports::SipOutcome outcome;
  base::Instant posted{};
};
struct CommitWork {
  base::Partition partition = 0;
  std::uint64_t number = 0;  // of the partition's gate
  bool durable = false;
};
struct SettingsWork {};  // attributes changed
struct FeedAttach {      // to the subscriber's shard
  ports::FeedKey key;
  FeedRequest request;
  FeedSink sink;
};
struct FeedDetach {
  ports::FeedKey key;
};                 // to the subscriber's shard
struct FeedOpen {  // to the resource's shard
  ports::FeedKey key;
  FeedRequest request;
};
struct FeedClose {  // to the resource's shard
  ports::FeedKey key;
  ports::Resource resource;
};
struct FeedDelivery {
  event::Deliver delivery;
};                       // to the subscriber's shard
struct DocumentFollow {  // to the document's shard
  ports::DocumentKey key;
  Dependent dependent;
};
struct DocumentUnfollow {  // likewise
  ports::DocumentKey key;
  Dependent dependent;
};
struct DocumentArrived {  // likewise
  ports::DocumentKey key;
  event::DocumentState state;
};
struct DocumentTold {  // to the resource's shard
  ports::DocumentKey key;
  Dependent dependent;
  event::DocumentStatePtr state;
  bool losses_only = false;
};
struct SubscriberArrived {  // to the user's shard: an answer of the HSS
  ports::Resource user;
  std::unique_ptr<ports::SubscribeResult> result;
  enum class To : std::uint8_t { subscription, reading, rest } to{};  // rest: of what it does not tell changes of
};
struct SubscriberPushed {  // to the user's shard: the HSS tells without being asked
  ports::Resource user;
  std::unique_ptr<ports::PushedData> data;
  ports::SubscriberObserver::Answer answer;
};
struct HssReturned {};  // to all shards: it can be asked again, and what it told meanwhile was lost
struct CanonicalTold {  // to the canonical resource's shard
  ports::Resource canonical;
  event::AliasTold told;
};
struct LinksLost {  // to all shards: the resources of that partition have forgotten what aliases told them
  base::Partition partition = 0;
};
struct DrainWork {
  ports::DrainMode mode{};
};
struct InspectWork {
  std::unique_ptr<Inquiry> inquiry;
  bool forwarded = false;  // it named an alias, and is about the canonical resource now
};                         // a listing to any shard, else to that of the presentity
struct StopWork {};

using Work = std::variant<RequestWork, OutcomeWork, CommitWork, SettingsWork, FeedAttach, FeedDetach, FeedOpen,
                          FeedClose, FeedDelivery, DocumentFollow, DocumentUnfollow, DocumentArrived, DocumentTold,
                          DrainWork, InspectWork, StopWork, RegistrationWork, SubscriberArrived, SubscriberPushed,
                          HssReturned, CanonicalTold, LinksLost>;

// Posts to the shard that owns a partition.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // False if refused (see base::Inbox::post). Any thread.
  virtual bool post(base::Partition partition, base::Lane lane, Work work) = 0;
};

}  // namespace presentia::runtime
