#include "tools/presentia-bench/engine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tools/presentia-bench/document.h"

namespace presentia::bench {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kT1{500};         // [RFC3261 17.1.2.2] timer E
constexpr milliseconds kT2{4000};        // and its ceiling
constexpr milliseconds kGivesUp{10000};  // an S-CSCF gives up after 5 s
constexpr milliseconds kCheckEvery{50};
constexpr std::uint64_t kHopeless = 100;  // failures after which a phase starts nothing more

constexpr std::array<std::string_view, 8> kNames = {"PUBLISH create",    "PUBLISH refresh", "PUBLISH modify",
                                                    "PUBLISH remove",    "SUBSCRIBE",       "fetch",
                                                    "SUBSCRIBE refresh", "SUBSCRIBE end"};

std::string name_of(Action action) { return std::string(kNames[static_cast<std::size_t>(action)]); }

bool is_publish(Action action) { return action <= Action::kRemove; }

// Actions after which no other may run on the same presentity until they are over.
bool is_exclusive(Action action) { return action != Action::kSubscribe && action != Action::kFetch; }

bool ends_dialog(Action action) { return action == Action::kFetch || action == Action::kUnsubscribe; }

}  // namespace

Tally Engine::run(const Phase& phase) {
  operations_.resize(phase.in_flight);
  idle_.clear();
  for (std::uint32_t slot = 0; slot < phase.in_flight; ++slot) idle_.push_back(slot);
  tally_ = {};
  started_ = 0;
  open_loop_ = phase.open_loop;
  deaf_leave_ |= phase.deaf_leave;  // for ever
  begun_ = next_check_ = Clock::now();
  Instant next_sample = begun_;
  const Wire::Receiver receiver = [this](const Origin& origin, std::string_view text) { received(origin, text); };
  while (true) {
    const Instant now = Clock::now();
    if (phase.sample_every.count() > 0 && now >= next_sample) {
      phase.sample();
      next_sample += phase.sample_every;
    }
    const bool over =
        started_ >= phase.count || now >= begun_ + phase.lasts || (tally_.failed >= kHopeless && !open_loop_);
    if (!over) start_due(phase);
    if (over && idle_.size() == operations_.size()) break;
    if (now >= next_check_) check_timers(now);
    const bool paced = phase.rate > 0 || idle_.size() == operations_.size();
    wire_.poll(paced && !over ? milliseconds(1) : milliseconds(10), receiver);
  }
  wire_.poll(milliseconds(0), receiver);
  tally_.elapsed = Clock::now() - begun_;
  return std::move(tally_);
}

void Engine::start_due(const Phase& phase) {
  if (!phase.next) return;
  std::uint64_t due = phase.count;
  if (phase.rate > 0) {
    const std::chrono::duration<double> since = Clock::now() - begun_;
    due = std::min(due, static_cast<std::uint64_t>(since.count() * phase.rate) + 1);
  }
  if (phase.open_loop) return come_due(phase, due);
  while (!idle_.empty() && started_ < due) {
    const std::optional<Step> step = phase.next();
    if (!step) return;
    start(*step, Clock::now());
  }
}

// A bounded number between two looks at what has come in, so that a generator that fell behind still answers.
void Engine::come_due(const Phase& phase, std::uint64_t due) {
  constexpr std::uint64_t kAtOnce = 64;
  for (const std::uint64_t until = std::min(due, started_ + kAtOnce); started_ < until;) {
    const auto after = std::chrono::duration<double>(static_cast<double>(started_) / phase.rate);
    const std::optional<Step> step = idle_.empty() ? std::nullopt : phase.next();
    if (step) {
      start(*step, begun_ + std::chrono::duration_cast<Instant::duration>(after));
    } else {
      ++started_;
      ++tally_.not_started;
    }
  }
}

void Engine::start(Step step, Instant at) {
  const std::uint32_t slot = idle_.back();
  idle_.pop_back();
  ++started_;
  Operation& operation = operations_[slot];
  operation.active = true;
  operation.answered = false;
  operation.generation = ++generation_;
  operation.request = write(slot, step);
  operation.step = step;
  const Presentity& presentity = population_.presentities[step.presentity];
  const bool shown = step.action == Action::kCreate || step.action == Action::kModify;
  const auto watchers = static_cast<std::uint32_t>(std::ranges::count_if(
      presentity.dialogs, [this](std::uint32_t dialog) { return !deaf_leave_ || !deaf(dialog); }));
  operation.notifies_due = !is_publish(step.action) ? 1 : shown ? watchers : 0;
  const bool changing = presentity.operation != kNone && is_publish(operations_[presentity.operation].step.action);
  operation.oldest_revision = changing && presentity.revision > 0 ? presentity.revision - 1 : presentity.revision;
  operation.started = at;
  operation.interval = kT1;
  const Instant now = Clock::now();
  operation.retransmit_at = now + kT1;
  operation.gives_up = now + kGivesUp;
  wire_.send(operation.request);
}

