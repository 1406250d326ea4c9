#include "as/runtime/shard.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "as/base/check.h"
#include "as/event/admission.h"
#include "as/event/mark.h"
#include "as/event/quota.h"

namespace presentia::runtime {
namespace {

constexpr std::size_t kWorkPerTurn = 512;
constexpr std::size_t kTimersPerTurn = 2048;
constexpr std::size_t kPolicyPerTurn = 256;
constexpr std::size_t kSendTurnsPerTurn = 256;
constexpr base::Millis kTurnPause{50};  // until it is seen that another shard made room

std::vector<PartitionState> partitions_of(std::uint16_t index, std::uint16_t count) {
  std::vector<PartitionState> partitions((base::kPartitions - index + count - 1) / count);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    partitions[i].number = static_cast<base::Partition>(index + i * count);
  }
  return partitions;
}

// The tag of a dialog says whose it is; of one that is over, only a copy of the request that ended it is known.
const ports::Resource* resource_of_dialog(const PartitionState& home, const ports::SipRequest& request) {
  const auto dialog = home.dialogs.find(request.to_tag);
  if (dialog != home.dialogs.end()) return &dialog->second;
  if (home.answered.empty()) return nullptr;
  const auto answered = home.answered.find(event::mark_hash(request));
  return answered == home.answered.end() ? nullptr : &answered->second;
}

// A 408 is what a proxy says of silence.
Hops::Verdict verdict(const Sent& sent, const ports::SipOutcome& outcome) {
  if (sent.abandoned || outcome.kind == ports::OutcomeKind::unreachable) return Hops::Verdict::none;
  const bool silent = outcome.kind == ports::OutcomeKind::timeout || outcome.status == 408;
  return silent ? Hops::Verdict::silent : Hops::Verdict::answered;
}

}  // namespace

Shard::Shard(Setup setup)
    : index_(setup.index),
      count_(setup.count),
      packages_(setup.packages),
      store_(setup.store),
      exchange_(setup.exchange),
      node_(setup.node),
      tokens_(std::move(setup.tokens)),
      shedder_(*tokens_),
      settings_(setup.live),
      meters_(setup.metrics, setup.packages),
      teller_(setup.tails, setup.index),
      depth_(setup.metrics.gauge("presentia_inbox_depth", {{"shard", std::to_string(setup.index)}})),
      shed_level_(setup.metrics.gauge("presentia_shed_level", {{"shard", std::to_string(setup.index)}})),
      loop_lag_(
          setup.metrics.histogram("presentia_loop_lag_seconds", {{"thread", "shard-" + std::to_string(setup.index)}})),
      inbox_(std::make_shared<base::Inbox<Work>>(settings_.snapshot()->config().runtime().inbox_capacity())),
      now_(setup.start),
      overload_(setup.start),
      wheel_(setup.start),
      partitions_(partitions_of(setup.index, setup.count)),
      sends_(setup.index),
      budget_(node_, hops_, setup.count) {
  for (PartitionState& home : partitions_) {
    home.load_at = setup.start;
    to_load_.push_back(home.number);
  }
  policy_.start();  // attributes may have changed since what is loaded was shown
  progress_.unloaded = to_load_.size();
}

// --- The loop -------------------------------------------------------------------------------------------------------

bool Shard::run_once(base::Instant now) {
  PS_ON_SHARD();
  now_ = std::max(now_, now);
  renew_hss_use();
  load_due();
  if (batch_.empty()) inbox_->drain(batch_);
  if (done_ == 0) {           // a new batch
    refuse_new_ = stopping_;  // what came before the stop is still done
    depth_.set(static_cast<double>(batch_.size()));
  }
  // All requests for a resource come to one shard and are done in the order of their arrival [RFC3903 6].
  for (std::size_t turn = 0; turn < kWorkPerTurn && done_ < batch_.size(); ++turn) {
    Work work = std::move(batch_[done_++]);
    handle(work);
    load_due();
  }
  if (done_ == batch_.size()) {  // here, not before the next drain: run() waits for work into an empty batch
    batch_.clear();
    done_ = 0;
  }
  const bool more_timers = wheel_.advance(now_, kTimersPerTurn) == kTimersPerTurn;
  fire_timers();
  policy_slice();
  drain_slice();
  const bool more_to_send = take_turns();
  const bool more_to_tell = documents_slice();
  hss_slice();
  load_due();
  look_at_store();
  if (!lazy_.empty() && (stopping_ || lazy_due_ <= now_)) flush_lazy();
  report();
  overload_.tick(now_, base::Millis(settings_.snapshot()->config().overload().target_delay_ms()));
  shed_level_.set(static_cast<double>(overload_.level()) / kFull);
  if (stopping_) {
    stopped_ = batch_.empty() &&
               std::all_of(partitions_.begin(), partitions_.end(), [](const auto& p) { return p.gate.pending() == 0; });
  }
  return !batch_.empty() || more_timers || more_to_send || more_to_tell || policy_.active();
}

