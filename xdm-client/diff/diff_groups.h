// Which documents are followed by which xcap-diff subscription [RFC5875], what their NOTIFYs say, and when a document
// has to be looked at because a report may have been missed. Pure but for the calls it makes: told the time, one
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "as/base/time.h"
#include "as/ports/subscription_client.h"
#include "as/xml/reader.h"
#include "proto/config.pb.h"
#include "xdm-client/diff/diff_metrics.h"
#include "xdm-client/xcap/xcap_diff.h"

namespace presentia::xdm {

// Who is told of the documents, under the names by which they are followed. Called on the thread of DiffFollower (of
// whoever calls DiffGroups), must return at once.
class DiffSink {
 public:
  virtual ~DiffSink() = default;
  // From now on changes of it are reported, or not any more: whoever follows it has to poll it then. At first it is not
  // covered.
  virtual void covered(const std::string& document, bool covered) = 0;
  // A change, in the order in which the notifier has them; `sel` is the name of the document.
  virtual void reported(const xcap::DocumentChange& change) = 0;
  // A report on it may have been missed: ask the server for it, with its entity-tag.
  virtual void missed(const std::string& document) = 0;
};

class DiffGroups {
 public:
  // Changes of the set of documents are gathered for so long and sent together.
  static constexpr base::Millis kGather{200};
  // A document that no NOTIFY names so long after it is covered is looked at: it may have changed between its last
  // reading and the subscription, and some notifiers begin with an empty NOTIFY.
  static constexpr base::Millis kConfirm{500};
  // All documents of a subscription are looked at together at most this often because of what cannot be read, which is
  // how often a notifier should send [RFC5875 4.10].
  static constexpr base::Millis kLookEvery{5000};

  // `observer`: who is told by `client`, and tells this. All outlive it.
  DiffGroups(ports::SubscriptionClient& client, ports::SubscriptionObserver& observer, DiffSink& sink,
             DiffMetrics& metrics)
      : client_(client), observer_(observer), sink_(sink), metrics_(metrics) {}

  // The attributes in force; a change of them acts at once.
  void set(const config::XdmDiff& settings, base::Instant now);
  void followed(const std::string& document, base::Instant now);
  void unfollowed(const std::string& document, base::Instant now);
  // A patch of it did not apply: its subscription goes on without patches [RFC5875 4.8].
  void patch_failed(const std::string& document, base::Instant now);

  // See ports::SubscriptionObserver.
  void accepted(ports::SubscriptionHandle handle, std::uint64_t revision, base::Instant now);
  void ended(ports::SubscriptionHandle handle, const ports::SubscriptionEnd& end);
  void notified(ports::SubscriptionHandle handle, const ports::Notification& notification, base::Instant now);
  // A notification was lost on the way to here.
  void missed(ports::SubscriptionHandle handle, base::Instant now);

  void on_time(base::Instant now);
  // When on_time() has something to do; nullopt: not before another call.
  [[nodiscard]] std::optional<base::Instant> next() const;
  // Unsubscribes everything.
  void stop();

 private:
  using GroupId = std::uint64_t;
  struct Document {
    GroupId group = 0;           // 0: there is no notifier
    std::uint64_t revision = 0;  // of the group's list, the first that names it; 0: none yet
    bool covered = false;
    bool confirmed = true;
  };
  struct Group {
    ports::SubscriptionHandle handle = 0;
    std::set<std::string> documents;
    std::set<std::string> collections;  // what it asks for instead of them, if any
    std::size_t covered = 0;            // of them
    std::uint64_t revision = 0;         // of the list sent last
    std::uint64_t accepted = 0;         // of the list that the notifier has
    DiffState state = DiffState::none;
    bool lost = false;         // a subscription was there and ended: reports may be missing
    bool no_patching = false;  // a patch did not apply
    bool failing = false;      // since it was last active
    std::optional<base::Instant> send_at, confirm_at, look_at;
    std::optional<base::Instant> looked;
  };

  void place(const std::string& name, Document& document, base::Instant now);
  [[nodiscard]] GroupId add_group();
  [[nodiscard]] bool is_collected(const std::string& name) const;
  [[nodiscard]] GroupId group_of_collections();
  void gather(Group& group, base::Instant now);
  void send(GroupId id);
  void drop(GroupId id);
  void rebuild(base::Instant now);
  void move(Group& group, DiffState state);
  void cover(Group& group, base::Instant now);
  void cover(const std::string& name, Document& document, Group& group);
  void uncover(Group& group);
  void look(Group& group, base::Instant now);
  void look_soon(Group& group, base::Instant now);
  void confirm(Group& group);
  void read(Group& group, const ports::Notification& notification, base::Instant now);
  void take(const xcap::XcapDiff& diff);
  void take(const xcap::DocumentChange& change, std::string_view root);
  void take_node(std::string_view sel, std::string_view root);
  // The followed document that a 'sel' names, or is in; nullptr: none.
  [[nodiscard]] std::pair<const std::string, Document>* named(std::string_view sel, std::string_view root);
  [[nodiscard]] Group* of(ports::SubscriptionHandle handle);
  [[nodiscard]] config::XdmDiff::Processing processing(const Group& group) const;

  ports::SubscriptionClient& client_;
  ports::SubscriptionObserver& observer_;
  DiffSink& sink_;
  DiffMetrics& metrics_;
  config::XdmDiff settings_;
  std::unordered_map<std::string, Document> documents_;
  std::map<GroupId, Group> groups_;
  std::set<GroupId> roomy_;            // may take further documents
  std::set<std::string> collections_;  // that are subscribed to as a whole; each ends with '/'
  GroupId of_collections_ = 0;         // the group that does; 0: none
  std::unordered_map<ports::SubscriptionHandle, GroupId> by_handle_;
  GroupId last_group_ = 0;
  bool had_ = false;  // subscriptions to an earlier notifier
  xml::Reader reader_;
};

}  // namespace presentia::xdm
