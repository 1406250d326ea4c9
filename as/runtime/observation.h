// What one event did, told as an operator follows it (presentiactl tail): made from the decision and the state before
// it, so that the event framework need not know that somebody looks. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "as/event/machine.h"
#include "as/ports/inspection.h"

namespace presentia::runtime {

class Observation {
 public:
  // `event` outlives it.
  Observation(const event::Event& event, base::Instant now, const mgmt::Snapshot& settings)
      : event_(event), now_(now), settings_(settings) {}

  // The decisions of event::step(), in order, with what request_of() gives for each.
  void operator()(const event::ResourceState& before, const event::Decision& decision,
                  const ports::SipRequest* request);
  [[nodiscard]] std::vector<ports::CoreEvent> take() { return std::move(told_); }

 private:
  void publications(const event::ResourceState& before, const event::Decision& decision);
  void subscriptions(const event::ResourceState& before, const event::Decision& decision);
  void ended(const event::ResourceState& before, const event::Subscription& subscription, std::string detail);
  void outcome(const event::ResourceState& before);
  void refusal(const event::ResourceState& before, const event::Decision& decision);
  void notifies(const event::ResourceState& before, const event::Decision& decision);
  ports::CoreEvent& tell(const event::ResourceState& before, ports::EventKind kind, std::string_view package);
  ports::CoreEvent& tell(const event::ResourceState& before, ports::EventKind kind,
                         const ports::SubscriptionRecord& record);

  const event::Event& event_;
  base::Instant now_;
  const mgmt::Snapshot& settings_;
  bool first_ = true;
  const ports::SipRequest* request_ = nullptr;  // of the decision at hand
  std::vector<ports::CoreEvent> told_;
};

// The first header of that name, as it stands there; empty if there is none.
[[nodiscard]] std::string_view header(const ports::SipResponse& response, std::string_view name);

// The request that came, null for an event that is none.
[[nodiscard]] const ports::SipRequest* request_of(const event::Event& event);
// The request that a decision of event::step() is about: for the first one, which is given the event, what came; else,
// and for later ones, what waited for documents and waits no longer. Null if there is none.
[[nodiscard]] const ports::SipRequest* request_of(const event::Event* first, const event::ResourceState& before,
                                                  const event::Decision& decision);

// A request that did not reach its presentity.
[[nodiscard]] ports::CoreEvent turned_away(const ports::SipRequest& request, int status, std::string_view why,
                                           base::Instant now);

}  // namespace presentia::runtime
