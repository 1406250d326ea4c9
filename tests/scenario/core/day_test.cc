// A day of a thousand subscriptions in virtual time.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Seconds;

//  1,000 watchers of 1,000 presentities   Presentia
//    | each SUBSCRIBE, 3600 s              |
//    | 200, NOTIFY                         |
//    | … every 50 minutes, for a day       |
//    | each SUBSCRIBE (refresh)            |
//    | 200, NOTIFY                         |
TEST(Scenario, ADayOfRefreshesOfAThousandSubscriptions) {
  PS_SPEC("EVT-14 PRES-02");
  constexpr int kWatchers = 1000;
  constexpr Seconds kRefresh{3000};
  constexpr Seconds kDay{86400};
  const auto began = std::chrono::steady_clock::now();
  Scene scene;
  scene.set("rules.no_document", "allow");
  std::vector<Watcher> watchers;
  for (int i = 0; i < kWatchers; ++i) {
    watchers.push_back({.user = "bob", .resource = "user" + std::to_string(i)});
    ASSERT_EQ(scene.subscribe(watchers.back()).header("Expires"), "3600");
  }
  const base::Instant end = scene.now() + kDay;
  std::size_t refreshes = 0;
  while (scene.now() + kRefresh <= end) {
    scene.advance(kRefresh);
    for (Watcher& watcher : watchers) {
      ASSERT_EQ(scene.subscribe(watcher, 3600).status, 200);
      ++refreshes;
    }
  }
  EXPECT_EQ(scene.sip().notifies.size(), kWatchers + refreshes);
  scene.advance(Seconds(3600));
  EXPECT_EQ(scene.sip().notifies.size(), 2 * kWatchers + refreshes);  // each one's last: timeout
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("A day of %d subscriptions, %zu refreshes: %.2f s of real time\n", kWatchers, refreshes, took.count());
}

}  // namespace
}  // namespace presentia::test
