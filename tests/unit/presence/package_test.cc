#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "as/packages/presence/pidf_names.h"
#include "as/packages/presence/presence_package.h"
#include "tests/support/spec.h"
#include "tests/unit/presence/support.h"

namespace presentia::presence {
namespace {

using event::SubHandling;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kClosed =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" "
    "entity=\"sip:alice@example.com\"><tuple id=\"closed\"><status><basic>closed</basic></status></tuple></presence>";
constexpr std::string_view kEmpty =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" "
    "entity=\"sip:alice@example.com\"/>";

class PresencePackageTest : public testing::Test {
 protected:
  void without_state(config::Presence::WithoutState value) {
    house.config.mutable_presence()->set_without_state(value);
  }
  SubHandling decide(const std::string& watcher) {
    const mgmt::Snapshot settings(house.config, 1);
    const std::string alice(kAlice);
    const ports::WatcherIdentity asking{watcher, ""};
    const event::HeldDocuments documents;
    return house.package.decide_watcher({alice, asking, settings, documents, {}, base::Instant()}).view.handling;
  }
  House house;
};

TEST_F(PresencePackageTest, IsPublishedAndNotifiedAsPidf) {
  EXPECT_EQ(house.package.name(), "presence");
  EXPECT_THAT(house.package.publication_types(), ElementsAre("application/pidf+xml"));
  EXPECT_THAT(house.package.notification_types(), ElementsAre("application/pidf+xml"));
}

TEST_F(PresencePackageTest, ShowsOneClosedTupleWhereThereIsNoState) {
  const event::Body body = house.render();
  EXPECT_EQ(body.content_type, "application/pidf+xml");
  EXPECT_EQ(*body.bytes, kClosed);
}

TEST_F(PresencePackageTest, ShowsAnEmptyDocumentOrNoneIfSwitched) {
  without_state(config::Presence::EMPTY_PIDF);
  EXPECT_EQ(house.text(), kEmpty);
  without_state(config::Presence::NO_BODY);
  EXPECT_EQ(house.render().content_type, "");
  EXPECT_EQ(house.render().bytes, nullptr);
}

TEST_F(PresencePackageTest, ShowsPolitelyBlockedWatchersWhatAPresentityWithoutStateShows) {
  PS_SPEC("PRES-08 PRU-10");
  for (const auto value : {config::Presence::CLOSED_TUPLE, config::Presence::EMPTY_PIDF, config::Presence::NO_BODY}) {
    House empty;
    empty.config.mutable_presence()->set_without_state(value);
    house = House();
    house.publish(pidf(tuple("a", "open")));
    without_state(value);
    EXPECT_EQ(house.text(SubHandling::polite_block), empty.text());
    EXPECT_EQ(house.render(SubHandling::polite_block).content_type, empty.render().content_type);
    EXPECT_EQ(house.render(SubHandling::polite_block, true).content_type, empty.render().content_type);
  }
}

TEST_F(PresencePackageTest, ShowsTheClosedTupleWhenStateWasLost) {
  without_state(config::Presence::NO_BODY);
  const event::Body body = house.render(SubHandling::allow, true);
  ASSERT_TRUE(body.bytes);
  EXPECT_EQ(*body.bytes, kClosed);
  house.config.mutable_event()->mutable_publication()->set_use_alternative_value(false);
  EXPECT_EQ(house.render(SubHandling::allow, true).bytes, nullptr);
}

TEST_F(PresencePackageTest, NamesATelPresentityByItsNumber) {
  House tel("tel:+15551230001");
  EXPECT_THAT(tel.text(), HasSubstr("entity=\"tel:+15551230001\""));
  EXPECT_THAT(tel.remarks(test_document("oma-pde/mem-rcs-tel-entity.xml")), IsEmpty());
}

TEST_F(PresencePackageTest, AlwaysAllowsThePresentityItself) {
  house.config.mutable_rules()->set_no_document(config::Rules::BLOCK);
  EXPECT_EQ(decide(std::string(kAlice)), SubHandling::allow);
  EXPECT_EQ(decide("sip:bob@example.com"), SubHandling::block);
  EXPECT_EQ(decide(""), SubHandling::block);
}

TEST_F(PresencePackageTest, DecidesAboutOthersByTheAttribute) {
  for (const auto& [value, expected] :
       {std::pair{config::Rules::CONFIRM, SubHandling::confirm}, std::pair{config::Rules::ALLOW, SubHandling::allow},
        std::pair{config::Rules::POLITE_BLOCK, SubHandling::polite_block},
        std::pair{config::Rules::BLOCK, SubHandling::block}}) {
    house.config.mutable_rules()->set_no_document(value);
    EXPECT_EQ(decide("sip:bob@example.com"), expected);
  }
}

class StrictPresence : public testing::Test {
 protected:
  StrictPresence() { house.config.mutable_presence()->set_validation(config::Presence::STRICT); }
  void load() {
    const auto loaded = house.schemas->load(PS_SOURCE_DIR "/conf/schemas");
    ASSERT_TRUE(loaded) << loaded.error().text;
  }
  House house;
};

TEST_F(StrictPresence, NeedsSchemas) {
  const auto refused = house.parse(pidf(""));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 500);
  EXPECT_EQ(refused.error().reason, "presence.no-schemas");
}

TEST_F(StrictPresence, RefusesWhatTheSchemasForbid) {
  PS_SPEC("PDF-07 PDF-08");
  load();
  for (const char* path :
       {"negative/pidf-bad-basic.xml", "negative/pidf-bad-priority.xml", "negative/pidf-no-entity.xml",
        "negative/pidf-bad-timestamp.xml", "negative/pidf-no-tuple-id.xml", "negative/pidf-wrong-ns.xml",
        "rpid/rfc4660-s7.1-1.xml", "oma-pde/mem-rcs-all-services.xml"}) {
    EXPECT_EQ(house.reason(test_document(path)), "xml.invalid") << path;
  }
  EXPECT_EQ(house.reason(test_document("negative/pidf-empty-status.xml")), "pidf.empty-status");
  EXPECT_EQ(house.reason(test_document("negative/pidf-empty.xml")), "");
  EXPECT_EQ(house.reason(test_document("rpid/rfc4480-s4-1.xml")), "");
}

TEST_F(StrictPresence, FollowsAChangeOfTheSchemas) {
  load();
  const std::string body = pidf("");
  EXPECT_EQ(house.reason(body), "");
  const std::string folder = testing::TempDir() + "other-schemas";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/a.xsd")
      << "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:a'/>";
  ASSERT_TRUE(house.schemas->load(folder));
  EXPECT_EQ(house.reason(body), "xml.invalid");
  EXPECT_FALSE(house.schemas->load(folder + "/nothing"));
  EXPECT_EQ(house.reason(body), "xml.invalid") << "a failure to load changes nothing";
  load();
  EXPECT_EQ(house.reason(body), "");
  std::filesystem::remove_all(folder);
}

TEST_F(StrictPresence, ServesSeveralThreads) {
  load();
  const std::string good = test_document("oma-pde/mem-oma-full.xml"),
                    bad = test_document("negative/pidf-bad-basic.xml");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(house.reason(good), "");
        EXPECT_EQ(house.reason(bad), "xml.invalid");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace presentia::presence
