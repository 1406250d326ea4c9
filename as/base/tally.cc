#include "as/base/tally.h"

namespace presentia::base {

Tally::Hold Tally::hold(std::string_view name) {
  Stripe& stripe = stripes_[stripe_of(name)];
  total_.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock(stripe.mutex);
  const auto counted = stripe.counts.try_emplace(std::string(name)).first;
  ++counted->second;
  return {this, &*counted};
}

std::size_t Tally::count(std::string_view name) const {
  const Stripe& stripe = stripes_[stripe_of(name)];
  const std::lock_guard lock(stripe.mutex);
  const auto counted = stripe.counts.find(std::string(name));
  return counted == stripe.counts.end() ? 0 : counted->second;
}

void Tally::release(Counts::value_type& counted) {
  total_.fetch_sub(1, std::memory_order_relaxed);
  Stripe& stripe = stripes_[stripe_of(counted.first)];
  const std::lock_guard lock(stripe.mutex);
  if (--counted.second == 0) stripe.counts.erase(stripe.counts.find(counted.first));
}

}  // namespace presentia::base
