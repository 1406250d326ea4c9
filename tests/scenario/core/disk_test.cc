// The scenarios over the store on disk: killed, and with the power cut, at random moments; and a disk that is full or
// whose fsync fails, for a while.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "as/base/log.h"
#include "as/store/rocks_store.h"
#include "mgmt/attributes/values.h"
#include "tests/adapter/store/fault_files.h"
#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Seconds;
using testing::HasSubstr;
using testing::Not;
using Fault = tests::FaultFiles::Fault;

constexpr int kKills = 1000;
constexpr unsigned kSeed = 20260101;

// The store on a disk of its own, in memory.
class Disk {
 public:
  MakeStore make_store(bool power_cut) {
    return [this, power_cut](std::unique_ptr<ports::StateStore> before) { return open(std::move(before), power_cut); };
  }
  void set(Fault fault) { files_.set(fault); }

 private:
  std::unique_ptr<ports::StateStore> open(std::unique_ptr<ports::StateStore> before, bool power_cut) {
    if (before && power_cut) files_.cut_power_after(0);
    const bool again = before != nullptr;
    before.reset();
    if (again && power_cut) files_.restore_power();
    auto opened = store::RocksStore::open(
        {.path = "/state", .live = live_, .metrics = metrics_, .env = files_.env(), .first_pause = base::Millis(1)});
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().text);
    return opened ? *std::move(opened) : nullptr;
  }

  tests::FaultFiles files_;
  mgmt::Live live_{std::make_shared<const mgmt::Snapshot>(mgmt::defaults(), 1)};
  base::Metrics metrics_;
};

std::size_t commits_of(Play scenario) {
  Scene scene;
  scenario(scene);
  return scene.store().commits();
}

TEST(OnDisk, AThousandKillsAndPowerCutsLoseNothingAndRepeatNothing) {
  std::mt19937 random(kSeed);
  std::vector<std::size_t> commits;
  for (const Play scenario : scenarios()) commits.push_back(commits_of(scenario));
  const auto below = [&random](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  for (int kill = 0; kill < kKills && !HasFailure(); ++kill) {
    const std::size_t which = below(scenarios().size());
    if (commits[which] == 0) continue;
    const Faults faults{
        .commit = 1 + below(commits[which]),
        .commit_fault = static_cast<CommitFault>(static_cast<std::size_t>(CommitFault::crash_unstored) + below(3)),
        .slow_watchers = below(2) == 1,
        .retransmit = below(2) == 1};
    SCOPED_TRACE(testing::Message() << "kill " << kill << ", scenario " << which << ", commit " << faults.commit);
    Disk disk;
    Scene scene(faults, 2, disk.make_store(below(2) == 1));
    scenarios()[which](scene);
    scene.verify();
  }
}

// --- a disk that fails for a while ---------------------------------------------------------------------------------

class FailingDisk : public testing::TestWithParam<Fault> {
 protected:
  FailingDisk() {
    base::set_level(base::Module::runtime, base::Level::off);  // failures by order
    base::set_level(base::Module::store, base::Level::off);
    scene.set("rules.no_document", "allow");
  }
  // The store finds out by itself, on a thread of its own.
  void mend() {
    disk.set(Fault::none);
    while (!scene.store().writable()) std::this_thread::yield();
    scene.advance(Seconds(2));
  }
  // What a client does: again after as long as it is told.
  Answer publish_in_the_end(const Publish& publish) {
    Answer answer = scene.publish(publish);
    if (answer.status != 500) return answer;
    scene.advance(Seconds(std::stoi(answer.header("Retry-After"))));
    return scene.publish(publish);
  }
  std::string fetched() {
    Watcher fetcher{.user = "fetcher", .resource = "alice"};
    EXPECT_EQ(scene.subscribe(fetcher, 0).status, 200);
    return scene.last_notify(fetcher).body;
  }

  Disk disk;
  Scene scene{{}, 2, disk.make_store(true)};
};

void expect_temporary(const Answer& answer) {
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.header("Retry-After"), "5");  // runtime.retry_after_s
}

