// The scenarios over the store on disk: killed, and with the power cut, at random moments.
#include <gtest/gtest.h>

#include <random>

#include "as/store/rocks_store.h"
#include "mgmt/attributes/values.h"
#include "tests/adapter/store/fault_files.h"
#include "tests/scenario/core/scene.h"

namespace presentia::test {
namespace {

constexpr int kKills = 1000;
constexpr unsigned kSeed = 20260101;

// The store on a disk of its own, in memory.
class Disk {
 public:
  MakeStore make_store(bool power_cut) {
    return [this, power_cut](std::unique_ptr<ports::StateStore> before) { return open(std::move(before), power_cut); };
  }

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

}  // namespace
}  // namespace presentia::test