std::optional<base::Instant> Shard::next() {
  std::optional<base::Instant> at = wheel_.next();
  if (const auto drain = drain_.next(); drain && (!at || *drain < *at)) at = drain;
  if (const auto tick = overload_.next(); tick && (!at || *tick < *at)) at = tick;
  if (!turns_.empty() && (!at || now_ + kTurnPause < *at)) at = now_ + kTurnPause;
  for (const base::Partition number : to_load_) {
    const PartitionState& home = partition(number);
    if (home.gate.pending() == 0 && (!at || home.load_at < *at)) at = home.load_at;
  }
  if (!lazy_.empty() && (!at || lazy_due_ < *at)) at = lazy_due_;
  const base::Seconds keep(settings_.snapshot()->config().rules().cache().keep_s());
  if (const auto expiry = documents_.next_expiry(keep); expiry && (!at || *expiry < *at)) at = expiry;
  if (!read_only_.empty() && (!at || store_at_ < *at)) at = store_at_;
  if (const auto wait = waiting_.next(); wait && (!at || *wait < *at)) at = wait;
  if (const auto ask = in_use_hss() ? subscribers_.next() : std::nullopt; ask && (!at || *ask < *at)) at = ask;
  return at;
}

void Shard::run(const base::Clock& clock, const std::function<void()>& loaded) {
  base::this_thread_is(base::ThreadRole::shard);
  clock_ = &clock;
  bool more = run_once(clock.now());
  loaded();
  while (!stopped_) {
    const std::optional<base::Instant> due = next();
    if (!more) {
      const base::Instant now = clock.now();
      const base::Millis idle =
          std::clamp<base::Millis>(due.value_or(base::Instant::max()) - now, base::Millis(0), base::kBeatEvery);
      inbox_->wait_and_drain(batch_, std::chrono::steady_clock::now() + idle);
    }
    const base::Instant now = clock.now();
    if (due && *due <= now) loop_lag_.observe(std::chrono::duration<double>(now - *due).count());
    more = run_once(now);
  }
  inbox_->close();
  inbox_->drain(batch_);
  refuse_new_ = true;
  for (Work& work : batch_) {  // what came in meanwhile is refused; nothing is begun for which nobody would wait
    if (std::holds_alternative<RequestWork>(work)) handle(work);
  }
  batch_.clear();
}

void Shard::fire_timers() {
  std::vector<DueTimer> due;
  due.swap(due_);
  for (const DueTimer& timer : due) {
    PartitionState& home = partition(timer.partition);
    const auto found = home.slots.find(timer.resource);
    if (!home.serving || found == home.slots.end() || !found->second.timers.due(timer.key, now_)) continue;
    cause_ = timer.wanted;
    step(home, found->second, event::TimerDue{timer.key});
    load_due();
  }
}

bool Shard::take_turns() {
  const auto first = [](const Slot& slot) {
    const auto next = slot.state.subscriptions.find(slot.state.parked.front());
    return next != slot.state.subscriptions.end() && (next->second.ending || next->second.urgent);
  };
  for (std::size_t turn = 0; turn < kSendTurnsPerTurn; ++turn) {
    if (turns_.empty()) return false;
    PartitionState& home = partition(turns_.front().first);
    const auto found = home.slots.find(turns_.front().second);
    const bool waits = home.serving && found != home.slots.end() && !found->second.state.parked.empty();
    budget_.renew(*settings_.snapshot(), false);
    const std::size_t room = waits ? budget_.room(first(found->second)) : 0;
    if (waits && room == 0) return false;
    turns_.pop_front();
    if (found == home.slots.end()) continue;
    found->second.queued = false;
    in_turn_ = true;
    if (waits) step(home, found->second, event::TurnToSend{room});
    in_turn_ = false;
    load_due();
  }
  return true;
}

