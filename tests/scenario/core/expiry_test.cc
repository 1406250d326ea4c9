// What expires is told within a second of its time, also among a hundred thousand subscriptions.
#include <gtest/gtest.h>

#include "tests/scenario/core/scene.h"
#include "tests/scenario/core/tick_package.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Millis;
using base::Seconds;

constexpr int kSubscriptions = 100'000;
constexpr int kPresentities = 10'000;
constexpr int kPublished = 100;  // so many of them have a publication
constexpr int kDueOneIn = 10;    // of the subscriptions; the others are held all the time
constexpr int kAtOnce = 5000;    // SUBSCRIBEs of one moment
constexpr Seconds kAllDue{1000};
constexpr Millis kInTime{1000};

using Ends = std::vector<base::Instant>;  // by number

std::string presentity(int number) { return "user" + std::to_string(number % kPresentities); }
bool is_due(std::size_t number) { return number / kPresentities % kDueOneIn == 0; }
bool is_published(std::size_t number) { return number % kPresentities < kPublished; }

Ends publish_all(Scene& scene) {
  Ends ends;
  for (int i = 0; i < kPublished; ++i) {
    const auto expires = static_cast<std::uint32_t>(60 + 3 * i);
    const Publish publish{.resource = presentity(i),
                          .body = "7",
                          .expires = expires,
                          .package = "x-tick",
                          .content_type = std::string(TickPackage::kType)};
    EXPECT_EQ(scene.publish(publish).status, 200);
    ends.push_back(scene.now() + Seconds(expires));
    scene.advance(Millis(7));
  }
  return ends;
}

Ends subscribe_all(Scene& scene) {
  Ends ends;
  for (int i = 0; i < kSubscriptions; ++i) {
    const std::string number = std::to_string(i);
    Watcher watcher{.user = "bob" + number, .resource = presentity(i), .package = "x-tick", .call_id = number};
    watcher.from_tag = number;
    const int expires = is_due(static_cast<std::size_t>(i)) ? 400 + i * 7 % 600 : 1800 + i * 7 % 1800;
    scene.post(to_request(watcher, static_cast<std::uint32_t>(expires)));
    ends.push_back(scene.now() + Seconds(expires));
    if ((i + 1) % kAtOnce != 0) continue;
    scene.run();
    scene.advance(Millis(101));
  }
  return ends;
}

//  100,000 watchers       Presentia           100 publishers
//    |                       |     PUBLISH, 60 to 357 s
//    |                       |<-------------------|
//    | SUBSCRIBE             |
//    |---------------------->|   10,000 of them for 400 to 999 s, the others for longer
//    | NOTIFY, state 7       |
//    |<----------------------|
//    | NOTIFY, state 0       |   at the end of the publication, or within a second
//    |<----------------------|
//    | NOTIFY terminated;reason=timeout         at the end of the subscription, or within a second
//    |<----------------------|
TEST(Scenario, EachExpiryAmongAHundredThousandSubscriptionsIsToldWithinASecond) {
  PS_SPEC("EVT-15 PUB-33");
  Scene scene;
  const Ends publications = publish_all(scene);
  const Ends subscriptions = subscribe_all(scene);
  ASSERT_EQ(scene.sip().notifies.size(), static_cast<std::size_t>(kSubscriptions));
  scene.sip().notifies.clear();

  scene.advance(kAllDue + Seconds(1));
  std::vector<int> told_state(kSubscriptions), told_end(kSubscriptions);
  for (const Notified& notify : scene.sip().notifies) {
    const auto number = static_cast<std::size_t>(std::stoi(notify.call_id));
    const bool ended = notify.state == "terminated";
    ASSERT_TRUE(ended ? is_due(number) : is_published(number)) << number;
    EXPECT_EQ(notify.reason(), ended ? "timeout" : "");
    EXPECT_EQ(notify.body, "0");
    const base::Instant due = ended ? subscriptions[number] : publications[number % kPresentities];
    EXPECT_GE(notify.at, due) << number;
    EXPECT_LE(notify.at, due + kInTime) << number;
    ++(ended ? told_end : told_state)[number];
  }
  for (std::size_t number = 0; number < kSubscriptions; ++number) {
    EXPECT_EQ(told_end[number], is_due(number) ? 1 : 0) << number;
    EXPECT_EQ(told_state[number], is_published(number) ? 1 : 0) << number;
  }
}

}  // namespace
}  // namespace presentia::test
