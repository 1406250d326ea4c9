// A shard: one thread, one inbox, one timer wheel, and all presence state of its partitions. It runs events through the
// event framework, hands the changes to the store and, when they are durable, acts. It never blocks, except to load.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "as/base/heartbeat.h"
#include "as/base/inbox.h"
#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/base/timer_wheel.h"
#include "as/base/tokens.h"
#include "as/event/machine.h"
#include "as/ports/registration.h"
#include "as/ports/sip_port.h"
#include "as/ports/state_store.h"
#include "as/runtime/document_table.h"
#include "as/runtime/drain.h"
#include "as/runtime/inquiry.h"
#include "as/runtime/meters.h"
#include "as/runtime/notify_budget.h"
#include "as/runtime/overload.h"
#include "as/runtime/partition_state.h"
#include "as/runtime/policy_pass.h"
#include "as/runtime/sends.h"
#include "as/runtime/subscriber_table.h"
#include "as/runtime/tails.h"
#include "as/runtime/waiting_requests.h"
#include "as/runtime/work.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

class Shard {
 public:
  struct Setup {
    std::uint16_t index = 0;  // owns the partitions p with p mod count == index
    std::uint16_t count = 1;
    const mgmt::Live& live;
    const event::Packages& packages;
    ports::StateStore& store;
    base::Metrics& metrics;
    Exchange& exchange;
    Node& node;
    const Tails& tails;  // this shard is their teller `index`
    std::unique_ptr<base::Tokens> tokens;
    base::Instant start{};
  };
  explicit Shard(Setup setup);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // Where answers and NOTIFYs go; before the first run.
  void connect(ports::SipPort& sip) { sip_ = &sip; }
  // Where documents of others come from; before the first run. Without: there are none.
  void connect(ports::Documents& documents) { documents_.connect(documents); }
  // Who follows registrations; before the first run. Without: nobody does.
  void connect(ports::RegistrationFollower& registrations) { registrations_ = &registrations; }
  // Who says what users are; before the first run. Without: nobody is asked.
  void connect(ports::SubscriberData& hss) { hss_ = &hss; }
  // False if refused: overload, or stopped. Any thread.
  bool post(base::Lane lane, Work work) { return inbox_->post(lane, std::move(work)); }

  // One turn: loads what is to be loaded, then a bounded amount of work from the inbox, the timers and the policy pass.
  // True if more can be done at once. Shard's thread, or a test's.
  bool run_once(base::Instant now);
  // When run_once() has something to do at the latest without new work in the inbox; nullopt: not before that.
  [[nodiscard]] std::optional<base::Instant> next();
  // Work that waits, for tests that turn the shard.
  [[nodiscard]] std::size_t waiting() const { return inbox_->waiting() + batch_.size() - done_; }
  // The thread's body: turns until StopWork has been done and no commit is open; `loaded` is called after the first
  // attempt to load all partitions.
  void run(const base::Clock& clock, const std::function<void()>& loaded);
  [[nodiscard]] bool stopped() const { return stopped_; }
  // Records loaded from the store so far. Any thread.
  [[nodiscard]] std::uint64_t loaded() const { return loaded_.load(std::memory_order_relaxed); }

  // What others may know of it; any thread.
  struct Progress {
    std::atomic<std::uint64_t> subscriptions{0};  // in SIP dialogs and feeds, those that end included
    std::atomic<std::uint64_t> notifies{0};       // without an outcome
    std::atomic<std::uint64_t> unloaded{0};       // partitions that do not serve
    std::atomic<bool> drained{false};             // what a drain waits for is over
    base::Heartbeat heartbeat;
  };
  [[nodiscard]] const Progress& progress() const { return progress_; }
  // How much of what comes for it is to be refused. Any thread.
  [[nodiscard]] ShedLevel shed_level() const { return overload_.level(); }

 private:
  void handle(Work& work);
  void on(RequestWork& work);
  void on(RegistrationWork& work);
  void on(OutcomeWork& work);
  void on(CommitWork& work);
  void on(SettingsWork& work);
  void on(FeedAttach& work);
  void on(FeedDetach& work);
  void on(FeedOpen& work);
  void on(FeedClose& work);
  void on(FeedDelivery& work);
  void on(DocumentFollow& work);
  void on(DocumentUnfollow& work);
  void on(DocumentArrived& work);
  void on(DocumentTold& work);
  void on(SubscriberArrived& work);
  void on(SubscriberPushed& work);
  void on(HssReturned& work);
  void on(CanonicalTold& work);
  void on(LinksLost& work);
  void on(DrainWork& work);
  void on(InspectWork& work);
  void on(StopWork& work);

