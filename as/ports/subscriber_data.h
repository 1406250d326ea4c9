// What an HSS says about users over Sh: what the core asks, and what it is told unasked [TS29.328 6.1]. Values only;
// nobody outside `diameter` knows of Diameter messages or of XML.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/base/time.h"
#include "as/ports/subscriber_record.h"

namespace presentia::ports {

// One of both; a public identity counts where both are given [TS29.329 6.3.1].
struct UserIdentity {
  std::string public_identity;  // SIP or tel URI
  std::string msisdn = {};      // digits, international, without +
  bool operator==(const UserIdentity&) const = default;
};

// Why there is no answer, or a refusal [TS29.329 6.2, RFC6733 7.1]. The words are those of metrics and logs.
enum class SubscriberFault : std::uint8_t {
  // what the HSS says, and will say again
  unknown_user,           // 5001
  data_not_recognized,    // 5100
  operation_not_allowed,  // 5101
  cannot_be_read,         // 5102
  cannot_be_modified,     // 5103
  cannot_be_notified,     // 5104
  out_of_sync,            // 5105; an update has been tried anew, with what the HSS has, before it is told
  data_absent,            // 5106: what is to be subscribed to does not exist
  no_subscription,        // 5107
  dsai_not_available,     // 5108
  too_much_data,          // 5008
  feature_unsupported,    // 5011, 5012 of 3GPP, also without the optional features
  identities_differ,      // 5002
  // passing
  data_not_available,  // 4100, and the time of the question was over before it was
  update_in_progress,  // 4101, likewise
  too_busy,            // 3004, of all peers
  peer_away,           // no peer is connected and in use
  undeliverable,       // 3002, 3003, of all peers
  timed_out,           // nobody answered in time
  queue_full,          // sh.max_in_flight questions are under way
  stopped,             // the client stops
  // neither
  refused,           // any other code: see the text
  malformed_answer,  // the answer lacks what it must have, or its Sh-Data is none
  bad_question,      // lacks what the reference needs [TS29.328 7.6]: was not sent
  off,               // no peer is configured: was not sent
};
inline constexpr int kSubscriberFaults = 25;
[[nodiscard]] constexpr std::string_view word(SubscriberFault fault) {
  constexpr std::string_view kWords[kSubscriberFaults] = {"unknown_user",
                                                          "data_not_recognized",
                                                          "operation_not_allowed",
                                                          "cannot_be_read",
                                                          "cannot_be_modified",
                                                          "cannot_be_notified",
                                                          "out_of_sync",
                                                          "data_absent",
                                                          "no_subscription",
                                                          "dsai_not_available",
                                                          "too_much_data",
                                                          "feature_unsupported",
                                                          "identities_differ",
                                                          "data_not_available",
                                                          "update_in_progress",
                                                          "too_busy",
                                                          "peer_away",
                                                          "undeliverable",
                                                          "timed_out",
                                                          "queue_full",
                                                          "stopped",
                                                          "refused",
                                                          "malformed_answer",
                                                          "bad_question",
                                                          "off"};
  return kWords[static_cast<std::size_t>(fault)];
}
// Asking the same again may have another result without anybody changing the HSS.
[[nodiscard]] constexpr bool is_passing(SubscriberFault fault) {
  return fault >= SubscriberFault::data_not_available && fault <= SubscriberFault::stopped;
}

struct SubscriberError {
  SubscriberFault fault = SubscriberFault::refused;
  std::uint32_t code = 0;  // Result-Code or Experimental-Result-Code; 0: no answer
  std::string text = {};   // for people
};

// Which data of a user. Keys that a reference does not use are not sent [TS29.328 7.6].
struct DataKeys {
  std::vector<DataReference> references;         // each once; at least one
  std::vector<std::string> service_indications;  // repository_data: at least one
  std::string server_name = {};                  // initial_filter_criteria, dsai: SIP URI of this server
  std::vector<IdentitySet> identity_sets = {};   // ims_public_identity; empty: the HSS's default
  std::optional<AccessDomain> domain = {};       // location_information, user_state: needed
  bool current_location = false;                 // page for it
  std::vector<std::string> dsai_tags = {};       // dsai: at least one
  std::string private_identity = {};             // narrows where a public identity is shared
};

struct ReadQuestion {
  UserIdentity user;
  DataKeys keys;
};
struct FailedReference {
  DataReference reference;
  SubscriberError error;
};
struct ReadAnswer {
  SubscriberRecord record;
  std::vector<FailedReference> failed;  // refused while others were answered
};
using ReadResult = base::Result<ReadAnswer, SubscriberError>;

struct UpdateQuestion {
  UserIdentity user;
  std::string service_indication;
  std::optional<std::string> service_data;  // XML, well-formed content of ServiceData; nullopt: to be deleted
  // Number of the data that it is based on; nullopt: there was none. If the HSS has another, it is read and the update
  // done on top of that, unless `only_if_current`.
  std::optional<std::uint16_t> based_on;
  bool only_if_current = false;
};
struct UpdateAnswer {
  std::uint16_t sequence_number = 0;  // of what is stored now; of the deletion, if it was one
};
using UpdateResult = base::Result<UpdateAnswer, SubscriberError>;

struct SubscribeQuestion {
  UserIdentity user;
  DataKeys keys;
  bool send_data = true;                         // with the data as it is now [TS29.328 6.1.3]
  std::optional<base::Instant> expires_at = {};  // asked for; nullopt: no end
};
struct SubscribeAnswer {
  SubscriberRecord record;                  // where the data was asked for, and the HSS gave it
  std::optional<base::Instant> expires_at;  // as the HSS says; nullopt: no end
  std::optional<base::Instant> renew_at;    // when to subscribe again so that nothing is missed
  std::vector<FailedReference> failed;      // no subscription to these
};
using SubscribeResult = base::Result<SubscribeAnswer, SubscriberError>;
using UnsubscribeResult = base::Result<base::Done, SubscriberError>;

enum class PeerPhase : std::uint8_t {
  closed,      // no connection; one is tried again
  connecting,  // on the way
  open,        // in use
  suspect,     // does not answer the watchdog [RFC3539 3.4]
  left_alone,  // connected, but questions to it go unanswered
};
[[nodiscard]] constexpr std::string_view word(PeerPhase phase) {
  constexpr std::string_view kWords[] = {"closed", "connecting", "open", "suspect", "left_alone"};
  return kWords[static_cast<std::size_t>(phase)];
}

// A Diameter peer, for an operator.
struct PeerView {
  std::string name;      // sh.peer[NAME]; of a redirect: its identity
  std::string identity;  // Diameter identity
  std::string realm;     // as it said; empty before that
  std::string address;
  PeerPhase phase = PeerPhase::closed;
  base::Instant since;          // in that phase
  std::uint64_t connects = 0;   // since the start
  std::uint64_t under_way = 0;  // questions without an answer
  std::string trouble;          // what was wrong last, for people
};

// What is said of a pushed notification [TS29.328 6.1.4].
enum class PushVerdict : std::uint8_t { taken, unknown_user, not_subscribed, cannot_now };

struct PushedData {
  UserIdentity user;
  SubscriberRecord record;
  std::string from;  // Diameter identity of the HSS
};

// Called on the thread of the client, one call at a time; must not block or throw; may call the client, but not stop
// it.
class SubscriberObserver {
 public:
  using Answer = std::function<void(PushVerdict)>;
  virtual ~SubscriberObserver() = default;
  // `answer` is to be called once, now or later, on any thread; after sh.push_answer_within_ms it is `cannot_now`
  // without it.
  virtual void on_push(PushedData data, Answer answer) = 0;
  // A peer came or went. When one opens after none was open, what was pushed meanwhile may be lost, and a restarted
  // HSS may have lost subscriptions.
  virtual void on_peer(const PeerView& peer, bool any_open) = 0;
};

// Implemented by `diameter`. All calls from any thread; they return at once. Each question gets exactly one answer, on
// the thread of the client, until `within` has passed, or, after stop(), at once on that of the caller. `done` must not
// block or throw.
class SubscriberData {
 public:
  virtual ~SubscriberData() = default;
  // Sh-Pull [TS29.328 6.1.1].
  virtual void read(ReadQuestion question, base::Millis within, std::function<void(ReadResult)> done) = 0;
  // Sh-Update of repository data [TS29.328 6.1.2].
  virtual void update(UpdateQuestion question, base::Millis within, std::function<void(UpdateResult)> done) = 0;
  // Sh-Subs-Notif [TS29.328 6.1.3], also to renew. Who asked renews it, and gives it up with unsubscribe().
  virtual void subscribe(SubscribeQuestion question, base::Millis within,
                         std::function<void(SubscribeResult)> done) = 0;
  virtual void unsubscribe(ReadQuestion question, base::Millis within, std::function<void(UnsubscribeResult)> done) = 0;
  [[nodiscard]] virtual std::vector<PeerView> peers() const = 0;
};

}  // namespace presentia::ports
