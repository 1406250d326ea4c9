#include "mgmt/attributes/snapshot.h"

#include <gtest/gtest.h>

#include <thread>

#include "mgmt/attributes/values.h"

namespace presentia::mgmt {
namespace {

class Snapshots : public testing::Test {
 protected:
  void set(const std::string& name, const std::string& value) {
    ASSERT_TRUE(write(config, *resolve(name), value)) << name;
  }
  [[nodiscard]] Snapshot snapshot() const { return {config, 1}; }
  config::Config config = defaults();
};

TEST_F(Snapshots, OnlyListedDomainsAreServedInAnyCase) {
  set("sip.domains[IMS.test].name", "IMS.test");
  EXPECT_TRUE(snapshot().serves("ims.test"));
  EXPECT_FALSE(snapshot().serves("other.test"));
  EXPECT_FALSE(snapshot().serves(""));
}

TEST_F(Snapshots, AStarServesEveryDomainAndHoldsTheValuesOfThoseNotListed) {
  set("sip.domains[a.test].no_document", "block");
  set("sip.domains[*].no_document", "allow");
  EXPECT_TRUE(snapshot().serves("other.test"));
  EXPECT_EQ(snapshot().no_document("a.test"), config::Rules::BLOCK);
  EXPECT_EQ(snapshot().no_document("other.test"), config::Rules::ALLOW);
}

TEST_F(Snapshots, TheMoreSpecificValueWins) {
  EXPECT_EQ(snapshot().publication_expires("presence", "a.test").min, base::Seconds(60));
  set("event.publication.min_expires_s", "70");
  EXPECT_EQ(snapshot().publication_expires("presence", "a.test").min, base::Seconds(70));
  set("presence.publication.min_expires_s", "80");
  EXPECT_EQ(snapshot().publication_expires("presence", "a.test").min, base::Seconds(80));
  EXPECT_EQ(snapshot().publication_expires("other", "a.test").min, base::Seconds(70));
  set("sip.domains[a.test].publication_min_expires_s", "90");
  EXPECT_EQ(snapshot().publication_expires("presence", "a.test").min, base::Seconds(90));
  EXPECT_EQ(snapshot().publication_expires("other", "a.test").min, base::Seconds(90));
  EXPECT_EQ(snapshot().publication_expires("presence", "b.test").min, base::Seconds(80));
}

TEST_F(Snapshots, SubscriptionsHaveValuesOfTheirOwn) {
  set("presence.subscription.default_expires_s", "1000");
  set("sip.domains[a.test].subscription_max_expires_s", "2000");
  const ExpiresPolicy policy = snapshot().subscription_expires("presence", "a.test");
  EXPECT_EQ(policy.by_default, base::Seconds(1000));
  EXPECT_EQ(policy.max, base::Seconds(2000));
  EXPECT_EQ(snapshot().subscription_expires("presence.winfo", "b.test").by_default, base::Seconds(3600));
  EXPECT_EQ(snapshot().publication_expires("presence", "a.test").max, base::Seconds(3600));
}

TEST_F(Snapshots, PublishersAreComparedInNormalForm) {
  set("presence.publication.publishers", "sip:pna@IMS.test;transport=tcp");
  EXPECT_TRUE(snapshot().is_publisher("presence", "sip:pna@ims.test"));
  EXPECT_FALSE(snapshot().is_publisher("presence", "sip:other@ims.test"));
  EXPECT_FALSE(snapshot().is_publisher("other", "sip:pna@ims.test"));
}

TEST_F(Snapshots, AReaderSeesTheNextSnapshotAfterASwap) {
  Live live(std::make_shared<const Snapshot>(config, 1));
  Reader reader(live);
  EXPECT_EQ(reader.snapshot()->version(), 1u);
  set("event.publication.min_expires_s", "99");
  std::thread([&] { live.swap(std::make_shared<const Snapshot>(config, 2)); }).join();
  EXPECT_EQ(reader.snapshot()->version(), 2u);
  EXPECT_EQ(reader.snapshot()->config().event().publication().min_expires_s(), 99u);
}

}  // namespace
}  // namespace presentia::mgmt