void Shard::policy_slice() {
  cause_ = now_;
  for (std::size_t turn = 0; turn < kPolicyPerTurn && policy_.active(); ++turn) {
    const auto next = policy_.next(partitions_);
    if (!next) return;
    const auto found = next->first->slots.find(next->second);
    if (next->first->serving && found != next->first->slots.end()) {
      step(*next->first, found->second, event::PolicyChanged{});
    }
  }
}

// --- Work from the inbox --------------------------------------------------------------------------------------------

void Shard::report() {
  progress_.subscriptions.store(alive_, std::memory_order_relaxed);
  progress_.notifies.store(sends_.size(), std::memory_order_relaxed);
  progress_.unloaded.store(to_load_.size(), std::memory_order_relaxed);
  progress_.heartbeat.beat(now_);
}

void Shard::handle(Work& work) {
  cause_ = now_;
  std::visit([this](auto& what) { on(what); }, work);
}

void Shard::on(RequestWork& work) {
  const RequestKind kind = meters_.kind_of(*work.request);
  cause_ = std::min(work.posted, now_);
  meters_.inbox_delay.observe(std::chrono::duration<double>(now_ - cause_).count());
  overload_.waited(now_ - cause_);
  const mgmt::Snapshot& settings = *settings_.snapshot();
  if (refuse_new_) {
    constexpr std::string_view kWhy = "the server stops";
    meters_.refused("stopping");
    return turn_away(*work.request, kind, trouble(503, kWhy, settings), kWhy);
  }
  if (refuses_new(*work.request)) {
    constexpr std::string_view kWhy = "the server drains and will stop";
    meters_.refused("draining");
    return turn_away(*work.request, kind, overloaded(kWhy, shedder_.retry_after(settings), settings), kWhy);
  }
  if (shed_late(work, kind) || refuse_behind(*work.request, kind)) return;
  PartitionState& home = partition(work.partition);
  if (!home.serving) {
    constexpr std::string_view kWhy = "state is being loaded";
    meters_.refused("loading");
    return turn_away(*work.request, kind, trouble(500, kWhy, *settings_.snapshot()), kWhy);
  }
  if (work.resource.empty()) {
    const ports::Resource* resource = resource_of_dialog(home, *work.request);
    if (resource == nullptr) {
      meters_.refused("dialog.unknown");
      constexpr std::string_view kWhy = "no such dialog";
      return turn_away(*work.request, kind, event::refusal(481, kWhy), kWhy);  // [RFC6665 4.2.1.4]
    }
    work.resource = *resource;
  }
  if (resolve(home, work, kind)) arrive(home, work, kind);
}

void Shard::arrive(PartitionState& home, RequestWork& work, RequestKind kind) {
  if (refuse_beyond(home, work, kind)) return;
  Slot& own = slot(home, work.resource);
  if (work.request->method == "PUBLISH") {
    step(home, own, event::PublishArrived{std::move(*work.request)}, kind);
  } else if (work.request->method == "REGISTER") {
    step(home, own, event::RegisterArrived{std::move(*work.request)}, kind);
  } else {
    step(home, own, event::SubscribeArrived{std::move(*work.request)}, kind);
  }
}

bool Shard::refuse_beyond(const PartitionState& home, const RequestWork& work, RequestKind kind) {
  const auto found = home.slots.find(work.resource);
  const event::ResourceState* state = found == home.slots.end() ? nullptr : &found->second.state;
  const mgmt::Snapshot& settings = *settings_.snapshot();
  const auto beyond = exceeded(node_, work.resource, state, *work.request, settings);
  if (!beyond) return false;
  meters_.beyond(beyond->quota);
  meters_.refused("quota");
  turn_away(*work.request, kind, event::quota_exceeded(beyond->quota, beyond->limit, settings), beyond->quota);
  return true;
}

