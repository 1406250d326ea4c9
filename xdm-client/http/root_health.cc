#include "xdm-client/http/root_health.h"

#include <algorithm>

namespace presentia::xdm {
namespace {

constexpr int kMostDoublings = 30;

base::Millis backoff(int failures, const HttpSettings& settings, double chance) {
  const auto factor = std::int64_t{1} << std::min(failures - 1, kMostDoublings);
  const base::Millis longest = std::min(settings.backoff_first * factor, settings.backoff_max);
  const double less = static_cast<double>(longest.count()) * settings.backoff_jitter_percent / 100 * chance;
  return longest - base::Millis(static_cast<std::int64_t>(less));
}

}  // namespace

void RootHealth::enter(RootState state) {
  state_ = state;
  doubts_ = 0;
  ++ticket_;
}

std::optional<RootHealth::Ticket> RootHealth::admit(Moment now) {
  if (state_ == RootState::probed || (state_ == RootState::left && now < due_)) return std::nullopt;
  if (state_ == RootState::left) enter(RootState::probed);
  return ticket_;
}

void RootHealth::alive(Ticket ticket) {
  if (ticket != ticket_) return;
  failures_ = 0;
  doubts_ = 0;
  if (state_ != RootState::used) enter(RootState::used);
}

void RootHealth::failed(Ticket ticket, Moment now, const HttpSettings& settings, double chance) {
  if (ticket != ticket_) return;
  due_ = now + backoff(++failures_, settings, chance);
  enter(RootState::left);
}

void RootHealth::doubted(Ticket ticket, Moment now, const HttpSettings& settings, double chance) {
  if (ticket != ticket_) return;
  if (state_ == RootState::used && ++doubts_ < kMostDoubts) return;
  failed(ticket, now, settings, chance);
}

void RootHealth::leave(Ticket ticket, Moment until) {
  if (ticket != ticket_) return;
  due_ = until;
  enter(RootState::left);
}

void RootHealth::undecided(Ticket ticket, Moment now) {
  if (ticket != ticket_ || state_ != RootState::probed) return;
  due_ = now;
  enter(RootState::left);
}

}  // namespace presentia::xdm