/*  PUA                    Presentia       disk          bob
     | PUBLISH phone-1        |              |             |
     | 200                    |<---- ok -----|             |
     | PUBLISH laptop-2       |   full, or fsync fails     |
     | 500, Retry-After       |<---- x ------|  (nothing)  |
     | any write, any removal |              |             |
     | 500, Retry-After       |    fetch: 200, phone-1     |
     |                        |   there is room again      |
     | PUBLISH tablet-3       |              |             |
     | 200                    |<---- ok -----|  NOTIFY     |   without a restart */
TEST_P(FailingDisk, RefusesWritesServesReadsAndServiceComesBackByItself) {
  PS_SPEC("PUB-14");
  const Answer created = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  Watcher bob{.user = "bob", .resource = "alice"};
  ASSERT_EQ(scene.subscribe(bob, 3600).status, 200);
  scene.advance(Seconds(10));
  const auto told = scene.notifies(bob).size();

  disk.set(GetParam());
  expect_temporary(scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 2)}));
  for (int again = 0; again < 3; ++again) {
    scene.advance(Seconds(6));
    expect_temporary(scene.publish({.resource = "alice", .expires = 0, .if_match = created.etag()}));
    expect_temporary(scene.publish({.resource = "alice", .expires = 600, .if_match = created.etag()}));
    expect_temporary(scene.publish({.resource = "carol", .body = pidf("carol", "phone", 1)}));
    expect_temporary(scene.subscribe(bob, 3600));
    expect_temporary(scene.subscribe(bob, 0));
    Watcher dave{.user = "dave", .resource = "alice"};
    expect_temporary(scene.subscribe(dave, 600));
    EXPECT_THAT(fetched(), testing::AllOf(HasSubstr("phone-1"), Not(HasSubstr("laptop-2"))));
  }
  EXPECT_EQ(scene.notifies(bob).size(), told) << "what is not stored has not happened";

  mend();
  EXPECT_EQ(publish_in_the_end({.resource = "alice", .body = pidf("alice", "tablet", 3)}).status, 200);
  EXPECT_THAT(scene.last_notify(bob).body, testing::AllOf(HasSubstr("phone-1"), HasSubstr("tablet-3")));
  EXPECT_EQ(scene.publish({.resource = "alice", .expires = 600, .if_match = created.etag()}).status, 200);
  EXPECT_EQ(scene.subscribe(bob, 3600).status, 200);
  scene.verify();
}

// The process dies while the disk fails; when it is mended, what was acknowledged before is there. What was not may be,
// too: the log had it when its sync failed.
TEST_P(FailingDisk, LosesNothingThatWasAcknowledgedWhenTheServerIsStartedAgain) {
  PS_SPEC("PUB-14");
  const Answer phone = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1), .expires = 3600});
  const Answer laptop = scene.publish({.resource = "alice", .body = pidf("alice", "laptop", 1), .expires = 3600});
  const Answer gone = scene.publish({.resource = "alice", .expires = 0, .if_match = laptop.etag()});
  Watcher bob{.user = "bob", .resource = "alice"};
  ASSERT_EQ(scene.subscribe(bob, 3600).status, 200);
  scene.advance(Seconds(10));

  disk.set(GetParam());
  expect_temporary(scene.publish({.resource = "alice", .body = pidf("alice", "tablet", 1), .expires = 3600}));
  disk.set(Fault::none);
  scene.restart();
  EXPECT_THAT(fetched(), testing::AllOf(HasSubstr("phone-1"), Not(HasSubstr("laptop-1"))));
  EXPECT_EQ(scene.publish({.resource = "alice", .expires = 600, .if_match = phone.etag()}).status, 200);
  EXPECT_EQ(scene.publish({.resource = "alice", .expires = 600, .if_match = gone.etag()}).status, 412);
  EXPECT_EQ(scene.subscribe(bob, 3600).status, 200);
  scene.verify();
}

INSTANTIATE_TEST_SUITE_P(Faults, FailingDisk, testing::Values(Fault::no_space, Fault::failing_sync),
                         [](const auto& of) { return of.param == Fault::no_space ? "NoSpace" : "FailingSync"; });

}  // namespace
}  // namespace presentia::test
