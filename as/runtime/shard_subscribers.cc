// Shard, the part that knows users by what the HSS says: which identities are one presentity, and who does not exist.
#include <algorithm>
#include <memory>
#include <utility>

#include "as/base/log.h"
#include "as/base/mutants.h"
#include "as/event/admission.h"
#include "as/event/mark.h"
#include "as/runtime/shard.h"
#include "as/runtime/subscriber_question.h"

namespace presentia::runtime {
namespace {

constexpr std::size_t kMostWaiting = 10'000;  // requests for users of one shard

using To = SubscriberArrived::To;

// [TS29.328 7.6 table 7.6.1] Nobody is told of changes.
bool only_read(ports::DataReference reference) { return reference == ports::DataReference::charging_information; }

bool may_read_instead(ports::SubscriberFault fault) {
  return fault == ports::SubscriberFault::operation_not_allowed || fault == ports::SubscriberFault::cannot_be_notified;
}

base::Millis hss_answers_within(const mgmt::Snapshot& settings) {
  if (PS_MUTANT("hss-waited-for")) return base::Seconds(60);
  return base::Millis(settings.config().isc().answer_within_ms());
}

bool is_in_dialog(const ports::SipRequest& request) { return request.method == "SUBSCRIBE" && !request.to_tag.empty(); }

bool is_published_here(const event::ResourceState& state, const ports::SipRequest& request) {
  if (request.if_match.empty()) return false;
  for (const auto& [package, published] : state.published)
    for (const event::Publication& publication : published.publications)
      if (publication.record.etag == request.if_match.front()) return true;
  return false;
}

bool is_by_hss(const ports::RegistrationStatement& statement) {
  return statement.source == ports::RegistrationSource::sh_user_state;
}

bool was_said_by_hss(const event::ResourceState& state) {
  return state.registration && std::ranges::any_of(state.registration->statements, is_by_hss);
}

// Nobody needs to know whether somebody is registered of whom nothing else is known.
bool has_more_than_the_hss_said(const event::ResourceState& state) {
  if (state.registration && !std::ranges::all_of(state.registration->statements, is_by_hss)) return true;
  if (!state.subscriptions.empty() || !state.held.empty() || !state.aliases.empty()) return true;
  for (const auto& [package, published] : state.published)
    for (const event::Publication& publication : published.publications)
      if (publication.record.source != ports::Source::network) return true;
  return false;
}

}  // namespace

// --- Requests -------------------------------------------------------------------------------------------------------

bool Shard::resolve(PartitionState& home, RequestWork& work, RequestKind kind) {
  renew_hss_use();
  if (!in_use_hss() || is_in_dialog(*work.request)) return true;
  if (work.subscriber) {  // another identity's partition has asked
    subscribers_.adopt(work.resource, work.subscriber, now_, hss_policy_);
    return go_on(home, work, work.subscriber, kind);
  }
  const auto slot = home.slots.find(work.resource);
  if (slot != home.slots.end() && is_published_here(slot->second.state, *work.request)) return true;
  const bool may_be_copy = slot != home.slots.end() && event::may_be_copies(context(home));
  if (may_be_copy && event::has_mark(slot->second.state, event::mark_hash(*work.request))) return true;
  const SubscriberTable::Known known = subscribers_.look(work.resource, now_, hss_policy_);
  if (known.ask) ask_hss(work.resource);
  if (known.standing == SubscriberTable::Standing::asking && waiting_.size() < kMostWaiting) {
    const base::Millis within = hss_answers_within(*settings_.snapshot());
    const base::Instant deadline = std::max(now_, work.posted + within - work.request->waited);
    waiting_.add(std::move(work), deadline);
    return false;
  }
  return go_on(home, work, known.facts, kind);
}

bool Shard::go_on(PartitionState& home, RequestWork& work, const event::SubscriberPtr& facts, RequestKind kind) {
  const mgmt::Snapshot& settings = *settings_.snapshot();
  const bool is_register = work.request->method == "REGISTER";  // that the S-CSCF sends it says enough
  if (!facts) {
    if (is_register || !refuses_without_hss(settings)) return true;
    meters_.refused("hss.away");
    constexpr std::string_view kWhy = "the HSS cannot be asked about this user";
    turn_away(*work.request, kind, trouble(503, kWhy, settings), kWhy);
    return false;
  }
  const config::ShUsers& users = settings.config().sh().users();
  if (facts->unknown && users.check() && !is_register && !PS_MUTANT("unknown-user-served")) {
    const bool shown = work.request->method == "SUBSCRIBE" && users.watched() == config::ShUsers::UNAVAILABLE;
    if (!shown) {
      meters_.refused("hss.unknown-user");
      constexpr std::string_view kWhy = "the HSS knows no such user";
      turn_away(*work.request, kind, event::refusal(404, kWhy), kWhy);  // [RFC3903 6 step 1]
      return false;
    }
  }
  if (!facts->unknown && facts->canonical != work.resource && !work.subscriber) {
    meters_.counted("alias", "forwarded");
    work.request->waited += now_ - work.posted;
    work.posted = now_;
    work.resource = facts->canonical;
    work.partition = base::partition_of(work.resource);
    work.subscriber = facts;
    // It has been let in: nothing refuses it on the way.
    const base::Partition to = work.partition;
    exchange_.post(to, base::Lane::completion, std::move(work));
    return false;
  }
  Slot& own = slot(home, work.resource);
  if (own.state.empty()) {
    own.state.subscriber = facts;  // nothing hangs on it yet
  } else {
    step(home, own, event::SubscriberTold{facts});
  }
  return home.serving;
}

void Shard::end_wait(RequestWork& work, const event::SubscriberPtr& facts) {
  PartitionState& home = partition(work.partition);
  const RequestKind kind = meters_.kind_of(*work.request);
  cause_ = std::min(work.posted, now_);
  if (!home.serving) {
    constexpr std::string_view kWhy = "state is being loaded";
    meters_.refused("loading");
    return turn_away(*work.request, kind, trouble(500, kWhy, *settings_.snapshot()), kWhy);
  }
  if (!go_on(home, work, facts, kind)) return;
  work.request->waited += now_ - work.posted;
  arrive(home, work, kind);
}

// Before a stop: what waits goes on with what is known.
void Shard::end_waits_for_hss() {
  while (auto work = waiting_.take_any()) end_wait(*work, nullptr);
}

// --- The HSS --------------------------------------------------------------------------------------------------------

void Shard::renew_hss_use() {
  const mgmt::Snapshot& settings = *settings_.snapshot();
  if (hss_use_of_ == settings.version() && hss_use_of_ != 0) return;
  const bool is_first = std::exchange(hss_use_of_, settings.version()) == 0;
  hss_policy_ = cache_policy(settings, count_);
  use_hss_ = asks_hss(settings);
  if (!is_first && in_use_hss()) subscribers_.forget_all(now_);  // what is asked for may be another
}

void Shard::ask_hss(const ports::Resource& user) {
  const config::Config& config = settings_.snapshot()->config();
  if (!config.sh().cache().subscribe()) return read_hss(user, keys_of(*settings_.snapshot()), To::reading);
  ports::DataKeys keys = keys_of(*settings_.snapshot());
  std::erase_if(keys.references, only_read);
  if (keys.references.empty()) return read_hss(user, keys_of(*settings_.snapshot()), To::reading);
  hss_->subscribe({ports::UserIdentity{user}, std::move(keys)}, hss_answers_within(*settings_.snapshot()),
                  [inbox = inbox_, user](ports::SubscribeResult result) {
                    inbox->post(base::Lane::completion,
                                SubscriberArrived{user, std::make_unique<ports::SubscribeResult>(std::move(result)),
                                                  To::subscription});
                  });
}

void Shard::read_hss(const ports::Resource& user, ports::DataKeys keys, SubscriberArrived::To to) {
  const base::Millis within = hss_answers_within(*settings_.snapshot());
  hss_->read({ports::UserIdentity{user}, std::move(keys)}, within, [inbox = inbox_, user, to](ports::ReadResult read) {
    auto result = std::make_unique<ports::SubscribeResult>(base::Unexpected{ports::SubscriberError{}});
    if (read) {
      *result = ports::SubscribeAnswer{std::move(read->record), {}, {}, std::move(read->failed)};
    } else {
      *result = base::Unexpected{std::move(read.error())};
    }
    inbox->post(base::Lane::completion, SubscriberArrived{user, std::move(result), to});
  });
}

void Shard::on(SubscriberArrived& work) {
  renew_hss_use();
  const ports::SubscribeResult& result = *work.result;
  if (work.to == To::rest) return result ? take_rest(work.user, result->record) : void();
  // Who may not be told of changes may still read.
  if (!result && work.to == To::subscription && may_read_instead(result.error().fault))
    return read_hss(work.user, keys_of(*settings_.snapshot()), To::reading);
  const event::SubscriberPtr facts = take_answer(work.user, result, work.to == To::subscription);
  if (result || facts != nullptr) tell_subscriber(work.user);
  for (RequestWork& waiting : waiting_.take(work.user)) end_wait(waiting, facts);
  if (!result || work.to != To::subscription) return;
  ports::DataKeys rest = keys_of(*settings_.snapshot());
  std::erase_if(rest.references, [&](ports::DataReference reference) {
    return !only_read(reference) && std::ranges::none_of(result->failed, [&](const ports::FailedReference& failed) {
      return failed.reference == reference && may_read_instead(failed.error.fault);
    });
  });
  if (!rest.references.empty()) read_hss(work.user, std::move(rest), To::rest);
}

// What is known now; null: nothing usable.
event::SubscriberPtr Shard::take_answer(const ports::Resource& user, const ports::SubscribeResult& result,
                                        bool subscribed) {
  if (result) {
    const event::SubscriberPtr known = subscribers_.facts(user);
    auto facts = facts_of(user, known.get(), result->record, *settings_.snapshot(), packages_.profile_reader());
    // Without a time the HSS tells for good [TS29.328 6.1.3]. Of what it refused it tells nothing: that is asked for
    // again when its time is over.
    std::optional<base::Instant> followed;
    if (subscribed) followed = result->expires_at.value_or(base::Instant::max());
    if (followed && !result->failed.empty()) followed = std::min(*followed, now_ + hss_policy_.ttl);
    subscribers_.answered(user, {facts, followed, result->renew_at}, now_, hss_policy_);
    meters_.counted("subscriber", "known");
    return facts;
  }
  const ports::SubscriberError& error = result.error();
  if (error.fault == ports::SubscriberFault::unknown_user) {
    auto facts = no_such_user(user);
    subscribers_.answered(user, {facts, {}, {}}, now_, hss_policy_);
    meters_.counted("subscriber", "unknown");
    return facts;
  }
  const bool definite = !ports::is_passing(error.fault);
  subscribers_.failed(user, definite, now_, hss_policy_);
  meters_.counted("subscriber", definite ? "refused" : "unavailable");
  base::log(base::Module::diameter, definite ? base::Level::warn : base::Level::info, "subscriber.unavailable",
            {{"user", user}, {"fault", ports::word(error.fault)}, {"code", error.code}, {"text", error.text}});
  return subscribers_.look(user, now_, hss_policy_).facts;
}

void Shard::take_rest(const ports::Resource& user, const ports::SubscriberRecord& record) {
  const event::SubscriberPtr known = subscribers_.facts(user);
  if (known == nullptr) return;
  auto facts = facts_of(user, known.get(), record, *settings_.snapshot(), packages_.profile_reader());
  if (subscribers_.pushed(user, std::move(facts))) tell_subscriber(user);
}

void Shard::on(SubscriberPushed& work) {
  const event::SubscriberPtr known = subscribers_.facts(work.user);
  if (known == nullptr || known->unknown || !in_use_hss()) {
    meters_.counted("subscriber", "push-unasked");
    return work.answer(ports::PushVerdict::not_subscribed);
  }
  if (drop_older(work.data->record, *known, *settings_.snapshot()) > 0) meters_.counted("subscriber", "push-older");
  subscribers_.pushed(work.user, facts_of(work.user, known.get(), work.data->record, *settings_.snapshot(),
                                          packages_.profile_reader()));
  meters_.counted("subscriber", "pushed");
  work.answer(ports::PushVerdict::taken);
  tell_subscriber(work.user);
}

void Shard::on(HssReturned& /*work*/) { subscribers_.doubt(now_); }

void Shard::tell_subscriber(const ports::Resource& user) {
  PartitionState& home = partition(base::partition_of(user));
  const auto found = home.slots.find(user);
  if (!home.serving || found == home.slots.end()) return;
  step(home, found->second, event::SubscriberTold{subscribers_.facts(user)});
  report_registration(user);
}

// As far as the answer is good, and for as long as it may be used while the HSS is away.
void Shard::report_registration(const ports::Resource& user) {
  PartitionState& home = partition(base::partition_of(user));
  const auto found = home.slots.find(user);
  if (!home.serving || found == home.slots.end()) return;
  const event::SubscriberPtr facts = subscribers_.facts(user);
  ports::RegistrationReport report{ports::RegistrationSource::sh_user_state, {}, {}};
  if (found->second.needs_hss && facts && facts->canonical == user) {
    report.registered = facts->registered;
    report.until = subscribers_.usable_until(user, hss_policy_);
  }
  if (report.registered || was_said_by_hss(found->second.state))
    step(home, found->second, event::RegistrationReported{report});
}

void Shard::follow_subscriber(Slot& slot) {
  const bool needs = in_use_hss() && has_more_than_the_hss_said(slot.state);
  if (needs == slot.needs_hss) return;
  slot.needs_hss = needs;
  need_changed_.push_back(slot.state.resource);
  if (needs) {
    subscribers_.need(slot.state.resource, now_);
  } else {
    subscribers_.release(slot.state.resource, hss_policy_);
  }
}

void Shard::hss_slice() {
  renew_hss_use();
  while (auto work = waiting_.take_due(now_)) {
    const event::SubscriberPtr facts = subscribers_.look(work->resource, now_, hss_policy_).facts;
    meters_.counted("subscriber", "late");
    end_wait(*work, facts);
  }
  for (const ports::Resource& user : std::exchange(need_changed_, {})) report_registration(user);
  if (!in_use_hss()) return;
  for (const ports::Resource& user : subscribers_.take_due(now_, hss_policy_)) ask_hss(user);
}

// --- Links between identities of one user ---------------------------------------------------------------------------

void Shard::on(CanonicalTold& work) {
  PartitionState& home = partition(base::partition_of(work.canonical));
  if (!home.serving) {
    home.deaf = true;  // it asks when it does
    return;
  }
  step(home, slot(home, work.canonical), std::move(work.told));
}

// Every shard owns one of the first partitions.
void Shard::ask_for_links(base::Partition number) {
  if (!in_use_hss()) return;
  for (std::uint16_t shard = 0; shard < count_; ++shard)
    exchange_.post(shard, base::Lane::completion, LinksLost{number});
}

void Shard::on(LinksLost& work) {
  for (PartitionState& home : partitions_) {
    std::vector<ports::Resource> linked;
    for (const auto& [name, slot] : home.slots) {
      const ports::Resource& canonical = slot.state.link.canonical;
      if (!canonical.empty() && base::partition_of(canonical) == work.partition) linked.push_back(name);
    }
    for (const ports::Resource& name : linked) {
      const auto found = home.slots.find(name);
      if (home.serving && found != home.slots.end()) step(home, found->second, event::LinkAsked{});
    }
  }
}

}  // namespace presentia::runtime
