// The event framework [RFC6665, RFC3903] as a pure state machine over one resource: decide what an event changes and
// makes visible, apply the changes, then decide which NOTIFYs the new state owes. No I/O, no clock, no thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "as/base/tokens.h"
#include "as/event/packages.h"
#include "as/event/state.h"
#include "as/ports/registration.h"
#include "as/ports/sip_port.h"

namespace presentia::event {

// What may be sent at this moment beside what is under way. Asked for each NOTIFY that is owed and that neither its
// dialog nor its pacing holds back; what may not be sent stays owed, so that its turn brings the newest state.
class SendBudget {
 public:
  enum class Answer { send, wait_for_turn, wait_a_while };
  virtual ~SendBudget() = default;
  // `hop`: see hop_of() in dialog.h. `first`: an end or a loss of rights, which goes before all others.
  virtual Answer ask(std::uint64_t hop, bool first) = 0;
};

struct Context {
  base::Instant now;
  const mgmt::Snapshot& settings;
  const Packages& packages;
  base::Tokens& tokens;
  base::Partition partition = 0;  // of the resource
  base::Instant copies_until{};   // until then requests may be copies of what was done before a restart (mark.h)
  SendBudget* budget = nullptr;   // null: everything may be sent
};

// --- Events ---------------------------------------------------------------------------------------------------------

struct PublishArrived {
  ports::SipRequest request;
};  // admitted (admission.h)
struct RegisterArrived {
  ports::SipRequest request;
};  // admitted; a third-party REGISTER
struct RegistrationReported {
  ports::RegistrationReport report;
};                       // by another source
struct SubscriberTold {  // what the HSS says of the resource
  SubscriberPtr subscriber;
};
struct AliasTold {  // by an alias of this resource; null: nothing is published there any more
  ports::Resource alias;
  AliasStatePtr published;
};
struct LinkAsked {};  // the canonical resource may have lost what an alias told it
struct SubscribeArrived {
  ports::SipRequest request;
};                       // admitted; initial, in a dialog, or a fetch
struct NotifyFinished {  // the outcome of a Notify action
  ports::DialogTag dialog;
  std::uint32_t cseq = 0;
  ports::SipOutcome outcome;
};
struct AnsweredKey {  // the removal with that mark is forgotten
  std::uint64_t hash = 0;
  auto operator<=>(const AnsweredKey&) const = default;
};
struct HeldKey {  // the request that was held waits no longer
  std::uint64_t id = 0;
  auto operator<=>(const HeldKey&) const = default;
};
struct AskedKey {  // what an operator asked waits no longer
  std::uint64_t id = 0;
  auto operator<=>(const AskedKey&) const = default;
};
struct RegistrationKey {  // what is known of the registration may be another
  auto operator<=>(const RegistrationKey&) const = default;
};
struct RightsKey {  // a verdict may have become another
  auto operator<=>(const RightsKey&) const = default;
};
using TimerKey =
    std::variant<ports::EntityTag, ports::SubscriptionId, AnsweredKey, HeldKey, RightsKey, AskedKey, RegistrationKey>;
struct TimerDue {
  TimerKey key;
};
struct PolicyChanged {     // attributes or rules changed: every subscription is decided again
  bool show_again = true;  // and what is shown, too, where the decision is the same
};
struct DocumentChanged {  // one that is followed
  ports::DocumentKey key;
  DocumentStatePtr state;
  bool losses_only = false;  // who loses rights is told now, all others by a further event
};
struct FeedOpened {  // an in-process subscription, authorised like any other; opening it again starts it anew
  ports::FeedKey feed;
  std::string package;
  ports::WatcherIdentity watcher;
  base::Seconds expires{};
};
struct FeedClosed {
  ports::FeedKey feed;
};
// Ends one subscription (id), or all of a package (id 0), from inside: deactivated, probation, rejected, giveup,
// noresource [RFC6665 4.1.3].
struct EndSubscriptions {
  ports::SubscriptionId id = 0;
  std::string package;
  WatcherEvent reason = WatcherEvent::deactivated;
  std::optional<base::Seconds> retry_after;
  bool invariant = false;  // sent as reason=invariant
};
// Ends a publication from inside; its watchers are told.
struct EndPublication {
  ports::EntityTag etag;
};
// Sends the newest state again to one subscription (id), or to all (id 0), whatever was sent last.
struct NotifyAgain {
  ports::SubscriptionId id = 0;
};
// So many NOTIFYs of those that wait for their turn may be sent now.
struct TurnToSend {
  std::size_t count = 0;
};
// An operator's question needs the documents that decide. Exactly one DocumentsReady with that id answers it, after
// isc.answer_within_ms at the latest.
struct DocumentsAsked {
  std::uint64_t id = 0;   // of the asker: never twice
  DocumentPtr candidate;  // a rules document that is tried; the lists that it names are needed too
};
using Event = std::variant<PublishArrived, SubscribeArrived, NotifyFinished, TimerDue, PolicyChanged, FeedOpened,
                           FeedClosed, EndSubscriptions, EndPublication, NotifyAgain, TurnToSend, DocumentChanged,
                           DocumentsAsked, RegisterArrived, RegistrationReported, SubscriberTold, AliasTold, LinkAsked>;

// --- Changes --------------------------------------------------------------------------------------------------------

// Changes of what is not stored.
struct PublicationParsed {
  ports::EntityTag etag;
  DocumentPtr document;
};
struct SubscriptionDecided {
  ports::SubscriptionId id = 0;
  Verdict verdict;
};
struct SubscriptionUndecided {  // nothing is known of a document that matters
  ports::SubscriptionId id = 0;
  Undecided since{};
};
struct DocumentHeld {
  ports::DocumentKey key;
  DocumentStatePtr state;  // null: asked for
};
struct DocumentLeft {
  ports::DocumentKey key;
};  // not followed any more
struct RequestHeld {
  HeldRequest request;
};  // under the id next_held
struct RequestReleased {
  std::uint64_t id = 0;
};
struct QuestionHeld {
  std::uint64_t id = 0;
  AskedQuestion question;
};
struct QuestionReleased {
  std::uint64_t id = 0;
};
struct NotifyAbandoned {
  ports::DialogTag dialog;
};  // what is outstanding there is none any more
struct SubscriptionDirty {
  ports::SubscriptionId id = 0;
  bool forced = false;
  bool full = false;
  bool urgent = false;
};
struct SubscriptionEnding {
  ports::SubscriptionId id = 0;
  Ending ending;
};
struct SubscriptionGone {
  ports::SubscriptionId id = 0;
};  // from memory; its record was dropped before or with it
struct WatcherMoved {
  ports::SubscriptionId id = 0;
  WatcherEvent event{};
};
struct WatcherReported {
  ports::SubscriptionId to = 0;
  WatcherView watcher;
};  // to a template subscription
struct NotifyStarted {
  ports::DialogTag dialog;  // empty for a feed
  ports::SubscriptionId id = 0;
  std::uint32_t cseq = 0;
  base::Instant not_before;
  std::uint64_t digest = 0;
  std::uint64_t basis = 0;
  base::Instant at{};
};
struct NotifySkipped {
  ports::SubscriptionId id = 0;
};  // nothing new for this watcher
struct NotifyEnded {
  ports::DialogTag dialog;
  ports::OutcomeKind outcome = ports::OutcomeKind::response;
  int status = 0;
  bool silent = false;
};  // the dialog may send again
struct NotifyParked {
  ports::SubscriptionId id = 0;
  bool first = false;
};  // waits for its turn
struct TurnCame {
  std::size_t count = 0;
};  // so many that waited longest are owed again
struct NotifyPostponed {
  ports::SubscriptionId id = 0;
  base::Instant until;
};  // and owed again then
struct LastNotifySent {
  ports::SubscriptionId id = 0;
};                    // of one that lives on as a waiting watcher
struct OwedSwept {};  // all that was owed has been looked at
struct SubscriberKnown {
  SubscriberPtr subscriber;
};
struct AliasHeld {  // null: nothing is published there any more
  ports::Resource alias;
  AliasStatePtr published;
};

using VolatileChange =
    std::variant<PublicationParsed, SubscriptionDecided, SubscriptionDirty, SubscriptionEnding, SubscriptionGone,
                 WatcherMoved, WatcherReported, NotifyStarted, NotifySkipped, NotifyEnded, NotifyPostponed, OwedSwept,
                 LastNotifySent, NotifyParked, TurnCame, SubscriptionUndecided, DocumentHeld, DocumentLeft, RequestHeld,
                 RequestReleased, NotifyAbandoned, QuestionHeld, QuestionReleased, SubscriberKnown, AliasHeld>;
// In the order in which they are to be applied; the records among them are what the store is handed.
using Change = std::variant<ports::RecordChange, VolatileChange>;

// --- Actions --------------------------------------------------------------------------------------------------------

struct Respond {
  ports::RequestKey key;
  ports::SipResponse response;
};
struct Notify {
  ports::DialogTag dialog;  // a fetch has one too, which no state belongs to
  std::uint32_t cseq = 0;
  ports::SipOutgoing request;
  std::uint64_t hop = 0;                    // hop_of() its dialog
  std::shared_ptr<const void> permit = {};  // of the runtime: counts it as under way until it is dropped
};
struct Abandon {
  ports::DialogTag dialog;
  std::uint32_t cseq = 0;
};                // the outstanding NOTIFY with that CSeq
struct Deliver {  // to an in-process subscriber
  ports::FeedKey feed;
  ports::Resource resource;
  std::string package;
  std::uint32_t sequence = 0;  // rises by one per delivery of a feed
  ports::SubscriptionState state = ports::SubscriptionState::pending;
  WatcherEvent reason = WatcherEvent::subscribe;  // meaningful when terminated
  Body body;
};
struct Arm {
  TimerKey key;
  base::Instant at;
};  // at the latest then, TimerDue; replaces an earlier Arm of the key
struct Disarm {
  TimerKey key;
};
struct Follow {
  ports::DocumentKey key;
};  // DocumentChanged tells of it from now on, first what is known
struct Unfollow {
  ports::DocumentKey key;
};
struct DocumentsReady {  // or not to be had in time; only then some are not known
  std::uint64_t id = 0;
  HeldDocuments documents;  // as they are now; some may not be followed any more
};
struct TellCanonical {  // AliasTold, to that resource
  ports::Resource canonical;
  AliasTold told;
};
struct Count {
  std::string_view what;
  std::string label;
};  // "publish" "200", "refused" "pidf.no-entity"…
// In the order in which they are to be run.
using Action = std::variant<Respond, Notify, Abandon, Deliver, Arm, Disarm, Count, Follow, Unfollow, DocumentsReady,
                            TellCanonical>;

struct Decision {
  std::vector<Change> changes;
  std::vector<Action> actions;
};

// What the event changes and what is answered. Pure.
[[nodiscard]] Decision decide(const ResourceState& state, const Event& event, const Context& context);
// The NOTIFYs that the state owes and may send now, and the timers for those that must wait. Pure.
[[nodiscard]] Decision decide_notifies(const ResourceState& state, const Context& context);
// Applies one change. A change whose subject is gone does nothing.
void apply(ResourceState& state, const Change& change);

// decide and apply, then the same for what follows from it: documents that are needed now, or no more
// (rights.h), rights that are others now, requests that need wait no longer, and last the NOTIFYs that the new state
// owes. The state is the new one, and the result is all that was changed and is to be done. `packages`' parse and
// render run inside. `observe`, if set, is shown each decision with the state that it was made in.
using Observer = std::function<void(const ResourceState& before, const Decision& decision)>;
[[nodiscard]] Decision step(ResourceState& state, const Event& event, const Context& context,
                            const Observer& observe = {});

// Gives the moment at which the next NOTIFY that a start owes may go (restart.notify_rate).
using Turns = std::function<base::Instant()>;

// After a load from the store: parses publications, arms what expires, and owes the newest state, in its turn, to each
// watcher that may not have it. Changes no record. Call once per loaded resource, then step() as usual, first with
// PolicyChanged: rules may have changed meanwhile.
[[nodiscard]] Decision resume(ResourceState& state, const Context& context, const Turns& turns);

}  // namespace presentia::event
