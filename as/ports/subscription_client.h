// Subscriptions of ours to event state elsewhere [RFC6665 4.1]: one interface, whether the notifier is reached over SIP
// or is this very server. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "as/base/time.h"
#include "as/ports/sip_port.h"

namespace presentia::ports {

// Names one subscription of ours from subscribe() to unsubscribe(), whatever becomes of its dialogs; never 0 and never
// given twice. A late or unknown handle is harmless.
using SubscriptionHandle = std::uint64_t;

// What a refresh may say anew.
struct SubscriptionContent {
  std::vector<std::pair<std::string, std::string>> event_parameters;  // of the Event header: tokens; not "id"
  std::string content_type;                                           // empty: no body
  SharedText body;
  std::uint64_t revision = 0;  // the caller's own number, which accepted() tells
};

struct Subscribe {
  std::string subscriber;  // SIP, SIPS or tel URI: From and P-Asserted-Identity
  std::string target;      // URI of the resource: Request-URI and To
  std::string package;     // event type
  SubscriptionContent content = {};
  std::vector<std::string> accept = {};  // content types; empty: no Accept, that is the default of the package
  base::Seconds expires{3600};           // asked for; the notifier may shorten it
  std::string next_hop = {};             // URI of a Route; empty: sent to the target
  std::string charging_addresses = {};   // P-Charging-Function-Addresses, as the HSS gave them; empty: none are known
};

enum class SubscriptionPhase : std::uint8_t { pending, active, terminated };

struct Notification {
  SubscriptionPhase phase = SubscriptionPhase::active;
  bool first = false;        // of a new subscription, after which nothing said before it counts
  std::string content_type;  // lower case, without parameters; empty: no body
  SharedText body;           // null: no body
};

// Why there is no subscription at this moment.
struct SubscriptionEnd {
  std::string reason;  // of the notifier (RFC 6665 4.1.3: deactivated, probation…, empty if it gave none), or ours:
                       // no-notify, expired, dialog, timeout, unreachable, status
  int status = 0;      // final status of the SUBSCRIBE that failed; 0 where none did
  std::optional<base::Seconds> retry_after = {};  // as the notifier said
  std::optional<base::Millis> again_in = {};      // it is tried anew so much later; nullopt: not until refresh()
};

// Called on the thread of the client, one call at a time; must return soon and may call the client. What it is called
// with is valid during the call. Once unsubscribe() of a handle has returned, calls that were under way may still come:
// who is called goes by the handle. It outlives the client, or what the client does after stop().
class SubscriptionObserver {
 public:
  virtual ~SubscriptionObserver() = default;
  // The notifier has taken a SUBSCRIBE, first or refresh, with the content of that revision; the state itself comes
  // with notified(), before or after it.
  virtual void accepted(SubscriptionHandle handle, base::Seconds expires, int status, std::uint64_t revision) = 0;
  // A SUBSCRIBE failed and there is no subscription. A refresh that failed while the subscription lives is not told.
  virtual void refused(SubscriptionHandle handle, const SubscriptionEnd& end) = 0;
  // A NOTIFY; ended() follows one that is terminated.
  virtual void notified(SubscriptionHandle handle, const Notification& notification) = 0;
  // A subscription that was there is there no more, or no NOTIFY came for one that was accepted. Not told after
  // unsubscribe().
  virtual void ended(SubscriptionHandle handle, const SubscriptionEnd& end) = 0;
};

// All calls from any thread; they return at once and never fail visibly.
class SubscriptionClient {
 public:
  virtual ~SubscriptionClient() = default;
  // Subscribes, and goes on: refreshes, and subscribes anew after a loss, until unsubscribe(), or until the notifier
  // says that it is of no use (rejected, noresource, invariant).
  virtual SubscriptionHandle subscribe(Subscribe subscribe, SubscriptionObserver& observer) = 0;
  // Refreshes now, with `content` from now on if it is there; subscribes anew where there is no subscription, whatever
  // it waits for.
  virtual void refresh(SubscriptionHandle handle, std::optional<SubscriptionContent> content) = 0;
  // Ends it [RFC6665 4.1.2.3].
  virtual void unsubscribe(SubscriptionHandle handle) = 0;
};

}  // namespace presentia::ports
