// Everything the framework knows about one resource: its publications, dialogs and subscriptions. A value; owned by the
// shard of its partition; changed only by apply() (machine.h). What is not in a record (ports/records.h) can be lost.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "as/event/package.h"
#include "as/event/subscriber.h"
#include "as/ports/records.h"
#include "as/ports/sip_port.h"

namespace presentia::event {

struct Publication {
  ports::PublicationRecord record;
  DocumentPtr document;
  std::size_t size = 0;      // bytes of the body, which is not kept here
  std::uint64_t digest = 0;  // of the body, where the network published it
};

// Publications of one package, oldest arrival first.
struct PublishedState {
  std::vector<Publication> publications;
  ports::PublishedRecord record;
};

// What is published under an alias, by package; immutable, as its resource told it.
using AliasState = std::map<std::string, std::vector<Publication>, std::less<>>;
using AliasStatePtr = std::shared_ptr<const AliasState>;

struct Outstanding {  // the NOTIFY of a dialog that has no answer yet
  std::uint32_t cseq = 0;
  ports::SubscriptionId subscription = 0;
};

struct Dialog {
  ports::DialogRecord record;
  std::uint32_t local_cseq = 0;  // of the last NOTIFY
  std::optional<Outstanding> outstanding;
  std::uint32_t silences = 0;  // NOTIFYs in a row that nobody answered
  std::vector<ports::SubscriptionId> subscriptions;
  ports::SharedText fixed;  // header lines of our requests that stay the same; derived from record.info
};

// Why a subscription ends, until its last NOTIFY is on its way.
struct Ending {
  WatcherEvent reason = WatcherEvent::timeout;
  std::optional<base::Seconds> retry_after;
  bool rights_lost = false;  // says nothing of the state any more and waits for nothing
  bool invariant = false;    // the state cannot change any more [RFC6665 4.1.3]
};

// For those who look in from outside.
struct LastNotify {
  base::Instant at{};  // the epoch: none since the start of this process
  std::uint32_t cseq = 0;
  int status = 0;  // 0: no answer yet
  ports::OutcomeKind outcome = ports::OutcomeKind::response;
};

// What is shown to a watcher about whom nothing can be decided before documents arrive: nothing more. `restored`: so
// since a start; `running`: documents changed.
enum class Undecided : std::uint8_t { no, restored, running };

struct Subscription {
  ports::SubscriptionRecord record;
  View view;
  Undecided undecided = Undecided::no;
  std::optional<base::Instant> view_until;  // of the verdict
  bool view_by_state = false;               // likewise
  std::optional<Ending> ending;
  bool dirty = false;             // the watcher has not been sent the newest state
  bool forced = false;            // the NOTIFY is owed whatever the pacing and the last one said
  bool urgent = false;            // rights were lost: an outstanding NOTIFY of the old content is abandoned
  bool parked = false;            // among `parked` of the resource
  bool full = true;               // template packages: the next document is a full one
  std::uint32_t version = 0;      // template packages: of the next document
  base::Instant not_before{};     // pacing, Retry-After
  std::uint64_t sent_digest = 0;  // of what was last sent
  std::uint64_t sent_basis = 0;   // PublishedRecord::changes of what was last sent
  bool acknowledged = false;      // and it has arrived
  LastNotify last_notify;
  std::map<ports::SubscriptionId, WatcherView> watcher_changes;  // template packages: since the last document
};

// True if it has a watcher to whom NOTIFYs go.
[[nodiscard]] inline bool is_notified(const Subscription& subscription) {
  return !subscription.ending && subscription.record.state != ports::SubscriptionState::waiting;
}

// A SUBSCRIBE about which nothing can be decided before documents arrive. A fetch may have its answer already, and then
// waits for its NOTIFY.
struct HeldRequest {
  std::shared_ptr<const ports::SipRequest> request;
  ports::DialogInfoPtr answered;  // the dialog of a fetch that was answered; null: nothing was
};

// What an operator asks waits for documents too. `candidate`: the rules document that is tried; null: none.
struct AskedQuestion {
  DocumentPtr candidate;
};

// Subscriptions by state, in the order of ports::SubscriptionState; terminated: the last NOTIFY is still owed.
using SubscriptionCounts = std::array<std::uint32_t, 4>;

struct ResourceState {
  ports::Resource resource;
  std::map<std::string, PublishedState, std::less<>> published;  // by package
  std::unordered_map<ports::DialogTag, Dialog> dialogs;
  std::map<ports::SubscriptionId, Subscription> subscriptions;
  std::map<std::uint64_t, ports::AnsweredRecord> answered;  // removals, by the hash of their mark
  std::optional<ports::RegistrationRecord> registration;    // absent: nothing is known of it
  SubscriberPtr subscriber;                                 // what the HSS says, where it was asked
  ports::LinkRecord link;                                   // of an alias; empty: it is none, or nothing is published
  std::map<ports::Resource, AliasStatePtr> aliases;         // what is published under aliases of this resource
  HeldDocuments documents;                                  // followed
  std::map<std::uint64_t, HeldRequest> held;                // in the order of their arrival
  std::uint64_t next_held = 1;
  std::map<std::uint64_t, AskedQuestion> asked;  // by the id that the asker gave
  SubscriptionCounts counts{};                   // of `subscriptions`
  std::vector<ports::SubscriptionId> templates;  // those of template packages
  std::vector<ports::SubscriptionId> owed;       // those to be looked at by the next decide_notifies()
  std::vector<ports::SubscriptionId> parked;     // those whose NOTIFY waits for its turn, in that order

  [[nodiscard]] bool empty() const {
    return dialogs.empty() && subscriptions.empty() && answered.empty() && held.empty() && asked.empty() &&
           documents.empty() && aliases.empty() && !registration && no_publications();
  }
  // True for an identity of its own, in normal form.
  [[nodiscard]] bool is_own(const std::string& identity) const {
    return identity == resource || (subscriber && subscriber->canonical == resource && subscriber->has(identity));
  }
  [[nodiscard]] bool no_publications() const {
    for (const auto& [package, state] : published)
      if (!state.publications.empty()) return false;
    return true;
  }
};

}  // namespace presentia::event
