#include "as/runtime/clients/local_subscription.h"

#include <algorithm>
#include <utility>

#include "as/base/uri.h"

namespace presentia::runtime {
namespace {

using event::client::Phase;

constexpr base::Seconds kSettled{60};
constexpr base::Millis kFirstPause{1000};
constexpr base::Millis kLongestPause{300'000};

Phase phase_of(ports::SubscriptionState state) {
  return state == ports::SubscriptionState::active ? Phase::active : Phase::pending;
}

// Of no use until told otherwise [RFC6665 4.1.3].
bool is_final(event::WatcherEvent reason) {
  return reason == event::WatcherEvent::rejected || reason == event::WatcherEvent::noresource;
}

}  // namespace

bool is_local(const ports::Subscribe& subscribe, const event::Packages& packages, const mgmt::Snapshot& settings) {
  const auto resource = base::normal_form(subscribe.target);
  return resource && !subscribe.content.body && settings.serves(base::domain_of(*resource)) &&
         packages.find(subscribe.package) && base::normal_form(subscribe.subscriber);
}

LocalSubscription::LocalSubscription(const ports::Subscribe& wanted, std::uint64_t generation)
    : request_{base::normal_form(wanted.target).value_or(""),
               wanted.package,
               {base::normal_form(wanted.subscriber).value_or(""), {}},
               wanted.expires},
      revision_(wanted.content.revision),
      generation_(generation) {}

FeedRequest LocalSubscription::open() {
  ++generation_;
  again_at_.reset();
  phase_ = Phase::notify_wait;
  return request_;
}

event::client::Actions LocalSubscription::on_delivery(std::uint64_t generation, const event::Deliver& delivery,
                                                      base::Instant now) {
  event::client::Actions out;
  if (generation != generation_ || phase_ == Phase::terminated) return out;
  const bool first = phase_ == Phase::notify_wait;
  const bool over = delivery.state == ports::SubscriptionState::terminated;
  if (first) since_ = now;
  if (first && !over) out.emplace_back(event::client::Accepted{request_.expires, 200, revision_});
  phase_ = over ? Phase::terminated : phase_of(delivery.state);
  const auto told = over                      ? ports::SubscriptionPhase::terminated
                    : phase_ == Phase::active ? ports::SubscriptionPhase::active
                                              : ports::SubscriptionPhase::pending;
  out.emplace_back(event::client::Notified{{told, first, delivery.body.content_type, delivery.body.bytes}});
  if (over) out.emplace_back(ended(delivery, now));
  return out;
}

event::client::Ended LocalSubscription::ended(const event::Deliver& delivery, base::Instant now) {
  ports::SubscriptionEnd end{std::string(word(delivery.reason)), 0};
  if (!is_final(delivery.reason)) {
    if (now - since_ >= kSettled) failures_ = 0;
    const base::Millis pause =
        failures_ == 0 ? base::Millis(0) : std::min(kFirstPause * (1 << std::min(failures_ - 1, 16U)), kLongestPause);
    ++failures_;
    end.again_in = pause;
    again_at_ = now + pause;
  }
  return {std::move(end)};
}

}  // namespace presentia::runtime
