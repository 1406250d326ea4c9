#include "xdm-client/diff/diff_follower.h"

#include <utility>

#include "as/base/turns.h"

namespace presentia::xdm {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace

DiffFollower::DiffFollower(const Setup& setup)
    : settings_(setup.live),
      clock_(setup.clock),
      metrics_(setup.metrics),
      groups_(setup.client, static_cast<ports::SubscriptionObserver&>(*this), setup.sink, metrics_) {}

DiffFollower::~DiffFollower() { stop(); }

void DiffFollower::start() {
  thread_ = std::thread([this] { base::take_turns(*this, clock_, heartbeat_, inbox_, batch_); });
}

void DiffFollower::stop() {
  if (!thread_.joinable()) return;
  post(Stop{});
  thread_.join();
}

void DiffFollower::on_followed(std::string document) { post(Followed{std::move(document)}); }
void DiffFollower::on_unfollowed(std::string document) { post(Unfollowed{std::move(document)}); }
void DiffFollower::on_patch_failed(std::string document) { post(PatchFailed{std::move(document)}); }
void DiffFollower::settings_changed() { post(SettingsChanged{}); }

// --- The client's thread --------------------------------------------------------------------------------------------

void DiffFollower::accepted(ports::SubscriptionHandle handle, base::Seconds /*expires*/, int /*status*/,
                            std::uint64_t revision) {
  post(Accepted{handle, revision});
}

void DiffFollower::refused(ports::SubscriptionHandle handle, const ports::SubscriptionEnd& end) {
  post(Ended{handle, end});
}

void DiffFollower::notified(ports::SubscriptionHandle handle, const ports::Notification& notification) {
  if (waiting_.fetch_add(1) < kMostWaiting) return post(Notified{handle, notification});
  --waiting_;
  post(Missed{handle});
}

void DiffFollower::ended(ports::SubscriptionHandle handle, const ports::SubscriptionEnd& end) {
  post(Ended{handle, end});
}

// --- Our thread -----------------------------------------------------------------------------------------------------

void DiffFollower::run_once(base::Instant now) {
  now_ = now;
  const mgmt::SnapshotPtr& settings = settings_.snapshot();
  if (!std::exchange(set_, true) || settings->version() != version_) {
    version_ = settings->version();
    groups_.set(settings->config().xdm().diff(), now);
  }
  inbox_.drain(batch_);
  for (Work& one : batch_) handle(one);
  batch_.clear();
  groups_.on_time(now);
}

void DiffFollower::handle(Work& work) {
  if (stopping_) return;
  std::visit(Overloaded{[this](Followed& one) { groups_.followed(one.document, now_); },
                        [this](Unfollowed& one) { groups_.unfollowed(one.document, now_); },
                        [this](PatchFailed& one) { groups_.patch_failed(one.document, now_); },
                        [](SettingsChanged&) {},  // the turn has taken them over
                        [this](Accepted& one) { groups_.accepted(one.handle, one.revision, now_); },
                        [this](Notified& one) {
                          --waiting_;
                          groups_.notified(one.handle, one.notification, now_);
                        },
                        [this](Missed& one) { groups_.missed(one.handle, now_); },
                        [this](Ended& one) { groups_.ended(one.handle, one.end); },
                        [this](Stop&) {
                          stopping_ = true;
                          inbox_.close();
                          groups_.stop();
                        }},
             work);
}

}  // namespace presentia::xdm