  // A request of which it is known that it is for that resource.
  void arrive(PartitionState& home, RequestWork& work, RequestKind kind);
  // True if it is to be looked at here. Else it waits for the HSS, was refused, or is for another identity of the user.
  bool resolve(PartitionState& home, RequestWork& work, RequestKind kind);
  // The same where the HSS has said so; null: it cannot say.
  bool go_on(PartitionState& home, RequestWork& work, const event::SubscriberPtr& facts, RequestKind kind);
  // Requests that waited go on, or are refused.
  void end_wait(RequestWork& work, const event::SubscriberPtr& facts);
  void end_waits_for_hss();
  [[nodiscard]] bool in_use_hss() const { return hss_ != nullptr && use_hss_; }
  void ask_hss(const ports::Resource& user);
  void read_hss(const ports::Resource& user, ports::DataKeys keys, SubscriberArrived::To to);
  event::SubscriberPtr take_answer(const ports::Resource& user, const ports::SubscribeResult& result, bool subscribed);
  void take_rest(const ports::Resource& user, const ports::SubscriberRecord& record);
  // What is known has changed: its resource is told, and who follows its registration.
  void tell_subscriber(const ports::Resource& user);
  void follow_subscriber(Slot& slot);
  void hss_slice();
  void ask_for_links(base::Partition number);
  // The HSS says whether its user is registered.
  void report_registration(const ports::Resource& user);
  void renew_hss_use();
  // True if a request that waited is refused now, and answered.
  bool shed_late(const RequestWork& work, RequestKind kind);
  // True if so much waits for the store that it is refused, and answered.
  bool refuse_behind(const ports::SipRequest& request, RequestKind kind);
  // True if it goes beyond a quota of the node and is refused, and answered.
  bool refuse_beyond(const PartitionState& home, const RequestWork& work, RequestKind kind);

  PartitionState& partition(base::Partition number) { return partitions_[number / count_]; }
  Slot& slot(PartitionState& home, const ports::Resource& resource);
  [[nodiscard]] event::Context context(const PartitionState& home);
  // Runs one event; a resource without state is dropped afterwards.
  void step(PartitionState& home, Slot& slot, const event::Event& event, RequestKind kind = {});
  // As step() while the store cannot be written: only if no record comes of it, and without NOTIFYs.
  void step_without_store(PartitionState& home, Slot& slot, const event::Event& event, RequestKind kind);
  // Followers are told that it is refused with 500.
  void tell_refused(const ports::SipRequest& request, std::string_view why);
  void act(PartitionState& home, Slot& slot, event::Decision decision, RequestKind kind,
           std::vector<ports::CoreEvent> told = {});
  static void index(PartitionState& home, const ports::Resource& resource, const ports::RecordChange& change);
  void keep_lazy(PartitionState& home, ports::ResourceChange change);
  void flush_lazy();
  void hand_over(PartitionState& home, ports::Commit commit);
  void committed(PartitionState& home, std::uint64_t number, bool durable);
  void run_batch(PartitionState& home, Batch batch);
  void send(PartitionState& home, const ports::Resource& resource, event::Notify notify);
  void deliver(PartitionState& home, event::Deliver delivery);
  void follow(const PartitionState& home, const ports::Resource& resource, const event::Action& action);
  // Tells of documents as far as this turn allows, and lets go what nobody needs. True if there is more to tell.
  bool documents_slice();
  // Requests that wait for documents: noted, and carried out now, or refused.
  void note_held(const event::ResourceState& state, const event::Decision& decision, RequestKind kind);
  void end_waits();
  void refuse_held(const event::ResourceState& state);
  void abandon(ports::SendKey key);
  // The resource has NOTIFYs that wait for their turn.
  void queue(const PartitionState& home, Slot& slot);
  // Lets those that wait send as far as there is room. True if there is more to be done at once.
  bool take_turns();
  void refuse(const Batch& batch);
  // A request that waited for documents is of the kind that was noted then.
  void answer(RequestKind kind, const ports::RequestKey& key, ports::SipResponse response);
  // Answers a request that has not reached its resource.
  void turn_away(const ports::SipRequest& request, RequestKind kind, ports::SipResponse response, std::string_view why);
  // True if it goes on at another identity of the user.
  bool forward(InspectWork& work, const PartitionState& home);
  void carry_out(PartitionState& home, Slot& slot, Inquiry& order);
  // Lets a question wait for the documents that decide, answers it when they are known, or without them.
  void ask_documents(PartitionState& home, Inquiry& inquiry);
  void answer_question(const PartitionState& home, const event::ResourceState& state,
                       const event::DocumentsReady& ready);
  void refuse_question(std::uint64_t id, std::string why);

