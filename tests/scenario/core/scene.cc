#include "tests/scenario/core/scene.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "as/base/log.h"
#include "as/base/tokens.h"
#include "as/packages/presence/presence_package.h"
#include "as/packages/presence/service_profile.h"
#include "as/packages/reg/ims_bodies.h"
#include "as/packages/winfo/winfo_package.h"
#include "as/xml/reader.h"
#include "mgmt/attributes/values.h"
#include "tests/scenario/core/tick_package.h"

namespace presentia::test {
namespace {

// Tokens that tests can foresee and that no restart repeats.
class CountedTokens final : public base::Tokens {
 public:
  explicit CountedTokens(std::uint64_t& next) : next_(next) {}
  std::string tag(base::Partition home) override {
    return base::partition_prefix(home) + "t" + std::to_string(++next_);
  }
  std::uint64_t number() override { return ++next_; }

 private:
  std::uint64_t& next_;
};

mgmt::Initial initial() {
  mgmt::Initial made;
  made.config = mgmt::defaults();
  made.config.mutable_sip()->add_domains()->set_name("example.com");
  made.stored = made.config;
  return made;
}

event::Packages all_packages() {
  event::Packages packages;
  packages.add(std::make_unique<presence::PresencePackage>(nullptr));
  packages.add(std::make_unique<TickPackage>());
  packages.read_profiles_with(std::make_unique<presence::ServiceProfileReader>());
  packages.add(std::make_unique<winfo::WinfoPackage>());
  packages.read_register_bodies_with(std::make_unique<reg::ImsBodies>());
  return packages;
}

void silence_log() {
  for (int module = 0; module < base::kModules; ++module) {
    base::set_level(static_cast<base::Module>(module), base::Level::error);
  }
}

}  // namespace

Scene::Scene(const Faults& faults, std::uint16_t shards, MakeStore make_store)
    : faults_(faults),
      shards_(shards),
      packages_(all_packages()),
      attributes_(initial(), clock_),
      store_(std::move(make_store)),
      xdms_(clock_),
      hss_(clock_) {
  hss_.failing_answer = faults.subscriber;
  hss_.fails_late = faults.subscriber_late;
  xdms_.failing_answer = faults.document;
  xdms_.fails_late = faults.document_late;
  EXPECT_TRUE(xml::initialize());
  silence_log();
  if (!clean()) base::set_level(base::Module::runtime, base::Level::off);  // failures by order
  store_.fault(faults_.commit, faults_.commit_fault);
  sip_ = std::make_unique<FakeSip>(ledger_, clock_);
  if (faults_.slow_watchers) sip_->reaction.after = base::Seconds(2);
  if (faults_.notify > 0) sip_->fault.emplace(faults_.notify, faults_.reaction);
  listening_ = attributes_.listen([this](const auto&, const auto&) { core_->settings_changed(); });
  start();
}

void Scene::start() {
  core_ = std::make_unique<runtime::Core>(
      runtime::Core::Setup{attributes_.live(), packages_, store_, clock_, metrics_,
                           [this](std::uint32_t) { return std::make_unique<CountedTokens>(next_token_); }, shards_, 1});
  core_->connect(*sip_);
  core_->connect(xdms_);
  core_->connect(hss_);
  core_->connect(follower_);
  run();
}

void Scene::restart() {
  ledger_.crashed(faults_.retransmit);
  sip_->forget();
  xdms_.forget();
  hss_.forget();
  follower_ = {};
  core_.reset();
  store_.restart();
  if (on_restart) on_restart();
  start();
  if (faults_.retransmit) retransmit();
}

void Scene::away(base::Millis time) {
  clock_.set(clock_.now() + time);
  restart();
}

void Scene::retransmit() {
  std::erase_if(posted_, [this](const auto& posted) { return sip_->responses.contains(posted.first); });
  for (const auto& [slot, request] : posted_) core_->on_request(request);
}

bool Scene::turn() {
  bool busy = false;
  for (std::size_t index = 0; index < core_->shards().size(); ++index) {
    turning_ = index;
    busy |= core_->shards()[index]->run_once(clock_.now());
    turning_.reset();
    if (store_.take_crash()) {
      restart();
      return true;
    }
  }
  for (ports::SipOutcome& outcome : sip_->take_outcomes()) core_->on_outcome(std::move(outcome));
  for (ports::DocumentReading& reading : xdms_.take()) core_->on_document(std::move(reading));
  busy |= hss_.deliver(*core_);
  for (const auto& shard : core_->shards()) busy |= shard->waiting() > 0;
  return busy;
}

void Scene::run() {
  while (turn()) {
  }
}

void Scene::advance(base::Millis by) {
  const base::Instant target = clock_.now() + by;
  while (true) {
    std::optional<base::Instant> next = sip_->next();
    if (const auto told = xdms_.next(); told && (!next || *told < *next)) next = told;
    if (const auto told = hss_.next(); told && (!next || *told < *next)) next = told;
    for (const auto& shard : core_->shards()) {
      const auto at = shard->next();
      if (at && (!next || *at < *next)) next = at;
    }
    if (!next || *next > target || clock_.now() == target) break;
    clock_.set(std::max(*next, clock_.now() + base::Millis(1)));
    run();
  }
  clock_.set(target);
  run();
}

void Scene::advance_through_ends(base::Millis by) {
  const std::size_t commits = store_.commits();
  advance(by);
  if (commits < faults_.commit && faults_.commit <= store_.commits()) ledger_.rules_failed();
}

std::uint32_t Scene::post(ports::SipRequest request) {
  const std::uint32_t slot = ++next_slot_;
  request.key = {0, slot, 1};
  request.fingerprint = {"127.0.0.1:5070", "z9hG4bK" + std::to_string(slot)};
  ledger_.requested(slot, request);
  if (faults_.retransmit) posted_[slot] = request;
  core_->on_request(std::move(request));
  return slot;
}

Answer Scene::send_copy(ports::SipRequest request, std::uint32_t slot) {
  const std::uint32_t own = ++next_slot_;
  request.key = {0, own, 1};
  request.fingerprint = {"127.0.0.1:5070", "z9hG4bK" + std::to_string(slot)};
  core_->on_request(std::move(request));
  run();
  return answer_to(own);
}

Answer Scene::answer_to(std::uint32_t slot) const {
  const auto found = sip_->responses.find(slot);
  return found == sip_->responses.end() ? Answer{} : Answer{found->second.status, found->second};
}

Answer Scene::send(ports::SipRequest request) {
  const std::uint32_t slot = post(std::move(request));
  run();
  return answer_to(slot);
}

Answer Scene::subscribe(Watcher& watcher, std::optional<std::uint32_t> expires) {
  if (watcher.call_id.empty()) {
    watcher.call_id = "call-" + std::to_string(++next_call_);
    watcher.from_tag = watcher.user;
  }
  const Answer answer = send(to_request(watcher, expires));
  if (watcher.to_tag.empty() && answer.status / 100 == 2) watcher.to_tag = answer.response.to_tag;
  return answer;
}

runtime::InspectAnswer Scene::ask(runtime::InspectQuestion question) {
  runtime::InspectAnswer answer = ports::InspectError{ports::InspectTrouble::unserved, "no answer"};
  const auto* listed = std::get_if<runtime::ListSlice>(&question);
  const auto* documents = std::get_if<runtime::DocumentsSlice>(&question);
  const bool order =
      listed == nullptr && documents == nullptr && !std::holds_alternative<runtime::ShowQuestion>(question);
  const auto* dropped = std::get_if<ports::DropOrder>(&question);
  const base::Partition at = listed != nullptr      ? listed->from.partition
                             : documents != nullptr ? documents->from.shard
                                                    : base::partition_of(runtime::presentity_of(question));
  if (dropped != nullptr) ledger_.dropped(dropped->etag);
  if (order && !clean()) ledger_.rules_failed();  // a watcher may learn of its end by 481 only
  auto inquiry = std::make_unique<runtime::Inquiry>(
      runtime::Inquiry{std::move(question), [&answer](runtime::InspectAnswer given) { answer = std::move(given); }});
  core_->shards()[at % shards_]->post(base::Lane::completion, runtime::InspectWork{std::move(inquiry)});
  run();
  return answer;
}

Scene::Explained Scene::explain(const ports::ExplainQuestion& question) {
  auto told = std::make_shared<std::optional<ports::Inspected<ports::ExplainInfo>>>();
  auto order = runtime::order_of(question, packages_, *attributes_.snapshot());
  if (!order) {
    told->emplace(base::Unexpected{order.error()});
    return told;
  }
  const auto answer = [told](runtime::InspectAnswer given) {
    if (auto* info = std::get_if<ports::ExplainInfo>(&given)) return void(told->emplace(std::move(*info)));
    told->emplace(base::Unexpected{std::get<ports::InspectError>(given)});
  };
  core_->shards()[base::partition_of(question.presentity) % shards_]->post(
      base::Lane::completion,
      runtime::InspectWork{std::make_unique<runtime::Inquiry>(runtime::Inquiry{*std::move(order), answer})});
  run();
  return told;
}

void Scene::set(const std::string& attribute, const std::string& value) {
  const std::array assignments{mgmt::Assignment{attribute, value}};
  const auto applied = attributes_.apply(assignments, {});
  ASSERT_TRUE(applied.has_value()) << applied.error().text;
  advance_through_ends(base::Millis(0));
}

FakeXdms& Scene::xdms() {
  if (attributes_.snapshot()->config().xdm().root().empty()) set("xdm.root[lab].uri", "http://xdms.example.com/xcap");
  return xdms_;
}

FakeHss& Scene::hss() {
  if (attributes_.snapshot()->config().sh().peer().empty()) set("sh.peer[hss].identity", "hss.example.com");
  return hss_;
}

void Scene::drain(ports::DrainMode mode) {
  // A commit that ends a subscription may yet fail.
  if (mode == ports::DrainMode::handover && faults_.commit > store_.commits()) ledger_.rules_failed();
  core_->drain(mode);
  run();
}

std::vector<Notified> Scene::notifies(const Watcher& watcher) const {
  std::vector<Notified> found;
  for (const Notified& notify : sip_->notifies) {
    if (notify.call_id == watcher.call_id && notify.remote_tag == watcher.from_tag) found.push_back(notify);
  }
  return found;
}

Notified Scene::last_notify(const Watcher& watcher) const {
  const auto all = notifies(watcher);
  return all.empty() ? Notified{} : all.back();
}

// --- The end of a scenario ------------------------------------------------------------------------------------------

void Scene::verify() {
  sip_->reaction = {};
  store_.fault(0, CommitFault::none);  // what has not happened by now is not meant
  advance(base::Seconds(60));
  ledger_.check_answers();
  check_newest_shown();
  check_registrations();
  probe_publications();
  probe_subscriptions();
  check_nothing_twice();
  ledger_.check_answers();
  EXPECT_EQ(sip_->forwarded.size(), 0U);
}

void Scene::check_newest_shown() const {
  for (const auto& [name, subscription] : ledger_.subscriptions()) {
    if (!subscription.alive || !subscription.certain || subscription.expires_at <= now()) continue;
    for (const auto& [etag, publication] : ledger_.publications()) {
      if (!publication.certain || publication.expires_at <= now() || publication.resource != subscription.resource) {
        continue;
      }
      for (const auto& [label, serial] : publication.serials) {
        const auto shown = subscription.shown.find(label);
        if (shown == subscription.shown.end()) continue;
        EXPECT_EQ(shown->second, serial) << "the newest state was not sent";
      }
    }
  }
}

// The last REGISTER that was acknowledged is what is stored.
void Scene::check_registrations() {
  for (const auto& [uri, acknowledged] : ledger_.registrations()) {
    if (!acknowledged.certain) continue;
    bool stored = false;
    const auto loaded = store_.load(base::partition_of(uri), [&](const ports::ResourceChange& change) {
      const auto* put = std::get_if<ports::PutRegistration>(&change.change);
      if (put == nullptr || change.resource != uri) return;
      for (const ports::RegistrationStatement& statement : put->record.statements) stored |= statement.registered;
    });
    EXPECT_TRUE(loaded);
    EXPECT_EQ(stored, acknowledged.until > now()) << "the registration of " << uri << " is not as acknowledged";
  }
}

void Scene::probe_publications() {
  const auto publications = ledger_.publications();
  for (const auto& [etag, publication] : publications) {
    if (!publication.certain || publication.expires_at <= now()) continue;
    const auto user = user_of;
    const Answer answer = publish({.resource = user(publication.resource),
                                   .body = "",
                                   .expires = 600,
                                   .if_match = etag,
                                   .as = user(publication.as),
                                   .package = publication.package});
    EXPECT_EQ(answer.status, 200) << "an acknowledged publication is gone: " << etag;
  }
}

void Scene::probe_subscriptions() {
  const auto subscriptions = ledger_.subscriptions();
  for (const auto& [name, subscription] : subscriptions) {
    if (!subscription.alive || !subscription.certain || subscription.expires_at <= now()) continue;
    Watcher watcher{.user = subscription.from_tag, .resource = user_of(subscription.resource)};
    const auto id = subscription.event.find(";id=");
    watcher.package = subscription.event.substr(0, id);
    if (id != std::string::npos) watcher.event_id = subscription.event.substr(id + 4);
    watcher.call_id = subscription.call_id;
    watcher.from_tag = subscription.from_tag;
    watcher.to_tag = subscription.to_tag;
    watcher.cseq = 10'000 + next_slot_;
    EXPECT_EQ(subscribe(watcher, 600).status / 100, 2)
        << "an acknowledged subscription is gone: " << subscription.event;
  }
}

// Each request that was acknowledged is stored once, however often it came.
void Scene::check_nothing_twice() {
  const auto known = ledger_.certain_state(now());
  if (!known) return;
  Ledger::State stored;
  std::set<ports::DialogTag> dialogs;
  for (base::Partition partition = 0; partition < base::kPartitions; ++partition) {
    const auto loaded = store_.load(partition, [&](const ports::ResourceChange& change) {
      const auto* publication = std::get_if<ports::PutPublication>(&change.change);
      const auto* subscription = std::get_if<ports::PutSubscription>(&change.change);
      if (const auto* dialog = std::get_if<ports::PutDialog>(&change.change)) {
        EXPECT_TRUE(dialogs.insert(dialog->record.info->local_tag).second);
      }
      if (subscription) dialogs.erase(subscription->record.dialog);
      const bool theirs = publication && publication->record.source == ports::Source::pua;
      if (theirs && publication->record.expires_at > now()) ++stored.publications;
      if (subscription && subscription->record.state != ports::SubscriptionState::waiting) ++stored.subscriptions;
    });
    EXPECT_TRUE(loaded);
  }
  EXPECT_TRUE(dialogs.empty()) << "dialogs without a subscription are left";
  EXPECT_EQ(stored.publications, known->publications) << "publications stored";
  EXPECT_EQ(stored.subscriptions, known->subscriptions) << "subscriptions stored";
}

// --- The failure sweep ----------------------------------------------------------------------------------------------

std::vector<Play>& scenarios() {
  static std::vector<Play> all;
  return all;
}

void play(Play scenario) {
  Scene scene;
  scenario(scene);
  scene.verify();
}

void sweep(Play scenario) {
  Scene measured;
  scenario(measured);
  const std::size_t commits = measured.store().commits();
  const std::size_t notifies = measured.sip().notifies.size();
  const std::size_t documents = measured.xdms_answers();
  const std::size_t subscribers = measured.hss_answers();
  const auto replay = [&](const Faults& faults) {
    SCOPED_TRACE(testing::Message() << "commit " << faults.commit << " fault " << static_cast<int>(faults.commit_fault)
                                    << (faults.slow_watchers ? ", slow watchers" : "")
                                    << (faults.retransmit ? ", retransmitted" : "") << ", NOTIFY " << faults.notify
                                    << " reaction " << static_cast<int>(faults.reaction.kind) << " "
                                    << faults.reaction.status << ", document " << faults.document
                                    << (faults.document_late ? " late" : "") << ", subscriber " << faults.subscriber
                                    << (faults.subscriber_late ? " late" : ""));
    Scene scene(faults);
    scenario(scene);
    scene.verify();
    return !testing::Test::HasFailure();
  };
  for (std::size_t n = 1; n <= commits; ++n) {
    for (const CommitFault fault : {CommitFault::lost, CommitFault::stored_failed, CommitFault::crash_unstored,
                                    CommitFault::crash_before, CommitFault::crash_after}) {
      if (!replay({.commit = n, .commit_fault = fault})) return;  // one failing replay says enough
      if (!replay({.commit = n, .commit_fault = fault, .slow_watchers = true})) return;
      const bool crash = fault >= CommitFault::crash_unstored;
      if (crash && !replay({.commit = n, .commit_fault = fault, .retransmit = true})) return;
    }
  }
  const std::array reactions{Reaction{Reaction::Kind::answer, 481}, Reaction{Reaction::Kind::answer, 500},
                             Reaction{Reaction::Kind::answer, 503, base::Seconds(7)},
                             Reaction{Reaction::Kind::silence, 0}};
  for (std::size_t n = 1; n <= notifies; ++n) {
    for (const Reaction& reaction : reactions) {
      if (!replay({.commit = 0, .notify = n, .reaction = reaction})) return;
    }
  }
  for (std::size_t n = 1; n <= documents; ++n)
    if (!replay({.document = n}) || !replay({.document = n, .document_late = true})) return;
  for (std::size_t n = 1; n <= subscribers; ++n)
    if (!replay({.subscriber = n}) || !replay({.subscriber = n, .subscriber_late = true})) return;
}

}  // namespace presentia::test
