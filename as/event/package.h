// What an event package tells the framework. The framework knows no package; a package knows no SIP, store or thread.
// All of it is pure: same arguments, same answer, from any shard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/base/time.h"
#include "as/event/documents.h"
#include "as/event/service_profile.h"
#include "as/ports/inspection.h"
#include "as/ports/records.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::event {

// Why something is refused. `status` becomes the status line, `why` the Warning text and the log; `reason` is the
// label of the counter, from a small fixed set ("xml.malformed", "pidf.no-entity").
struct Rejection {
  int status = 400;
  std::string reason;
  std::string why;
};

struct ParseInput {
  const ports::Resource& resource;
  std::string_view content_type;  // lower case, without parameters
  std::string_view body;
  const mgmt::Snapshot& settings;
  std::span<const ports::Resource> identities = {};  // of the same user; with the resource, or none
};

struct Parsed {
  DocumentPtr document;
  std::vector<std::string> remarks;  // tolerated faults, each counted by this label ("pidf.entity-rewritten")
};

// One publication as a package sees it; the span it comes in is ordered by arrival, oldest first.
struct PublicationView {
  const ports::PublicationRecord* record;
  const Document* document;
};

// What a watcher may see. Watchers with the same key share one rendered body.
struct View {
  SubHandling handling = SubHandling::block;
  std::string key;  // further distinction within the package; empty: none
  bool operator==(const View&) const = default;
};

struct WatcherQuestion {
  const ports::Resource& resource;
  const ports::WatcherIdentity& watcher;
  const mgmt::Snapshot& settings;
  const HeldDocuments& documents;
  std::span<const PublicationView> publications;  // what render() would be given
  base::Instant now;
  const Document* candidate = nullptr;            // a rules document to decide by instead of the one in force
  std::optional<SubHandling> without_rules = {};  // where there are no rules; nullopt: as the attributes say
};

struct Verdict {
  View view;
  bool decided = true;                 // false: of a document that matters nothing is known yet
  std::optional<base::Instant> until;  // when it may become another by itself
  bool by_state = false;               // it may become another with what is published
};

struct DocumentsQuestion {
  const ports::Resource& resource;
  const HeldDocuments& documents;
  const mgmt::Snapshot& settings;
  const Document* candidate = nullptr;  // a rules document that is tried instead of the one in force
};

// A decision that is made before the package is asked.
struct Overruling {
  View view;
  std::string_view why;  // for people
};

struct ExplainInput {
  const ports::ExplainQuestion& asked;  // its rules are not looked at again
  const Parsed* candidate;              // of read_candidate(); null: the rules in force decide
  const HeldDocuments& documents;
  std::span<const PublicationView> publications;  // what render() would be given
  bool lost = false;                              // likewise
  base::Instant now;                              // unless another time is asked about
  const mgmt::Snapshot& settings;
  std::optional<SubHandling> without_rules = {};  // as in WatcherQuestion
  std::optional<Overruling> overruled = {};       // nullopt: the package decides
};

struct Body {
  std::string content_type;  // empty: no body
  ports::SharedText bytes;
};

struct RenderInput {
  const ports::Resource& resource;
  const View& view;  // handling allow or polite_block
  std::span<const PublicationView> publications;
  std::string_view content_type;  // one of notification_types()
  base::Instant now;
  const mgmt::Snapshot& settings;
  bool lost = false;  // the last publication ended by expiry, not by removal (the alternative value applies)
};

// What a template package (RFC 3857) is shown of the subscriptions it reports on.
using ports::WatcherEvent;
struct WatcherView {
  ports::SubscriptionId id = 0;
  ports::WatcherIdentity watcher;
  ports::SubscriptionState state = ports::SubscriptionState::pending;
  WatcherEvent event = WatcherEvent::subscribe;
  base::Instant subscribed_at;
  base::Instant expires_at;
};
struct WatcherRender {
  const ports::Resource& resource;
  std::string_view package;  // the package reported on
  bool full = true;
  std::uint32_t version = 0;
  std::span<const WatcherView> watchers;  // all, or those that changed since the version before
  base::Instant now;
};

