// How an operator looks into the core and acts on it while it runs: values in, values out. Implemented by as/runtime,
// used by mgmt/service.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/base/time.h"
#include "as/ports/documents.h"
#include "as/ports/explanation.h"
#include "as/ports/records.h"

namespace presentia::ports {

enum class InspectTrouble {
  unknown,     // there is no such presentity, subscription or publication
  invalid,     // the question itself is wrong
  impossible,  // not in its state
  busy,        // too many ask already
  late,        // no answer in time; what was ordered may still be done
  unserved     // the presentity's state is being loaded, or the order could not be stored
};
struct InspectError {
  InspectTrouble trouble = InspectTrouble::unknown;
  std::string text;  // for people
};
template <class T>
using Inspected = base::Result<T, InspectError>;

// --- What there is --------------------------------------------------------------------------------------------------

struct PublicationInfo {
  Resource presentity;
  std::string package;
  EntityTag etag;
  Source source = Source::pua;
  std::uint64_t arrival = 0;
  base::Instant expires_at{};
  std::string content_type;
  std::size_t size = 0;  // bytes of the body as published
};

struct NotifyInfo {
  base::Instant at{};
  std::uint32_t cseq = 0;
  std::optional<OutcomeKind> outcome;  // nullopt: no answer yet
  int status = 0;                      // of the outcome
};

struct SubscriptionInfo {
  Resource presentity;
  SubscriptionId id = 0;
  std::string package;
  std::optional<std::string> event_id;
  WatcherIdentity watcher;
  SubscriptionState state = SubscriptionState::pending;
  WatcherEvent last_event = WatcherEvent::subscribe;
  base::Instant subscribed_at{};
  base::Instant expires_at{};
  std::string body_type;
  std::string call_id, target;  // of its dialog; empty without one
  bool in_process = false;
  std::optional<NotifyInfo> last_notify;     // since the start of this process
  std::optional<base::Instant> next_notify;  // one is owed, and is held back until then by pacing or Retry-After
};

// Which publications an element of a composed document was made of.
struct ElementOrigin {
  std::string element;           // "tuple"
  std::string id;                // in the document
  std::vector<EntityTag> etags;  // oldest first
};
struct DocumentInfo {
  std::string package, content_type;
  SharedText body;  // null: there is none
  std::vector<ElementOrigin> elements;
};
struct RegistrationInfo {
  RegistrationRecord record;
  std::optional<RegistrationSource> counts;  // whose word is shown to watchers; nullopt: nobody's
};
// What the HSS has said of the user, as far as the core goes by it.
struct KnownUser {
  bool unknown = false;
  Resource canonical;                // whose presentity it is
  std::vector<Resource> identities;  // of one user with it, itself among them
  std::string s_cscf;
  std::optional<bool> registered;
  bool barred = false;  // by its service profile
};
// The presentity of an alias that holds nothing is shown as what it is: its canonical identity's.
struct PresentityInfo {
  Resource presentity;
  std::vector<PublicationInfo> publications;
  std::vector<SubscriptionInfo> subscriptions;  // the first kMostShown
  std::size_t subscriptions_held = 0;
  std::vector<DocumentInfo> documents;                // one for each package that something is published for
  std::optional<RegistrationInfo> registration = {};  // nullopt: nothing is known of it
  std::optional<KnownUser> user = {};                 // nullopt: the HSS has said nothing
};
inline constexpr std::size_t kMostShown = 1000;

enum class FollowedState : std::uint8_t {
  good,
  absent,       // the server says that there is none
  bad,          // its newest text cannot be read
  stale,        // it cannot be had now; the last that was good or absent counts on for a time
  unavailable,  // it cannot be had, and nothing else counts
  waiting       // no answer yet
};
inline constexpr FollowedState kFollowedStates[] = {FollowedState::good,        FollowedState::absent,
                                                    FollowedState::bad,         FollowedState::stale,
                                                    FollowedState::unavailable, FollowedState::waiting};
[[nodiscard]] constexpr std::string_view word(FollowedState state) {
  constexpr std::string_view kWords[] = {"good", "absent", "bad", "stale", "unavailable", "waiting"};
  return kWords[static_cast<std::size_t>(state)];
}

// A document of others, or an element of one, that is followed.
struct FollowedDocument {
  DocumentKey key;
  FollowedState state = FollowedState::waiting;
  std::string etag = {};                           // of its newest text; empty: none
  std::optional<base::Instant> read_at = {};       // when what is known of it was last told as new; nullopt: never
  std::optional<base::Instant> confirmed_at = {};  // when a server last said that it is so; nullopt: not known
  Following following = Following::none;
  std::size_t presentities = 0;  // that depend on it; 0: it is kept for a while (rules.cache.keep_s)
  std::string why = {};          // bad, stale, unavailable: the reason
  bool last_good = false;        // bad: an older text, which could be read, is in force
};

// --- Questions and orders -------------------------------------------------------------------------------------------

// In patterns * stands for any text; without * they are URIs in normal form.
struct ListQuestion {
  std::string presentity = {};  // pattern; empty: all
  std::string watcher = {};     // pattern; if not empty, no publications
  std::string package = {};     // empty: all
  std::string domain = {};      // of the presentity, lower case; empty: all
  bool publications = true;
  bool subscriptions = true;
  std::size_t limit = kMostShown;  // of entries
  std::string cursor = {};         // of the page before; empty: from the beginning
};
struct ListPage {
  std::vector<PublicationInfo> publications;
  std::vector<SubscriptionInfo> subscriptions;
  std::string cursor;        // of the next page; empty: this is the last
  std::size_t unserved = 0;  // partitions left out
};

struct DocumentsQuestion {
  std::string prefix = {};                  // of the path below the XCAP root; empty: all
  std::optional<FollowedState> state = {};  // nullopt: all
  std::size_t limit = kMostShown;           // of documents
  std::string cursor = {};                  // of the page before; empty: from the beginning
};
struct DocumentsPage {
  std::vector<FollowedDocument> documents;
  std::string cursor;  // of the next page; empty: this is the last
};

// The presentity of these is a resource in normal form.
struct TerminateOrder {
  Resource presentity;
  SubscriptionId id = 0;
  WatcherEvent reason = WatcherEvent::deactivated;
  std::optional<base::Seconds> retry_after;
};
struct DropOrder {
  Resource presentity;
  EntityTag etag;
};
struct RenotifyOrder {
  Resource presentity;
  SubscriptionId id = 0;  // 0: all
};

// --- Events as they happen ------------------------------------------------------------------------------------------

enum class EventKind {
  publication_created,
  publication_refreshed,
  publication_modified,
  publication_removed,
  publication_expired,
  publication_dropped,
  subscription_created,
  subscription_refreshed,
  subscription_decided,
  subscription_ended,
  subscription_expired,
  notify_sent,
  notify_finished,
  request_refused
};
// "publication.created"
[[nodiscard]] constexpr std::string_view word(EventKind kind) {
  switch (kind) {
    case EventKind::publication_created:
      return "publication.created";
    case EventKind::publication_refreshed:
      return "publication.refreshed";
    case EventKind::publication_modified:
      return "publication.modified";
    case EventKind::publication_removed:
      return "publication.removed";
    case EventKind::publication_expired:
      return "publication.expired";
    case EventKind::publication_dropped:
      return "publication.dropped";
    case EventKind::subscription_created:
      return "subscription.created";
    case EventKind::subscription_refreshed:
      return "subscription.refreshed";
    case EventKind::subscription_decided:
      return "subscription.decided";
    case EventKind::subscription_ended:
      return "subscription.ended";
    case EventKind::subscription_expired:
      return "subscription.expired";
    case EventKind::notify_sent:
      return "notify.sent";
    case EventKind::notify_finished:
      return "notify.finished";
    case EventKind::request_refused:
      return "request.refused";
  }
  return "request.refused";
}

struct CoreEvent {
  base::Instant at{};
  EventKind kind = EventKind::request_refused;
  Resource presentity;  // normal form; of a refused request its Request-URI where it did not get further
  std::string package;
  std::string watcher;  // empty: anonymous, or none
  SubscriptionId subscription = 0;
  EntityTag etag;
  std::string method;  // of a refused request
  int status = 0;
  std::uint32_t cseq = 0;  // of a NOTIFY
  std::string detail;      // state, reason or outcome
  std::string call_id;
};

// Events from the moment on when it was made until it ends. One thread at a time.
class EventTail {
 public:
  virtual ~EventTail() = default;
  // Appends what has happened since the last call, by time; gives how many events were lost. Never waits.
  virtual std::uint64_t take(std::vector<CoreEvent>& out) = 0;
};

// Any thread that may wait: each call takes at most `within`.
class Inspection {
 public:
  virtual ~Inspection() = default;
  [[nodiscard]] virtual Inspected<ListPage> list(const ListQuestion& question, base::Millis within) = 0;
  [[nodiscard]] virtual Inspected<PresentityInfo> show(const Resource& presentity, base::Millis within) = 0;
  // The documents of XDM servers that are followed, each once.
  [[nodiscard]] virtual Inspected<DocumentsPage> documents(const DocumentsQuestion& question, base::Millis within) = 0;
  // Why a watcher sees what it sees. The documents that decide are fetched if they are not held, for
  // isc.answer_within_ms at most; what is not known by then is said. Leaves nothing behind.
  [[nodiscard]] virtual Inspected<ExplainInfo> explain(const ExplainQuestion& question, base::Millis within) = 0;
  // How many subscriptions it was about: those ended, those to be notified, the watchers of what was dropped. The
  // answer comes when the order is durable.
  [[nodiscard]] virtual Inspected<std::size_t> terminate(const TerminateOrder& order, base::Millis within) = 0;
  [[nodiscard]] virtual Inspected<std::size_t> drop(const DropOrder& order, base::Millis within) = 0;
  [[nodiscard]] virtual Inspected<std::size_t> renotify(const RenotifyOrder& order, base::Millis within) = 0;
  // A few at a time, else busy. At once.
  [[nodiscard]] virtual Inspected<std::unique_ptr<EventTail>> tail() = 0;
};

}  // namespace presentia::ports