std::string Engine::write(std::uint32_t slot, Step& step) {
  if (step.action == Action::kSubscribe || step.action == Action::kFetch) {
    step.dialog = population_.add_dialog(step.presentity);
    if (step.action == Action::kSubscribe) population_.presentities[step.presentity].dialogs.push_back(step.dialog);
  }
  if (step.dialog != kNone) {
    step.presentity = population_.dialogs[step.dialog].presentity;
    population_.dialogs[step.dialog].operation = slot;
  }
  if (is_exclusive(step.action)) population_.presentities[step.presentity].operation = slot;
  const Key transaction{slot, operations_[slot].generation};
  return is_publish(step.action) ? write_publish(transaction, step) : write_subscribe(transaction, step);
}

std::string Engine::write_publish(Key transaction, const Step& step) {
  Presentity& presentity = population_.presentities[step.presentity];
  PublishRequest request;
  request.transaction = transaction;
  request.presentity = step.presentity;
  request.cseq = ++presentity.cseq;
  request.expires_s = step.action == Action::kRemove ? 0 : requests_.setting().expires_s;
  if (step.action != Action::kCreate) request.if_match = presentity.etag;
  std::string body;
  if (step.action == Action::kCreate || step.action == Action::kModify) {
    body = presence_document(requests_.presentity_uri(step.presentity), ++presentity.revision);
  }
  request.body = body;
  return requests_.publish(request);
}

std::string Engine::write_subscribe(Key transaction, const Step& step) {
  Dialog& dialog = population_.dialogs[step.dialog];
  SubscribeRequest request;
  request.transaction = transaction;
  request.dialog = {step.dialog, dialog.generation};
  request.presentity = step.presentity;
  request.cseq = ++dialog.cseq;
  request.expires_s = ends_dialog(step.action) ? 0 : requests_.setting().expires_s;
  request.remote_tag = dialog.remote_tag;
  request.remote_target = dialog.remote_target;
  request.deaf = deaf(step.dialog);
  return requests_.subscribe(request);
}

void Engine::check_timers(Instant now) {
  next_check_ = now + kCheckEvery;
  for (std::uint32_t slot = 0; slot < operations_.size(); ++slot) {
    Operation& operation = operations_[slot];
    if (!operation.active) continue;
    if (now >= operation.gives_up) {
      fail(slot, operation.answered ? "NOTIFY missing" : "no answer");
    } else if (!operation.answered && !reliable_ && now >= operation.retransmit_at) {
      ++tally_.retransmissions;
      operation.interval = std::min(2 * operation.interval, kT2);
      operation.retransmit_at = now + operation.interval;
      wire_.send(operation.request);
    }
  }
}

void Engine::received(const Origin& origin, std::string_view text) {
  const std::optional<Message> message = parse(text);
  if (!message) {
    unexpected("unreadable message");
  } else if (message->status != 0) {
    on_response(*message);
  } else if (message->method == "NOTIFY") {
    const std::optional<Key> dialog = key_of(message->call_id, requests_.setting().run);
    if (deaf_leave_ && dialog && deaf(dialog->slot)) return;
    wire_.reply(origin, Requests::answer(*message, 200, "OK"));
    on_notify(*message);
  } else {
    wire_.reply(origin, Requests::answer(*message, 405, "Method Not Allowed"));
    unexpected(std::string(message->method) + " received");
  }
}

void Engine::on_response(const Message& message) {
  std::string_view branch = parameter(message.vias[0], "branch");
  branch.remove_prefix(std::min(branch.size(), kBranchCookie.size()));
  const std::optional<Key> key = key_of(branch, requests_.setting().run);
  if (!key || key->slot >= operations_.size()) return unexpected("response to nothing");
  Operation& operation = operations_[key->slot];
  const bool late = !operation.active || operation.answered || operation.generation != key->generation;
  if (late || message.status < 200) return;  // a repeated answer is nothing to complain about
  if (message.status == 503 && open_loop_) return shed(key->slot, message);
  if (message.status >= 300) return fail(key->slot, std::to_string(message.status));
  on_success(key->slot, message);
}