// The level rose while it waited: what would not be let in any more at all is not done either.
bool Shard::shed_late(const RequestWork& work, RequestKind kind) {
  const auto which = shed_class(*work.request);
  if (!which || share_of(*which, overload_.level()) < kFull) return false;
  const mgmt::Snapshot& settings = *settings_.snapshot();
  meters_.shed(word(*which));
  meters_.refused("overload");
  constexpr std::string_view kWhy = "requests wait too long";
  turn_away(*work.request, kind, overloaded(kWhy, shedder_.retry_after(settings), settings), kWhy);
  return true;
}

// A store that hangs, not fails: what waits for it stays bounded.
bool Shard::refuse_behind(const ports::SipRequest& request, RequestKind kind) {
  const mgmt::Snapshot& settings = *settings_.snapshot();
  if (open_commits_ < settings.config().runtime().inbox_capacity() || !shed_class(request)) return false;
  constexpr std::string_view kWhy = "the store is behind";
  meters_.refused("store.behind");
  turn_away(request, kind, overloaded(kWhy, shedder_.retry_after(settings), settings), kWhy);
  return true;
}

// While the partition does not serve, what is reported is lost: its source says it again.
void Shard::on(RegistrationWork& work) {
  PartitionState& home = partition(base::partition_of(work.resource));
  if (home.serving) step(home, slot(home, work.resource), event::RegistrationReported{work.report});
}

void Shard::on(OutcomeWork& work) {
  std::optional<Sent> sent = sends_.take(work.outcome.key);
  if (!sent) return;
  cause_ = std::min(work.posted, now_);
  drain_.finished(work.outcome.key);
  meters_.notifies_open.add(-1);
  meters_.notified(work.outcome);
  hops_.finished(sent->hop, verdict(*sent, work.outcome));
  sent->permit.reset();
  PartitionState& home = partition(sent->partition);
  const auto found = home.slots.find(sent->resource);
  if (!home.serving || sent->epoch != home.epoch || found == home.slots.end()) return;
  step(home, found->second, event::NotifyFinished{std::move(sent->dialog), sent->cseq, std::move(work.outcome)});
}

void Shard::on(CommitWork& work) { committed(partition(work.partition), work.number, work.durable); }

void Shard::on(SettingsWork& /*work*/) { policy_.start(); }

void Shard::on(FeedAttach& work) {
  attached_[work.key.id] = {work.request.resource, std::move(work.sink)};
  const base::Partition home = base::partition_of(work.request.resource);
  exchange_.post(home, base::Lane::completion, FeedOpen{work.key, std::move(work.request)});
}

void Shard::on(FeedDetach& work) {
  const auto found = attached_.find(work.key.id);
  if (found == attached_.end()) return;
  const ports::Resource resource = std::move(found->second.first);
  attached_.erase(found);
  exchange_.post(base::partition_of(resource), base::Lane::completion, FeedClose{work.key, resource});
}

void Shard::on(FeedOpen& work) {
  PartitionState& home = partition(base::partition_of(work.request.resource));
  home.feeds[order_of(work.key)] = {work.request, now_ + work.request.expires};
  if (!home.serving) return;  // the load opens it
  step(home, slot(home, work.request.resource),
       event::FeedOpened{work.key, work.request.package, work.request.watcher, work.request.expires});
}

void Shard::on(FeedClose& work) {
  PartitionState& home = partition(base::partition_of(work.resource));
  home.feeds.erase(order_of(work.key));
  const auto found = home.slots.find(work.resource);
  if (home.serving && found != home.slots.end()) step(home, found->second, event::FeedClosed{work.key});
}

void Shard::on(FeedDelivery& work) {
  const auto found = attached_.find(work.delivery.feed.id);
  if (found == attached_.end()) return;  // closed since
  found->second.second(work.delivery);
  if (work.delivery.state == ports::SubscriptionState::terminated) attached_.erase(found);
}

void Shard::on(StopWork& /*work*/) {
  end_waits_for_hss();
  end_waits();
  stopping_ = true;
}

}  // namespace presentia::runtime
