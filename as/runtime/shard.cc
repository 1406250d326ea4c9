#include "as/runtime/shard.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "as/base/check.h"
#include "as/base/log.h"
#include "as/event/admission.h"
#include "as/runtime/refusal_log.h"

namespace presentia::runtime {
namespace {

constexpr std::size_t kWorkPerTurn = 512;
constexpr std::size_t kTimersPerTurn = 2048;
constexpr std::size_t kPolicyPerTurn = 256;
constexpr base::Seconds kIdle{3600};

std::vector<PartitionState> partitions_of(std::uint16_t index, std::uint16_t count) {
  std::vector<PartitionState> partitions((base::kPartitions - index + count - 1) / count);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    partitions[i].number = static_cast<base::Partition>(index + i * count);
  }
  return partitions;
}

std::pair<std::uint16_t, std::uint64_t> order(const ports::FeedKey& key) { return {key.partition, key.id}; }

// A feed lives no longer than its subscriber, which is of this process too.
bool is_of_feed(const ports::RecordChange& change) {
  const auto* put = std::get_if<ports::PutSubscription>(&change);
  return put != nullptr && put->record.feed.has_value();
}

std::size_t publications_in(const event::ResourceState& state) {
  std::size_t number = 0;
  for (const auto& [package, published] : state.published) number += published.publications.size();
  return number;
}

}  // namespace

ports::SipResponse trouble(int status, std::string_view why, const mgmt::Snapshot& settings) {
  ports::SipResponse response = event::refusal(status, why);
  response.headers.emplace_back("Retry-After", std::to_string(settings.config().runtime().retry_after_s()));
  return response;
}

Shard::Shard(Setup setup)
    : index_(setup.index),
      count_(setup.count),
      packages_(setup.packages),
      store_(setup.store),
      exchange_(setup.exchange),
      tokens_(std::move(setup.tokens)),
      settings_(setup.live),
      meters_(setup.metrics, setup.packages),
      publications_(setup.metrics.gauge("presentia_publications", "Publications held")),
      subscriptions_(setup.metrics.gauge("presentia_subscriptions", "Subscriptions held, waiting watchers included")),
      depth_(setup.metrics.gauge("presentia_inbox_depth", "Work found in the inbox of a shard when it last looked",
                                 {{"shard", std::to_string(setup.index)}})),
      commit_failures_(setup.metrics.counter("presentia_commit_failures_total", "Commits that the store failed")),
      inbox_(settings_.snapshot()->config().runtime().inbox_capacity()),
      now_(setup.start),
      wheel_(setup.start),
      partitions_(partitions_of(setup.index, setup.count)),
      sends_(setup.index) {
  for (PartitionState& home : partitions_) {
    home.load_at = setup.start;
    to_load_.push_back(home.number);
  }
}

// --- The loop -------------------------------------------------------------------------------------------------------

bool Shard::run_once(base::Instant now) {
  PS_ON_SHARD();
  now_ = std::max(now_, now);
  load_due();
  if (done_ == batch_.size()) {
    batch_.clear();
    done_ = 0;
    inbox_.drain(batch_);
    depth_.set(static_cast<double>(batch_.size()));
  }
  for (std::size_t turn = 0; turn < kWorkPerTurn && done_ < batch_.size(); ++turn) {
    Work work = std::move(batch_[done_++]);
    handle(work);
    load_due();
  }
  const bool more_timers = wheel_.advance(now_, kTimersPerTurn) == kTimersPerTurn;
  fire_timers();
  policy_slice();
  load_due();
  if (stopping_) {
    stopped_ = done_ == batch_.size() &&
               std::all_of(partitions_.begin(), partitions_.end(), [](const auto& p) { return p.gate.pending() == 0; });
  }
  return done_ < batch_.size() || more_timers || policy_.active();
}

std::optional<base::Instant> Shard::next() const {
  std::optional<base::Instant> at = wheel_.next();
  for (const base::Partition number : to_load_) {
    const PartitionState& home = partitions_[number / count_];
    if (home.gate.pending() == 0 && (!at || home.load_at < *at)) at = home.load_at;
  }
  return at;
}

