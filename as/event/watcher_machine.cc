#include "as/event/watcher_machine.h"

namespace presentia::event {

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
