#include "as/event/watcher_machine.h"

namespace presentia::event {

std::string_view word(WatcherEvent event) {
  switch (event) {
    case WatcherEvent::subscribe:
      return "subscribe";
    case WatcherEvent::approved:
      return "approved";
    case WatcherEvent::deactivated:
      return "deactivated";
    case WatcherEvent::probation:
      return "probation";
    case WatcherEvent::rejected:
      return "rejected";
    case WatcherEvent::timeout:
      return "timeout";
    case WatcherEvent::giveup:
      return "giveup";
    case WatcherEvent::noresource:
      return "noresource";
  }
  return "timeout";
}

std::string_view word(ports::SubscriptionState state) {
  switch (state) {
    case ports::SubscriptionState::pending:
      return "pending";
    case ports::SubscriptionState::active:
      return "active";
    case ports::SubscriptionState::waiting:
      return "waiting";
    case ports::SubscriptionState::terminated:
      return "terminated";
  }
  return "terminated";
}

WatcherState watcher_state(ports::SubscriptionState state) {
  switch (state) {
    case ports::SubscriptionState::pending:
      return WatcherState::pending;
    case ports::SubscriptionState::active:
      return WatcherState::active;
    case ports::SubscriptionState::waiting:
      return WatcherState::waiting;
    case ports::SubscriptionState::terminated:
      return WatcherState::terminated;
  }
  return WatcherState::terminated;
}

ports::SubscriptionState subscription_state(WatcherState state) {
  switch (state) {
    case WatcherState::init:
    case WatcherState::pending:
      return ports::SubscriptionState::pending;
    case WatcherState::active:
      return ports::SubscriptionState::active;
    case WatcherState::waiting:
      return ports::SubscriptionState::waiting;
    case WatcherState::terminated:
      return ports::SubscriptionState::terminated;
  }
  return ports::SubscriptionState::terminated;
}

}  // namespace presentia::event
