// The notifier's side of RFC 6665: decides what a SUBSCRIBE, an expiry, a change of policy or an order from inside does
// to the subscriptions of one resource. Pure. The NOTIFYs that follow are the notifier's (notifier.h).
#pragma once

#include "as/event/draft.h"

namespace presentia::event {

// Whether a request may still wait for documents.
enum class Patience { some, none };

// Where documents are not known yet the request is held (rights.h), as long as there is patience; else the watcher is
// pending until they are.
void decide_subscribe(Draft& draft, const ResourceState& state, const ports::SipRequest& request, Patience patience,
                      const Context& context);

// The NOTIFY of a fetch that has been answered: with what is known now, whatever it is.
void finish_fetch(Draft& draft, const ResourceState& state, const HeldRequest& held, const Context& context);

// Expiry, the end of waiting, or a NOTIFY that had to wait.
void decide_subscription_due(Draft& draft, const ResourceState& state, ports::SubscriptionId id,
                             const Context& context);

// Decides a running subscription, or a waiting watcher, again.
struct Again {
  bool show_again = true;    // also where the verdict is the same: what is shown may be another
  bool losses_only = false;  // only if rights are lost
};
void decide_again(Draft& draft, const ResourceState& state, const Subscription& subscription, Again again,
                  const Context& context);

// Every subscription is decided again: refused ones end, approved ones become active, reduced ones are told at once.
void decide_policy_changed(Draft& draft, const ResourceState& state, const PolicyChanged& event,
                           const Context& context);

void decide_feed_opened(Draft& draft, const ResourceState& state, const FeedOpened& event, const Context& context);
void decide_feed_closed(Draft& draft, const ResourceState& state, const FeedClosed& event, const Context& context);

void decide_end(Draft& draft, const ResourceState& state, const EndSubscriptions& event, const Context& context);

// Ends one subscription: moves the watcher machine, drops the record, owes the last NOTIFY. A pending one that times
// out becomes a waiting watcher (event.subscription.waiting_expires_s).
void end_subscription(Draft& draft, const ResourceState& state, const Subscription& subscription, const Ending& ending,
                      const Context& context);

}  // namespace presentia::event
