// The whole core in memory for scenario tests: real packages, shards turned by hand in one thread, a clock that the
// test moves, a SIP port and a store that fail as told.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "as/base/metrics.h"
#include "as/event/packages.h"
#include "as/runtime/core.h"
#include "as/runtime/explain.h"
#include "as/runtime/inspect.h"
#include "mgmt/attributes/attributes.h"
#include "tests/scenario/core/fake_hss.h"
#include "tests/scenario/core/fake_sip.h"
#include "tests/scenario/core/fake_xdms.h"
#include "tests/scenario/core/fault_store.h"
#include "tests/scenario/core/ledger.h"
#include "tests/scenario/core/messages.h"

namespace presentia::test {

class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] base::Instant now() const override { return now_; }
  void set(base::Instant now) { now_ = now; }

 private:
  base::Instant now_{base::Seconds{1'800'000'000}};
};

// What goes wrong in a replay of a scenario: the n-th (from 1) commit, NOTIFY or answer of the XDM server.
struct Faults {
  std::size_t commit = 0;
  CommitFault commit_fault = CommitFault::none;
  std::size_t notify = 0;
  Reaction reaction = {};
  bool slow_watchers = false;  // every NOTIFY is answered after two seconds only
  bool retransmit = false;     // who had no answer when the process died sends the same again
  std::size_t document = 0;    // cannot be had
  bool document_late = false;  // it comes late instead
  std::size_t subscriber = 0;  // answer of the HSS: it does not come
  bool subscriber_late = false;
  [[nodiscard]] bool none() const {
    return commit == 0 && notify == 0 && document == 0 && subscriber == 0 && !slow_watchers;
  }
};

// Notes whose registration the core wants followed, and from where.
class FakeFollower final : public ports::RegistrationFollower {
 public:
  void follow(const ports::Resource& resource, const ports::ServingNode& node) override {
    followed[resource] = node.s_cscf;
    charged[resource] = node.charging_addresses;
    ++calls;
  }
  void unfollow(const ports::Resource& resource) override {
    followed.erase(resource);
    ++calls;
  }
  std::map<ports::Resource, std::string> followed, charged;
  int calls = 0;
};

class Scene {
 public:
  // `make_store` opens the store, anew after each death of the process.
  explicit Scene(const Faults& faults = {}, std::uint16_t shards = 2, MakeStore make_store = make_memory_store);

  // True if nothing goes wrong by order: only then a scenario expects more than the laws of the ledger.
  [[nodiscard]] bool clean() const { return faults_.none(); }

  // Sends a request, runs until all is quiet, gives the answer.
  Answer send(ports::SipRequest request);
  // As send(), but does not run.
  std::uint32_t post(ports::SipRequest request);
  // The same request as that of `slot`, once more, as a transaction of its own.
  Answer send_copy(ports::SipRequest request, std::uint32_t slot);
  [[nodiscard]] Answer answer_to(std::uint32_t slot) const;
  Answer publish(const Publish& what) { return send(to_request(what)); }
  // Initial, or within the dialog that an earlier one made.
  Answer subscribe(Watcher& watcher, std::optional<std::uint32_t> expires = {});
  // As an operator; runs until all is quiet. The answer is unserved if the process died before it came.
  runtime::InspectAnswer ask(runtime::InspectQuestion question);
  // As an operator asks why; runs until all is quiet. What is pointed to is the answer, once it came.
  using Explained = std::shared_ptr<std::optional<ports::Inspected<ports::ExplainInfo>>>;
  Explained explain(const ports::ExplainQuestion& question);
  // Sets attributes while all runs.
  void set(const std::string& attribute, const std::string& value);

  void drain(ports::DrainMode mode);

  // Runs all that is due until then, moment by moment.
  void advance(base::Millis by);
  // Likewise, while subscriptions end: of an end that is not stored, or swallowed by a crash, a watcher learns by 481.
  void advance_through_ends(base::Millis by);
  // Runs until nothing is left to do at this moment.
  void run();
  // The process dies and starts again on the same store.
  void restart();
  // It starts again so much later only.
  void away(base::Millis time);

  [[nodiscard]] base::Instant now() const { return clock_.now(); }
  [[nodiscard]] FakeSip& sip() { return *sip_; }
  // The XDM server; the first call says that there is one.
  FakeXdms& xdms();
  [[nodiscard]] std::size_t xdms_answers() const { return xdms_.answers; }
  // The HSS; the first call says that there is one.
  FakeHss& hss();
  [[nodiscard]] std::size_t hss_answers() const { return hss_.answers; }
  [[nodiscard]] FaultStore& store() { return store_; }
  // Whose registration is followed; nobody's in a process that has just died.
  [[nodiscard]] FakeFollower& follower() { return follower_; }
  [[nodiscard]] runtime::Core& core() { return *core_; }
  [[nodiscard]] base::Metrics& metrics() { return metrics_; }
  // The shard whose turn it is; nullopt outside of run().
  [[nodiscard]] std::optional<std::size_t> turning() const { return turning_; }
  // Called after a restart, before anything runs: in-process subscribers begin anew with the process.
  std::function<void()> on_restart;

  // The NOTIFYs in a watcher's dialogs, in order.
  [[nodiscard]] std::vector<Notified> notifies(const Watcher& watcher) const;
  [[nodiscard]] Notified last_notify(const Watcher& watcher) const;  // empty if there is none

  // At the end: waits until pacing and retries are over, then checks the laws, and that what was acknowledged is still
  // there by refreshing it.
  void verify();

 private:
  void start();
  bool turn();
  void probe_publications();
  void probe_subscriptions();
  void check_nothing_twice();
  void retransmit();
  void check_newest_shown() const;
  void check_registrations();

  const Faults faults_;
  const std::uint16_t shards_;
  FakeClock clock_;
  base::Metrics metrics_;
  event::Packages packages_;
  mgmt::Attributes attributes_;
  mgmt::Attributes::Listening listening_;
  Ledger ledger_;
  FaultStore store_;
  std::unique_ptr<FakeSip> sip_;
  FakeXdms xdms_;
  FakeHss hss_;
  FakeFollower follower_;
  std::unique_ptr<runtime::Core> core_;
  std::optional<std::size_t> turning_;
  std::uint32_t next_slot_ = 0;
  std::map<std::uint32_t, ports::SipRequest> posted_;  // by slot; what has been answered may be missing
  std::uint64_t next_token_ = 0;
  int next_call_ = 0;
};

// --- The failure sweep ----------------------------------------------------------------------------------------------

using Play = void (*)(Scene&);
// All that PS_SCENARIO has declared.
std::vector<Play>& scenarios();
// Plays the scenario as it should go.
void play(Play scenario);
// Plays it again and again: with each commit failing (stored or not), with a restart at each commit (before and after
// it acted, and with all that had no answer sent again), each of these also with NOTIFYs on their way, and with each
// NOTIFY refused, failing with and without
// Retry-After, and unanswered, and with each
// answer of the XDM server and of the HSS saying that it cannot be had, or coming late.
void sweep(Play scenario);

// A scenario, played well by one test and through all failures by another.
#define PS_SCENARIO(name, ids)                                                               \
  static void name(::presentia::test::Scene& scene);                                         \
  static const bool name##IsKnown = (::presentia::test::scenarios().push_back(&name), true); \
  TEST(Scenario, name) {                                                                     \
    PS_SPEC(ids);                                                                            \
    ::presentia::test::play(&name);                                                          \
  }                                                                                          \
  TEST(FailureSweep, name) { ::presentia::test::sweep(&name); }                              \
  static void name(::presentia::test::Scene& scene)

}  // namespace presentia::test
