// What the outside world saw of the server, and the laws that hold whatever fails: every request has one answer, CSeqs
// rise, one NOTIFY at a time, never older state after newer, and what was acknowledged survives.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "tests/scenario/core/messages.h"

namespace presentia::test {

class Ledger {
 public:
  void requested(std::uint32_t slot, const ports::SipRequest& request);
  void answered(std::uint32_t slot, const ports::SipResponse& response, base::Instant now);
  void sent(const Notified& notify);
  void abandoned(ports::SendKey key);
  void finished(ports::SendKey key, bool success);
  // Of what has no answer yet nobody will hear, unless it comes again.
  void crashed(bool comes_again);
  // A change of rules or a handover met a failure: it may have ended subscriptions for good, and their last NOTIFYs
  // were not sent. Their watchers learn that from the 481 to the next refresh.
  void rules_failed();
  // An operator ends the publication, if it can be stored.
  void dropped(const std::string& etag);
  // Every request has been answered.
  void check_answers() const;

  struct Publication {
    std::string etag, resource, as, package;
    base::Instant expires_at;
    bool certain = true;  // false: a later request about it had no clear answer
    std::map<std::string, int> serials;
  };
  struct Subscription {
    std::string call_id, from_tag, to_tag, event, resource;
    base::Instant expires_at;
    bool alive = true;
    bool certain = true;
    std::map<std::string, int> shown;  // of the last NOTIFY
    std::string state;
  };
  struct Registration {
    base::Instant until;  // the epoch: deregistered
    bool certain = true;
  };
  [[nodiscard]] const std::map<std::string, Registration>& registrations() const { return registrations_; }
  [[nodiscard]] const std::map<std::string, Publication>& publications() const { return publications_; }
  [[nodiscard]] const std::map<std::string, Subscription>& subscriptions() const { return subscriptions_; }

  struct State {
    std::size_t publications = 0, subscriptions = 0;
  };
  // How much must be alive; nullopt if of some nobody can know.
  [[nodiscard]] std::optional<State> certain_state(base::Instant now) const;

  // The serial numbers in a body: "phone-7 laptop-2" as {phone: 7, laptop: 2}.
  [[nodiscard]] static std::map<std::string, int> serials(const std::string& body);

 private:
  struct Request {
    ports::SipRequest request;
    int answers = 0;
    bool lost = false;
  };
  struct Dialog {
    std::uint32_t last_cseq = 0;
    std::set<ports::SendKey> open;
    std::map<std::string, int> highest;  // serial seen by label
  };
  void publish_answered(const ports::SipRequest& request, const ports::SipResponse& response, base::Instant now);
  void subscribe_answered(const ports::SipRequest& request, const ports::SipResponse& response, base::Instant now);
  Subscription* find(const std::string& call_id, const std::string& tag, const std::string& event);
  void doubt(const ports::SipRequest& request);
  void check_order(const Notified& notify);

  std::map<std::uint32_t, Request> requests_;
  std::map<std::string, Dialog> dialogs_;  // by Call-ID and our tag
  std::map<ports::SendKey, std::string> dialog_of_;
  std::map<ports::SendKey, Notified> open_;
  std::map<std::string, Publication> publications_;    // by entity-tag
  std::map<std::string, Registration> registrations_;  // by URI of the user
  std::set<std::string> etags_;                        // ever given
  std::map<std::string, Subscription> subscriptions_;  // by Call-ID, our tag and Event
  bool doubtful_ = false;                              // of some request nobody knows what it did
  std::set<std::string> heard_;                        // Call-IDs of requests that were answered, or lost
};

}  // namespace presentia::test