void Shard::run(const base::Clock& clock, const std::function<void()>& loaded) {
  base::this_thread_is(base::ThreadRole::shard);
  bool more = run_once(clock.now());
  loaded();
  while (!stopped_) {
    if (!more) {
      const base::Instant now = clock.now();
      const base::Millis idle = std::max(base::Millis(0), next().value_or(now + kIdle) - now);
      inbox_.wait_and_drain(batch_, std::chrono::steady_clock::now() + idle);
    }
    more = run_once(clock.now());
  }
  inbox_.close();
  inbox_.drain(batch_);
  run_once(clock.now());
}

void Shard::fire_timers() {
  std::vector<DueTimer> due;
  due.swap(due_);
  for (const DueTimer& timer : due) {
    PartitionState& home = partition(timer.partition);
    const auto found = home.slots.find(timer.resource);
    if (!home.serving || found == home.slots.end() || !found->second.timers.due(timer.key, now_)) continue;
    step(home, found->second, event::TimerDue{timer.key});
    load_due();
  }
}

void Shard::policy_slice() {
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

void Shard::handle(Work& work) {
  std::visit([this](auto& what) { on(what); }, work);
}

void Shard::on(RequestWork& work) {
  const RequestKind kind = meters_.kind_of(*work.request);
  if (stopping_) return answer(kind, work.request->key, trouble(503, "the server stops", *settings_.snapshot()));
  PartitionState& home = partition(work.partition);
  if (!home.serving) {
    return answer(kind, work.request->key, trouble(500, "state is being loaded", *settings_.snapshot()));
  }
  if (work.resource.empty()) {  // the tag of a dialog says whose it is
    const auto dialog = home.dialogs.find(work.request->to_tag);
    if (dialog == home.dialogs.end()) {
      meters_.refused("dialog.unknown");
      return answer(kind, work.request->key, event::refusal(481, "no such dialog"));  // [RFC6665 4.2.1.4]
    }
    work.resource = dialog->second;
  }
  Slot& own = slot(home, work.resource);
  if (work.request->method == "PUBLISH") {
    step(home, own, event::PublishArrived{std::move(*work.request)}, kind);
  } else {
    step(home, own, event::SubscribeArrived{std::move(*work.request)}, kind);
  }
}

void Shard::on(OutcomeWork& work) {
  std::optional<Sent> sent = sends_.take(work.outcome.key);
  if (!sent) return;
  meters_.notified(work.outcome);
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
  home.feeds[order(work.key)] = {work.request, now_ + work.request.expires};
  if (!home.serving) return;  // the load opens it
  step(home, slot(home, work.request.resource),
       event::FeedOpened{work.key, work.request.package, work.request.watcher, work.request.expires});
}

void Shard::on(FeedClose& work) {
  PartitionState& home = partition(base::partition_of(work.resource));
  home.feeds.erase(order(work.key));
  const auto found = home.slots.find(work.resource);
  if (home.serving && found != home.slots.end()) step(home, found->second, event::FeedClosed{work.key});
}

void Shard::on(FeedDelivery& work) {
  const auto found = attached_.find(work.delivery.feed.id);
  if (found == attached_.end()) return;  // closed since
  found->second.second(work.delivery);
  if (work.delivery.state == ports::SubscriptionState::terminated) attached_.erase(found);
}

void Shard::on(StopWork& /*work*/) { stopping_ = true; }

// --- Events, changes, actions ---------------------------------------------------------------------------------------

Slot& Shard::slot(PartitionState& home, const ports::Resource& resource) {
  return home.slots.try_emplace(resource, wheel_, due_, home.number, resource).first->second;
}

event::Context Shard::context(const PartitionState& home) {
  return {now_, *settings_.snapshot(), packages_, *tokens_, home.number};
}

void Shard::step(PartitionState& home, Slot& slot, const event::Event& event, RequestKind kind) {
  event::Decision decision = event::step(slot.state, event, context(home));
  log_refusal(slot.state.resource, event, decision);
  act(home, slot, std::move(decision), kind);
}

void Shard::act(PartitionState& home, Slot& slot, event::Decision decision, RequestKind kind) {
  const ports::Resource resource = slot.state.resource;
  ports::Commit commit;
  for (event::Change& change : decision.changes) {
    auto* record = std::get_if<ports::RecordChange>(&change);
    if (record == nullptr) continue;
    index(home, resource, *record);
    if (is_of_feed(*record)) continue;
    commit.changes.push_back({resource, std::move(*record)});
  }
  Batch batch{resource, kind, {}};
  for (event::Action& action : decision.actions) {  // timers are no business of anyone outside: they do not wait
    if (const auto* arm = std::get_if<event::Arm>(&action)) {
      slot.timers.arm(arm->key, arm->at);
    } else if (const auto* disarm = std::get_if<event::Disarm>(&action)) {
      slot.timers.disarm(disarm->key);
    } else {
      batch.actions.push_back(std::move(action));
    }
  }
  measure(slot);
  if (slot.state.empty()) home.slots.erase(resource);
  if (!commit.changes.empty()) hand_over(home, std::move(commit));
  if (!home.serving) return refuse(batch);
  if (auto open = home.gate.offer(std::move(batch))) run_batch(home, *std::move(open));
}

void Shard::index(PartitionState& home, const ports::Resource& resource, const ports::RecordChange& change) {
  if (const auto* put = std::get_if<ports::PutDialog>(&change)) {
    home.dialogs.insert_or_assign(put->record.info->local_tag, resource);
  } else if (const auto* drop = std::get_if<ports::DropDialog>(&change)) {
    home.dialogs.erase(drop->tag);
  }
}

void Shard::measure(Slot& slot) {
  const std::size_t publications = publications_in(slot.state);
  const std::size_t subscriptions = slot.state.subscriptions.size();
  if (publications != slot.publications) {
    publications_.add(static_cast<double>(publications) - static_cast<double>(slot.publications));
  }
  if (subscriptions != slot.subscriptions) {
    subscriptions_.add(static_cast<double>(subscriptions) - static_cast<double>(slot.subscriptions));
  }
  slot.publications = publications;
  slot.subscriptions = subscriptions;
}

void Shard::hand_over(PartitionState& home, ports::Commit commit) {
  const std::uint64_t number = home.gate.open();
  committing_.store(std::this_thread::get_id());
  store_.commit(home.number, home.epoch, std::move(commit),
                [this, partition = home.number, number](base::Result<base::Done> result) {
                  const bool durable = result.has_value();
                  if (!durable) {
                    base::log(base::Module::runtime, base::Level::error, "commit.failed",
                              {{"partition", partition}, {"code", result.error().code}, {"text", result.error().text}});
                  }
                  // A store that is done before commit() returns costs no turn of the inbox.
                  if (committing_.load() == std::this_thread::get_id()) {
                    committed(this->partition(partition), number, durable);
                  } else {
                    inbox_.post(base::Lane::completion, CommitWork{partition, number, durable});
                  }
                });
  committing_.store({});
}

void Shard::committed(PartitionState& home, std::uint64_t number, bool durable) {
  std::vector<Batch> released = home.gate.finished(number);
  if (!home.serving) return;  // an earlier commit failed: what waited has been refused
  if (!durable) {
    for (const Batch& batch : released) refuse(batch);
    return distrust(home);
  }
  for (Batch& batch : released) run_batch(home, std::move(batch));
}

void Shard::run_batch(PartitionState& home, Batch batch) {
  for (event::Action& action : batch.actions) {
    if (auto* respond = std::get_if<event::Respond>(&action)) {
      answer(batch.kind, respond->key, std::move(respond->response));
    } else if (auto* notify = std::get_if<event::Notify>(&action)) {
      send(home, batch.resource, std::move(*notify));
    } else if (const auto* abandon = std::get_if<event::Abandon>(&action)) {
      if (const auto key = sends_.find(abandon->dialog, abandon->cseq)) sip_->abandon(*key);
    } else if (auto* delivery = std::get_if<event::Deliver>(&action)) {
      deliver(home, std::move(*delivery));
    } else if (const auto* count = std::get_if<event::Count>(&action)) {
      meters_.counted(count->what, count->label);
    }
  }
}

void Shard::send(PartitionState& home, const ports::Resource& resource, event::Notify notify) {
  const ports::SendKey key = sends_.add({home.number, home.epoch, resource, std::move(notify.dialog), notify.cseq});
  sip_->send(key, std::move(notify.request));
}

void Shard::deliver(PartitionState& home, event::Deliver delivery) {
  if (delivery.state == ports::SubscriptionState::terminated) home.feeds.erase(order(delivery.feed));
  const base::Partition subscriber = delivery.feed.partition;
  exchange_.post(subscriber, base::Lane::completion, FeedDelivery{std::move(delivery)});
}

void Shard::answer(RequestKind kind, const ports::RequestKey& key, ports::SipResponse response) {
  meters_.answered(kind, response.status);
  sip_->respond(key, std::move(response));
}

void Shard::refuse(const Batch& batch) {
  for (const event::Action& action : batch.actions) {
    if (const auto* respond = std::get_if<event::Respond>(&action)) {
      answer(batch.kind, respond->key, trouble(500, "the state could not be stored", *settings_.snapshot()));
    }
  }
}

// --- Loading --------------------------------------------------------------------------------------------------------

void Shard::distrust(PartitionState& home) {
  commit_failures_.add();
  home.serving = false;
  home.load_at = now_;
  to_load_.push_back(home.number);
  for (const Batch& batch : home.gate.give_up()) refuse(batch);
}

void Shard::forget(PartitionState& home) {
  for (auto& [resource, slot] : home.slots) {
    slot.state = event::ResourceState{};
    measure(slot);
  }
  home.slots.clear();
  home.dialogs.clear();
  for (const ports::SendKey key : sends_.of(home.number)) sip_->abandon(key);
}

void Shard::load_due() {
  if (to_load_.empty()) return;
  std::vector<base::Partition> due;
  due.swap(to_load_);
  for (const base::Partition number : due) {
    PartitionState& home = partition(number);
    // Commits on their way would come after what is loaded.
    if (home.gate.pending() > 0 || home.load_at > now_) {
      to_load_.push_back(number);
    } else {
      load(home);
    }
  }
}

void Shard::load(PartitionState& home) {
  forget(home);
  const auto loaded = store_.load(home.number, [&](ports::ResourceChange change) {
    index(home, change.resource, change.change);
    event::apply(slot(home, change.resource).state, event::Change(std::move(change.change)));
  });
  const base::Seconds pause(settings_.snapshot()->config().runtime().retry_after_s());
  if (!loaded) {
    base::log(base::Module::runtime, base::Level::error, "load.failed",
              {{"partition", home.number}, {"code", loaded.error().code}, {"text", loaded.error().text}});
    home.load_at = now_ + pause;
    to_load_.push_back(home.number);
    return;
  }
  // Rises also over a restart of the process, so that the store can tell an owner from its predecessor.
  home.epoch = std::max(home.epoch + 1, static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  home.serving = true;
  std::vector<ports::Resource> names;
  for (const auto& [name, slot] : home.slots) names.push_back(name);
  for (const ports::Resource& name : names) {
    Slot& own = home.slots.at(name);
    act(home, own, event::resume(own.state, context(home)), {});
    if (!home.serving) break;
  }
  const auto feeds = home.feeds;
  for (const auto& [key, feed] : feeds) {
    if (!home.serving) break;
    const auto left = std::chrono::ceil<base::Seconds>(std::max(base::Millis(0), feed.expires_at - now_));
    step(home, slot(home, feed.request.resource),
         event::FeedOpened{{key.first, key.second}, feed.request.package, feed.request.watcher, left});
  }
  if (!home.serving) home.load_at = now_ + pause;  // the store fails again at once: not in a tight loop
}

}  // namespace presentia::runtime