void Engine::on_success(std::uint32_t slot, const Message& message) {
  Operation& operation = operations_[slot];
  operation.answered = true;
  if (is_publish(operation.step.action)) {
    if (message.etag.empty()) return fail(slot, "200 without SIP-ETag");
    population_.presentities[operation.step.presentity].etag = message.etag;
  } else if (operation.step.dialog != kNone) {
    Dialog& dialog = population_.dialogs[operation.step.dialog];
    dialog.remote_tag = parameter(message.to, "tag");
    if (!message.contact.empty()) dialog.remote_target = uri_of(message.contact);
    if (dialog.remote_tag.empty() || dialog.remote_target.empty()) return fail(slot, "200 without To tag or Contact");
  }
  finish_if_done(slot);
}

void Engine::on_notify(const Message& message) {
  const std::optional<Key> key = key_of(message.call_id, requests_.setting().run);
  if (!key || key->slot >= population_.dialogs.size()) return unexpected("NOTIFY of an unknown dialog");
  Dialog& dialog = population_.dialogs[key->slot];
  if (dialog.generation != key->generation || message.cseq <= dialog.notify_cseq) {
    ++tally_.repeated_notifies;
    return;
  }
  dialog.notify_cseq = message.cseq;
  ++tally_.notifies;
  const Presentity& presentity = population_.presentities[dialog.presentity];
  const std::optional<std::uint32_t> revision = revision_of(message.body);
  if (!revision && !presentity.etag.empty()) ++tally_.notifies_without_document;
  const std::uint32_t seen = std::exchange(dialog.revision, revision.value_or(dialog.revision));
  if (revision && *revision < seen) unexpected("NOTIFY with a state older than the one before");
  if (dialog.operation != kNone) {
    const std::uint32_t slot = dialog.operation;
    on_subscribe_notify(operations_[slot], dialog, message);
    return finish_if_done(slot);
  }
  if (presentity.operation == kNone) return;
  Operation& operation = operations_[presentity.operation];
  const bool news = revision && *revision == presentity.revision && seen != *revision;
  if (is_publish(operation.step.action) && news && operation.notifies_due > 0) {
    --operation.notifies_due;
    finish_if_done(presentity.operation);
  }
}

void Engine::on_subscribe_notify(Operation& operation, const Dialog& dialog, const Message& message) {
  const std::string_view wanted = ends_dialog(operation.step.action) ? "terminated" : "active";
  if (!message.subscription_state.starts_with(wanted)) {
    unexpected(name_of(operation.step.action) + ": NOTIFY " + std::string(message.subscription_state));
  }
  if (dialog.revision != 0 && dialog.revision < operation.oldest_revision) {
    unexpected(name_of(operation.step.action) + ": NOTIFY with old state");
  }
  operation.notifies_due = 0;
}

void Engine::finish_if_done(std::uint32_t slot) {
  const Operation& operation = operations_[slot];
  if (!operation.active || !operation.answered || operation.notifies_due > 0) return;
  ++tally_.completed;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - operation.started);
  tally_.latencies_us.push_back(static_cast<std::uint32_t>(took.count()));
  release(slot);
}

void Engine::fail(std::uint32_t slot, const std::string& reason) {
  ++tally_.failed;
  unexpected(name_of(operations_[slot].step.action) + ": " + reason);
  release(slot);
}

// Nothing has changed on the server: the tag is still good, and what was to be published is nowhere.
void Engine::shed(std::uint32_t slot, const Message& message) {
  const Step& step = operations_[slot].step;
  if (message.retry_after.empty()) return fail(slot, "503 without Retry-After");
  if (step.action == Action::kRemove || step.action == Action::kUnsubscribe) return fail(slot, "503");
  ++tally_.shed;
  if (step.action == Action::kModify || step.action == Action::kCreate) {
    --population_.presentities[step.presentity].revision;
  }
  release(slot);
}

void Engine::release(std::uint32_t slot) {
  Operation& operation = operations_[slot];
  const Step& step = operation.step;
  operation.active = false;
  Presentity& presentity = population_.presentities[step.presentity];
  if (is_exclusive(step.action)) presentity.operation = kNone;
  if (step.action == Action::kRemove) presentity.etag.clear();
  if (step.dialog != kNone) {
    population_.dialogs[step.dialog].operation = kNone;
    if (step.action == Action::kUnsubscribe) std::erase(presentity.dialogs, step.dialog);
    if (ends_dialog(step.action)) population_.end_dialog(step.dialog);
  }
  idle_.push_back(slot);
}

}  // namespace presentia::bench
