// Shard, the part that runs an event: decide and apply, hand the records to the store, act when they are durable.
#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "as/base/log.h"
#include "as/event/admission.h"
#include "as/runtime/observation.h"
#include "as/runtime/refusal_log.h"
#include "as/runtime/shard.h"

namespace presentia::runtime {
namespace {

constexpr std::uint32_t kMeasuredSteps = 16;  // one in so many

double since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

// A feed lives no longer than its subscriber, which is of this process too.
bool is_of_feed(const ports::RecordChange& change) {
  const auto* put = std::get_if<ports::PutSubscription>(&change);
  return put != nullptr && put->record.feed.has_value();
}

// Since when the last third-party REGISTER made the user registered, the epoch without one; nullopt: the registration
// is not to be followed.
std::optional<base::Instant> followed_since(const event::ResourceState& state, const config::RegEvent& settings) {
  const auto users = settings.users();
  const auto alive = state.counts[static_cast<std::size_t>(ports::SubscriptionState::pending)] +
                     state.counts[static_cast<std::size_t>(ports::SubscriptionState::active)];
  std::optional<base::Instant> since;
  if (alive > 0 && (users == config::RegEvent::WATCHED || users == config::RegEvent::BOTH)) since.emplace();
  if (users == config::RegEvent::NOBODY || !state.registration) return since;
  for (const ports::RegistrationStatement& statement : state.registration->statements) {
    const bool told = statement.source == ports::RegistrationSource::third_party_register && statement.registered;
    if (told && (since || users != config::RegEvent::WATCHED)) since = statement.since;
  }
  return since;
}

// What the S-CSCF said of itself is newer than what the HSS did.
ports::ServingNode serving_node(const event::ResourceState& state) {
  ports::ServingNode node;
  if (state.subscriber) node = {state.subscriber->s_cscf, state.subscriber->charging_addresses};
  if (!state.registration) return node;
  if (!state.registration->s_cscf.empty()) node.s_cscf = state.registration->s_cscf;
  if (!state.registration->charging.addresses.empty()) node.charging_addresses = state.registration->charging.addresses;
  return node;
}

// What only saves a NOTIFY after a restart does not count.
bool stores(const event::Decision& decision) {
  return std::ranges::any_of(decision.changes, [](const event::Change& change) {
    const auto* record = std::get_if<ports::RecordChange>(&change);
    return record != nullptr && !is_of_feed(*record) && !std::holds_alternative<ports::PutSent>(*record);
  });
}

// What waits for documents would come to nothing while the store cannot be written.
bool waits(const event::Decision& decision) {
  return std::ranges::any_of(decision.changes, [](const event::Change& change) {
    const auto* one = std::get_if<event::VolatileChange>(&change);
    return one != nullptr && std::holds_alternative<event::RequestHeld>(*one);
  });
}

// The subscriptions that a change of records put or dropped.
void note_touched(std::vector<ports::SubscriptionId>& touched, const ports::RecordChange& change) {
  if (const auto* put = std::get_if<ports::PutSubscription>(&change)) touched.push_back(put->record.id);
  if (const auto* drop = std::get_if<ports::DropSubscription>(&change)) touched.push_back(drop->id);
}

// Counts a NOTIFY from the decision on, whatever becomes of it.
std::shared_ptr<const void> under_way(Node& node) {
  node.notifies.fetch_add(1, std::memory_order_relaxed);
  return {&node.notifies, [](std::atomic<std::size_t>* count) { count->fetch_sub(1, std::memory_order_relaxed); }};
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

Slot& Shard::slot(PartitionState& home, const ports::Resource& resource) {
  return home.slots.try_emplace(resource, wheel_, due_, home.number, resource).first->second;
}

event::Context Shard::context(const PartitionState& home) {
  const mgmt::Snapshot& settings = *settings_.snapshot();
  budget_.renew(settings, !turns_.empty() && !in_turn_);
  return {now_, settings, packages_, *tokens_, home.number, home.copies_until, &budget_};
}

void Shard::step(PartitionState& home, Slot& slot, const event::Event& event, RequestKind kind) {
  if (home.read_only) return step_without_store(home, slot, event, kind);
  const event::Context told = context(home);  // once: asked again, the settings may be others and these be gone
  Observation seen(event, now_, told.settings);
  const bool heard = teller_.heard();
  bool first = true;
  const auto look = [&](const event::ResourceState& before, const event::Decision& made) {
    const ports::SipRequest* request = request_of(std::exchange(first, false) ? &event : nullptr, before, made);
    log_refusal(before.resource, request, made);
    if (heard) seen(before, made, request);
  };
  const event::Observer observe = std::cref(look);  // which needs no memory of its own
  const bool measured = ++steps_ % kMeasuredSteps == 0;
  const auto begun = measured ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  event::Decision decision = event::step(slot.state, event, told, observe);
  if (measured) meters_.decide_time.observe(since(begun));
  act(home, slot, std::move(decision), kind, seen.take());
}

// NOTIFYs wait: each may need a record. A request of which a record would come is refused; a timer comes again; what
// cannot be asked for again waits until the store can be written.
void Shard::step_without_store(PartitionState& home, Slot& slot, const event::Event& event, RequestKind kind) {
  event::Decision decision = event::decide(slot.state, event, context(home));
  const auto* due = std::get_if<event::TimerDue>(&event);
  const bool rights = std::holds_alternative<event::DocumentChanged>(event) ||
                      (due != nullptr && std::holds_alternative<event::RightsKey>(due->key));
  if (rights) home.postponed.emplace_back(slot.state.resource, event);  // what follows from it may need records
  if (!stores(decision) && !waits(decision)) {
    for (const event::Change& change : decision.changes) event::apply(slot.state, change);
    return act(home, slot, std::move(decision), kind);
  }
  if (const auto* held = due != nullptr ? std::get_if<event::HeldKey>(&due->key) : nullptr) {
    const auto waits = slot.state.held.find(held->id);
    if (waits != slot.state.held.end() && !waits->second.answered)
      tell_refused(*waits->second.request, "the store cannot be written");
    refuse({slot.state.resource, kind, std::move(decision.actions)});
    event::apply(slot.state, event::Change(event::VolatileChange(event::RequestReleased{held->id})));
  } else if (due != nullptr) {
    slot.timers.arm(due->key, now_ + kStorePause);
  } else if (const ports::SipRequest* request = request_of(event)) {
    tell_refused(*request, "the store cannot be written");
    refuse({slot.state.resource, kind, std::move(decision.actions)});
    if (slot.state.empty()) home.slots.erase(slot.state.resource);
  } else {
    home.postponed.emplace_back(slot.state.resource, event);
  }
}

void Shard::tell_refused(const ports::SipRequest& request, std::string_view why) {
  if (teller_.heard()) teller_.tell(turned_away(request, 500, why, now_));
}

void Shard::act(PartitionState& home, Slot& slot, event::Decision decision, RequestKind kind,
                std::vector<ports::CoreEvent> told) {
  const ports::Resource resource = slot.state.resource;
  ports::Commit commit;
  std::vector<ports::SubscriptionId> touched;
  for (event::Change& change : decision.changes) {
    auto* record = std::get_if<ports::RecordChange>(&change);
    if (record == nullptr) continue;
    index(home, resource, *record);
    note_touched(touched, *record);
    if (is_of_feed(*record)) continue;
    if (std::holds_alternative<ports::PutSent>(*record)) {
      keep_lazy(home, {resource, std::move(*record)});
      continue;
    }
    commit.changes.push_back({resource, std::move(*record)});
  }
  Batch batch{resource, kind, {}, cause_, std::move(told)};
  for (event::Action& action :
       decision.actions) {  // timers and questions change nothing that is seen: they do not wait
    if (std::holds_alternative<event::Follow>(action) || std::holds_alternative<event::Unfollow>(action)) {
      follow(home, resource, action);
    } else if (const auto* ready = std::get_if<event::DocumentsReady>(&action)) {
      answer_question(home, slot.state, *ready);
    } else if (const auto* arm = std::get_if<event::Arm>(&action)) {
      slot.timers.arm(arm->key, arm->at);
    } else if (const auto* disarm = std::get_if<event::Disarm>(&action)) {
      slot.timers.disarm(disarm->key);
    } else {
      if (auto* notify = std::get_if<event::Notify>(&action)) notify->permit = under_way(node_);
      batch.actions.push_back(std::move(action));
    }
  }
  note_held(slot.state, decision, kind);
  measure(slot);
  follow_registration(slot);
  follow_subscriber(slot);
  slot.share.follow(node_, slot.state, touched);
  if (!slot.state.parked.empty()) queue(home, slot);
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
  } else if (const auto* answered = std::get_if<ports::PutAnswered>(&change)) {
    home.answered.insert_or_assign(answered->record.mark.hash, resource);
  } else if (const auto* forgotten = std::get_if<ports::DropAnswered>(&change)) {
    home.answered.erase(forgotten->hash);
  }
}

void Shard::keep_lazy(PartitionState& home, ports::ResourceChange change) {
  if (home.read_only) return;  // it only saves a NOTIFY
  if (home.lazy.empty()) {
    if (lazy_.empty()) lazy_due_ = now_ + base::Millis(settings_.snapshot()->config().store().lazy_ms());
    lazy_.push_back(home.number);
  }
  home.lazy.push_back(std::move(change));
}

void Shard::flush_lazy() {
  std::vector<base::Partition> due;
  due.swap(lazy_);
  for (const base::Partition number : due) {
    PartitionState& home = partition(number);
    if (home.serving && !home.lazy.empty()) hand_over(home, {});
  }
}

void Shard::measure(Slot& slot) {
  const std::size_t publications = publications_in(slot.state);
  if (publications != slot.publications) {
    meters_.publications.add(static_cast<double>(publications) - static_cast<double>(slot.publications));
  }
  slot.publications = publications;
  for (std::size_t i = 0; i < slot.subscriptions.size(); ++i) {
    const auto by = static_cast<std::int64_t>(slot.state.counts[i]) - static_cast<std::int64_t>(slot.subscriptions[i]);
    if (by == 0) continue;
    const auto state = static_cast<ports::SubscriptionState>(i);
    meters_.subscriptions(state, static_cast<double>(by));
    if (state != ports::SubscriptionState::waiting) alive_ += static_cast<std::size_t>(by);
  }
  slot.subscriptions = slot.state.counts;
}

void Shard::follow_registration(Slot& slot) {
  if (registrations_ == nullptr) return;
  const auto since = followed_since(slot.state, settings_.snapshot()->config().registration().reg_event());
  if (!since && !slot.followed) return;
  const ports::ServingNode node = since ? serving_node(slot.state) : ports::ServingNode();
  const std::hash<std::string> hash;
  const auto followed =
      since ? std::optional(std::pair(*since, hash(node.s_cscf + ' ' + node.charging_addresses))) : std::nullopt;
  if (followed == slot.followed) return;
  slot.followed = followed;
  if (since) {
    registrations_->follow(slot.state.resource, node);
  } else {
    registrations_->unfollow(slot.state.resource);
  }
}

// What was lazy goes first: it was decided before.
void Shard::hand_over(PartitionState& home, ports::Commit commit) {
  commit.changes.insert(commit.changes.begin(), std::make_move_iterator(home.lazy.begin()),
                        std::make_move_iterator(home.lazy.end()));
  home.lazy.clear();
  const std::uint64_t number = home.gate.open();
  ++open_commits_;
  committing_.store(std::this_thread::get_id());
  store_.commit(home.number, home.epoch, std::move(commit),
                [this, inbox = inbox_, partition = home.number, number, time = meters_.commit_time,
                 begun = std::chrono::steady_clock::now()](base::Result<base::Done> result) mutable {
                  time.observe(since(begun));
                  const bool durable = result.has_value();
                  if (!durable) {
                    base::log(base::Module::runtime, base::Level::error, "commit.failed",
                              {{"partition", partition}, {"code", result.error().code}, {"text", result.error().text}});
                  }
                  // A store that is done before commit() returns costs no turn of the inbox.
                  if (committing_.load() == std::this_thread::get_id()) {
                    committed(this->partition(partition), number, durable);
                  } else {
                    inbox->post(base::Lane::completion, CommitWork{partition, number, durable});
                  }
                });
  committing_.store({});
}

void Shard::committed(PartitionState& home, std::uint64_t number, bool durable) {
  --open_commits_;
  std::vector<Batch> released = home.gate.finished(number);
  if (!home.serving) return;  // an earlier commit failed: what waited has been refused
  if (!durable) {
    for (const Batch& batch : released) refuse(batch);
    return distrust(home);
  }
  for (Batch& batch : released) run_batch(home, std::move(batch));
}

void Shard::run_batch(PartitionState& home, Batch batch) {
  for (const ports::CoreEvent& event : batch.told) teller_.tell(event);
  for (event::Action& action : batch.actions) {
    if (auto* respond = std::get_if<event::Respond>(&action)) {
      answer(batch.kind, respond->key, std::move(respond->response));
    } else if (auto* notify = std::get_if<event::Notify>(&action)) {
      meters_.notify_lag.observe(std::chrono::duration<double>(now_ - batch.cause).count());
      send(home, batch.resource, std::move(*notify));
    } else if (const auto* abandon = std::get_if<event::Abandon>(&action)) {
      if (const auto key = sends_.find(abandon->dialog, abandon->cseq)) this->abandon(*key);
    } else if (auto* delivery = std::get_if<event::Deliver>(&action)) {
      deliver(home, std::move(*delivery));
    } else if (auto* tell = std::get_if<event::TellCanonical>(&action)) {
      const base::Partition to = base::partition_of(tell->canonical);
      exchange_.post(to, base::Lane::completion, CanonicalTold{tell->canonical, std::move(tell->told)});
    } else if (const auto* count = std::get_if<event::Count>(&action)) {
      meters_.counted(count->what, count->label);
    }
  }
  if (batch.done) batch.done(true);
}

void Shard::send(PartitionState& home, const ports::Resource& resource, event::Notify notify) {
  hops_.sent(notify.hop);
  meters_.notifies_open.add(1);
  const ports::SendKey key = sends_.add(
      {home.number, home.epoch, resource, std::move(notify.dialog), notify.cseq, notify.hop, std::move(notify.permit)});
  sip_->send(key, std::move(notify.request));
}

void Shard::abandon(ports::SendKey key) {
  sends_.abandon(key);
  sip_->abandon(key);
}

void Shard::queue(const PartitionState& home, Slot& slot) {
  const auto next = slot.state.subscriptions.find(slot.state.parked.front());
  const bool first = next != slot.state.subscriptions.end() && (next->second.ending || next->second.urgent);
  if (slot.queued && !first) return;
  if (first) {
    turns_.emplace_front(home.number, slot.state.resource);
  } else {
    turns_.emplace_back(home.number, slot.state.resource);
  }
  slot.queued = true;
}

void Shard::deliver(PartitionState& home, event::Deliver delivery) {
  if (delivery.state == ports::SubscriptionState::terminated) home.feeds.erase(order_of(delivery.feed));
  const base::Partition subscriber = delivery.feed.partition;
  exchange_.post(subscriber, base::Lane::completion, FeedDelivery{std::move(delivery)});
}

void Shard::answer(RequestKind kind, const ports::RequestKey& key, ports::SipResponse response) {
  const auto held = held_kinds_.empty() ? held_kinds_.end() : held_kinds_.find({key.io, key.slot, key.generation});
  if (held != held_kinds_.end()) {
    kind = held->second;
    held_kinds_.erase(held);
  }
  meters_.answered(kind, response.status);
  sip_->respond(key, std::move(response));
}

void Shard::refuse(const Batch& batch) {
  for (const event::Action& action : batch.actions) {
    if (const auto* respond = std::get_if<event::Respond>(&action)) {
      answer(batch.kind, respond->key, trouble(500, "the state could not be stored", *settings_.snapshot()));
    }
  }
  if (batch.done) batch.done(false);
}

}  // namespace presentia::runtime