  // The store's answer to a commit is a failure: what is in memory may not be what is stored.
  void distrust(PartitionState& home);
  void forget(PartitionState& home);
  static constexpr base::Seconds kStorePause{1};  // before the next look at a store that cannot be written

  void load_due();
  void load(PartitionState& home);
  void resume(PartitionState& home, bool again);
  [[nodiscard]] base::Instant next_turn(std::uint32_t rate);
  void look_at_store();
  void catch_up(PartitionState& home, const ports::Resource& resource, const event::Event& event);
  void fire_timers();
  void policy_slice();
  [[nodiscard]] bool refuses_new(const ports::SipRequest& request) const;
  bool find_ending();
  void drain_slice();
  void report();
  void measure(Slot& slot);
  // Says whether the registration of its resource is to be followed, where that changed.
  void follow_registration(Slot& slot);

  const std::uint16_t index_;
  const std::uint16_t count_;
  const event::Packages& packages_;
  ports::StateStore& store_;
  Exchange& exchange_;
  Node& node_;
  ports::SipPort* sip_ = nullptr;
  ports::RegistrationFollower* registrations_ = nullptr;
  ports::SubscriberData* hss_ = nullptr;
  std::unique_ptr<base::Tokens> tokens_;
  Shedder shedder_;
  mgmt::Reader settings_;
  Meters meters_;
  Teller teller_;
  base::Gauge depth_;
  base::Gauge shed_level_;
  base::Histogram loop_lag_;

  // Shared with the commits on their way: their last one may end this shard while its poster is still on the way out.
  std::shared_ptr<base::Inbox<Work>> inbox_;
  std::vector<Work> batch_;  // drained, from `done_` on not yet done
  std::size_t done_ = 0;
  std::atomic<std::thread::id> committing_{};  // the thread that is inside store_.commit()

  base::Instant now_;
  const base::Clock* clock_ = nullptr;  // of the thread; a test gives the time itself
  Overload overload_;
  base::TimerWheel wheel_;
  std::vector<DueTimer> due_;
  std::vector<PartitionState> partitions_;
  std::vector<base::Partition> to_load_;
  std::atomic<std::uint64_t> loaded_{0};
  std::vector<base::Partition> lazy_;  // with lazy changes, to be handed over at `lazy_due_`
  base::Instant lazy_due_{};
  std::vector<base::Partition> read_only_;  // `store_at_`: when the store is looked at again
  base::Instant store_at_{};
  std::chrono::sys_time<std::chrono::microseconds> turn_{};  // of the next NOTIFY that a start owes
  Sends sends_;
  Hops hops_;
  NotifyBudget budget_;
  DocumentTable documents_;
  DocumentTable::Counts counted_documents_{};  // as last reported to the gauges
  SubscriberTable subscribers_;
  SubscriberTable::Policy hss_policy_;         // of the attributes, as is
  bool use_hss_ = false;                       // likewise
  std::uint64_t hss_use_of_ = 0;               // the version of the attributes that these are of
  std::vector<ports::Resource> need_changed_;  // whose registration matters now, or no more
  WaitingRequests waiting_;                    // for the HSS
  using HeldKey = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
  std::map<HeldKey, RequestKind> held_kinds_;   // of requests that wait for documents
  std::map<std::uint64_t, Inquiry> questions_;  // that wait for documents, by id
  std::uint64_t next_question_ = 0;
  std::deque<std::pair<base::Partition, ports::Resource>> turns_;  // resources whose NOTIFYs wait, next first
  bool in_turn_ = false;
  PolicyPass policy_;
  Drain drain_;
  struct {  // the walk of a handover over all subscriptions
    PolicyPass walk;
    PartitionState* home = nullptr;
    ports::Resource resource;
    std::vector<ports::SubscriptionId> ids;  // of `resource`, from the last on
  } ending_;
  std::size_t alive_ = 0;  // subscriptions, without waiting watchers
  Progress progress_;
  base::Instant cause_{};    // when that came about which is being done
  std::uint32_t steps_ = 0;  // so far, for sampling
  std::unordered_map<std::uint64_t, std::pair<ports::Resource, FeedSink>> attached_;  // by id of the feed's key
  std::size_t open_commits_ = 0;
  bool stopping_ = false;    // StopWork came
  bool refuse_new_ = false;  // from the first drain after it
  bool stopped_ = false;
};

// An answer for temporary trouble, with Retry-After (runtime.retry_after_s) and a Warning that says why.
[[nodiscard]] ports::SipResponse trouble(int status, std::string_view why, const mgmt::Snapshot& settings);

}  // namespace presentia::runtime