// What the network says of a resource, of all its sources the one that counts.
struct NetworkView {
  const ports::Resource& resource;
  bool registered = false;
  base::Instant since;                     // so
  std::span<const std::string> instances;  // of the devices, as far as they are known
  const mgmt::Snapshot& settings;
};

class Package {
 public:
  virtual ~Package() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;

  // Content types of bodies it can be published with; empty: it cannot be published (405 and 489 follow from it).
  [[nodiscard]] virtual std::span<const std::string_view> publication_types() const = 0;
  // Content types it can notify with, the default (used without Accept) first.
  [[nodiscard]] virtual std::span<const std::string_view> notification_types() const = 0;

  [[nodiscard]] virtual base::Result<Parsed, Rejection> parse(const ParseInput& input) const = 0;
  [[nodiscard]] virtual Verdict decide_watcher(const WatcherQuestion& question) const = 0;

  // The documents of others that decide about the watchers of the resource or are part of its state, as far as those
  // that are held already tell. Asked again when they change. In order, each once.
  [[nodiscard]] virtual std::vector<ports::DocumentKey> needed_documents(const DocumentsQuestion& /*question*/) const {
    return {};
  }
  // True for documents of that application usage that read_document() can read.
  [[nodiscard]] virtual bool reads(std::string_view /*auid*/) const { return false; }
  // Reads one that is present. The rejection's reason is for counters, its text for people.
  [[nodiscard]] virtual base::Result<Parsed, Rejection> read_document(const ports::DocumentReading& /*reading*/,
                                                                      const mgmt::Snapshot& /*settings*/) const {
    return base::Unexpected{Rejection{500, "document.unknown", "no package reads such documents"}};
  }
  // State of the resource that does not expire, from its documents: composed before all publications. `published`: it
  // has publications. nullopt: none. Refers to the documents.
  [[nodiscard]] virtual std::optional<PublicationView> hard_state(const DocumentsQuestion& /*question*/,
                                                                  bool /*published*/) const {
    return std::nullopt;
  }

  // The publication that the network makes of it (Source::network), of one of publication_types(); nullopt: a package
  // to which registration means nothing. The same bytes for the same view.
  [[nodiscard]] virtual std::optional<Body> network_publication(const NetworkView& /*view*/) const {
    return std::nullopt;
  }

  // The document for one view of the composed state. Called once per distinct view, not per watcher.
  [[nodiscard]] virtual Body render(const RenderInput& input) const = 0;
  // Which publications the elements of the document that render() makes of the same input come from, in its order; none
  // where a package does not tell. For operators: not called in the course of events.
  [[nodiscard]] virtual std::vector<ports::ElementOrigin> origins(const RenderInput& /*input*/) const { return {}; }

  // For operators, too. Reads a rules document that is only tried, within the limits of one that decides.
  [[nodiscard]] virtual base::Result<Parsed, Rejection> read_candidate(std::string_view /*text*/,
                                                                       const mgmt::Snapshot& /*settings*/) const {
    return base::Unexpected{Rejection{500, "document.unknown", "this package knows no rules"}};
  }
  // What led to the decision about a watcher and to what it is shown: the same as decide_watcher() and render() say.
  // nullopt where a package does not tell.
  [[nodiscard]] virtual std::optional<ports::ExplainInfo> explain(const ExplainInput& /*input*/) const {
    return std::nullopt;
  }
};

// A template package reports on the watchers of any other package: "winfo" makes "presence.winfo" of "presence".
class TemplatePackage {
 public:
  virtual ~TemplatePackage() = default;
  [[nodiscard]] virtual std::string_view suffix() const = 0;  // "winfo"
  [[nodiscard]] virtual std::span<const std::string_view> notification_types() const = 0;
  [[nodiscard]] virtual View decide_watcher(const WatcherQuestion& question) const = 0;
  [[nodiscard]] virtual Body render(const WatcherRender& input) const = 0;
};

}  // namespace presentia::event
