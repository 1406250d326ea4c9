#include "as/runtime/clients/reg_event_follower.h"

#include <algorithm>
#include <utility>

#include "as/base/log.h"
#include "as/base/turns.h"
#include "as/packages/reg/reginfo.h"

namespace presentia::runtime {
namespace {

constexpr const char* kType = "application/reginfo+xml";
// After the end of a subscription that is not refreshed: its end is told by then.
constexpr base::Seconds kGrace{60};

}  // namespace

struct RegEventFollower::User {
  ports::Resource resource;
  ports::ServingNode node;  // as the core said
  bool queued = false;
  ports::SubscriptionHandle handle = 0;  // 0: not subscribed to
  std::string subscriber, next_hop;      // with which it was
  bool over = false;                     // and is not tried again by itself
  base::Instant until{};                 // when the subscription ends unless it is refreshed
  reg::Reginfo known;
  std::optional<bool> registered;  // as last reported
};

RegEventFollower::RegEventFollower(const Setup& setup)
    : settings_(setup.live),
      client_(setup.client),
      sink_(setup.sink),
      clock_(setup.clock),
      metrics_(setup.metrics),
      subscribed_(setup.metrics.gauge("presentia_reg_event_users")) {}

RegEventFollower::~RegEventFollower() { stop(); }

void RegEventFollower::start() {
  thread_ = std::thread([this] { base::take_turns(*this, clock_, heartbeat_, inbox_, batch_); });
}

void RegEventFollower::stop() {
  if (!thread_.joinable()) return;
  post(Stop{});
  thread_.join();
}

void RegEventFollower::follow(const ports::Resource& resource, const ports::ServingNode& node) {
  post(Follow{resource, node});
}
void RegEventFollower::unfollow(const ports::Resource& resource) { post(Unfollow{resource}); }
void RegEventFollower::settings_changed() { post(SettingsChanged{}); }

// --- The client's thread --------------------------------------------------------------------------------------------

void RegEventFollower::accepted(ports::SubscriptionHandle handle, base::Seconds expires, int /*status*/,
                                std::uint64_t /*revision*/) {
  post(Accepted{handle, expires});
}

void RegEventFollower::refused(ports::SubscriptionHandle handle, const ports::SubscriptionEnd& end) {
  post(Over{handle, true, end.again_in.has_value()});
}

void RegEventFollower::notified(ports::SubscriptionHandle handle, const ports::Notification& notification) {
  if (waiting_.fetch_add(1) < kMostWaiting) return post(Notified{handle, notification});
  --waiting_;
  post(Missed{handle});
}

void RegEventFollower::ended(ports::SubscriptionHandle handle, const ports::SubscriptionEnd& end) {
  post(Over{handle, false, end.again_in.has_value()});
}

// --- Our thread -----------------------------------------------------------------------------------------------------

std::optional<base::Instant> RegEventFollower::next() const {
  return queue_.empty() ? std::nullopt : std::optional(turn_);
}

void RegEventFollower::run_once(base::Instant now) {
  now_ = now;
  inbox_.drain(batch_);
  for (Work& one : batch_) {
    if (!stopping_) std::visit([this](auto& work) { handle(work); }, one);
  }
  batch_.clear();
  // A tenth of a second's at a time.
  while (!queue_.empty() && turn_ <= now_ && !stopping_) {
    const std::uint32_t rate = settings().rate();
    for (std::uint32_t left = std::max(rate / 10, 1U); left > 0 && !queue_.empty(); --left) {
      const auto found = users_.find(queue_.front());
      queue_.pop_front();
      if (found != users_.end() && found->second->queued) subscribe(*found->second);
    }
    turn_ = now_ + base::Millis(rate < 10 ? 1000 / rate : 100);
  }
}

void RegEventFollower::handle(Follow& work) {
  auto& user = users_[work.resource];
  if (!user) {
    user = std::make_unique<User>();
    user->resource = work.resource;
  }
  user->node = std::move(work.node);
  if (user->handle == 0) return queue(*user);
  if (next_hop(*user) != user->next_hop) {
    unsubscribe(*user);
    queue(*user);
  } else if (std::exchange(user->over, false)) {
    client_.refresh(user->handle, std::nullopt);
  }
}

void RegEventFollower::handle(Unfollow& work) {
  const auto found = users_.find(work.resource);
  if (found == users_.end()) return;
  User& user = *found->second;
  unsubscribe(user);
  if (user.registered == true) {
    user.registered.reset();
    report(user);
  }
  users_.erase(found);
}

void RegEventFollower::handle(SettingsChanged& /*work*/) {
  for (auto& [resource, user] : users_) {
    const bool same =
        user->handle != 0 && user->subscriber == settings().subscriber() && user->next_hop == next_hop(*user);
    if (same) continue;
    unsubscribe(*user);
    queue(*user);
  }
}

void RegEventFollower::handle(Accepted& work) {
  User* user = find(work.handle);
  if (user == nullptr) return;
  user->until = now_ + work.expires + kGrace;
  if (user->registered == true) report(*user);
}

void RegEventFollower::handle(Notified& work) {
  --waiting_;
  User* user = find(work.handle);
  if (user == nullptr) return;
  const ports::Notification& notification = work.notification;
  if (notification.first) user->known.reset();
  if (!notification.body) return;  // the state comes with another
  if (notification.content_type != kType) return count("unreadable");
  const auto taken = user->known.take(*notification.body);
  if (!taken) {
    base::log(base::Module::runtime, base::Level::warn, "reg_event.unreadable",
              {{"resource", user->resource}, {"reason", taken.error()}});
    return count("unreadable");
  }
  if (*taken == reg::Reginfo::Taken::stale) return count("stale");
  const bool gap = *taken == reg::Reginfo::Taken::gap;
  if (gap) client_.refresh(user->handle, std::nullopt);
  const auto registered = user->known.registered(user->resource);
  count(!registered ? "none" : gap ? "gap" : "all");
  if (registered == user->registered) return;
  user->registered = registered;
  report(*user);
}

void RegEventFollower::handle(Missed& work) {
  count("lost");
  if (find(work.handle) != nullptr) client_.refresh(work.handle, std::nullopt);
}

void RegEventFollower::handle(Over& work) {
  User* user = find(work.handle);
  if (user == nullptr) return;
  user->over = !work.tried_again;
  // Also of what was known before a restart nothing is left where the S-CSCF refuses.
  if (!work.refused && user->registered != true) return;
  user->registered.reset();
  report(*user);
}

void RegEventFollower::handle(Stop& /*work*/) {
  stopping_ = true;
  inbox_.close();
  for (auto& [resource, user] : users_) unsubscribe(*user);
}

RegEventFollower::User* RegEventFollower::find(ports::SubscriptionHandle handle) {
  const auto found = by_handle_.find(handle);
  return found == by_handle_.end() ? nullptr : found->second;
}

std::string RegEventFollower::next_hop(const User& user) {
  const std::string& configured = settings().s_cscf();
  return configured.empty() ? user.node.s_cscf : configured;
}

void RegEventFollower::queue(User& user) {
  if (std::exchange(user.queued, true)) return;
  queue_.push_back(user.resource);
}

// A lost turn is no harm: the next REGISTER of the user, or change of attributes, is another.
void RegEventFollower::subscribe(User& user) {
  user.queued = false;
  const std::string hop = next_hop(user);
  if (user.handle != 0 || hop.empty() || by_handle_.size() >= settings().max_subscriptions()) return;
  ports::Subscribe wanted;
  wanted.subscriber = settings().subscriber();
  wanted.target = user.resource;
  wanted.package = "reg";
  wanted.accept = {kType};  // [RFC3680 4.5]
  wanted.expires = base::Seconds(settings().expires_s());
  wanted.next_hop = hop;
  wanted.charging_addresses = user.node.charging_addresses;
  user.subscriber = wanted.subscriber;
  user.next_hop = hop;
  user.over = false;
  user.until = now_ + wanted.expires + kGrace;
  user.known.reset();
  user.handle = client_.subscribe(std::move(wanted), *this);
  by_handle_[user.handle] = &user;
  subscribed_.add(1);
}

void RegEventFollower::unsubscribe(User& user) {
  user.queued = false;
  if (user.handle == 0) return;
  by_handle_.erase(user.handle);
  client_.unsubscribe(std::exchange(user.handle, 0));
  subscribed_.add(-1);
}

void RegEventFollower::report(const User& user) {
  sink_.on_registration(user.resource, {ports::RegistrationSource::reg_event, user.registered, user.until});
}

void RegEventFollower::count(const char* result) {
  metrics_.counter("presentia_reg_event_documents_total", {{"result", result}}).add();
}

}  // namespace presentia::runtime
