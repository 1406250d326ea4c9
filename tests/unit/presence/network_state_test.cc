// The network's own publication: valid, and what the OMA's extensions say.
#include "as/packages/presence/network_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "as/packages/presence/pidf_names.h"
#include "tests/support/spec.h"
#include "tests/unit/presence/support.h"

namespace presentia::presence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NetworkState : public testing::Test {
 protected:
  std::string write(bool registered, const std::vector<std::string>& instances = {},
                    const std::string& resource = std::string(kAlice)) {
    const mgmt::Snapshot settings(config, 1);
    return write_network_state(
        {resource, registered, base::Instant(base::Millis(1'767'348'000'123)), instances, settings});
  }
  config::Config config = default_config();
};

TEST_F(NetworkState, SaysWhoIsRegisteredInTheWordsOfTheOma) {
  PS_SPEC("REG-08 TS24-18");
  const auto document = parse_xml(write(true));
  const xml::Element root = document->root();
  EXPECT_EQ(root.attribute("entity"), kAlice);
  EXPECT_THAT(texts(root, kPidf, "basic"), ElementsAre("open"));
  EXPECT_THAT(texts(root, kOmaPresence, "registration-state"), ElementsAre("active"));
  const auto networks = all(root, kOmaPresence, "network");
  ASSERT_EQ(networks.size(), 1U);
  EXPECT_EQ(networks[0].attribute("id"), "IMS");
  EXPECT_TRUE(networks[0].child(kOmaPresence, "active"));
  EXPECT_THAT(texts(root, kPidf, "timestamp"), ElementsAre("2026-01-02T10:00:00.123Z"));
}

TEST_F(NetworkState, IsClosedWithoutRegistrationAndWhereTheOperatorSaysSo) {
  PS_SPEC("REG-08");
  const auto ended = parse_xml(write(false));
  EXPECT_THAT(texts(ended->root(), kPidf, "basic"), ElementsAre("closed"));
  EXPECT_THAT(texts(ended->root(), kOmaPresence, "registration-state"), ElementsAre("terminated"));
  EXPECT_TRUE(all(ended->root(), kOmaPresence, "network")[0].child(kOmaPresence, "terminated"));
  config.mutable_registration()->set_registered_status(config::Registration::CLOSED);
  const auto closed = parse_xml(write(true));
  EXPECT_THAT(texts(closed->root(), kPidf, "basic"), ElementsAre("closed"));
  EXPECT_THAT(texts(closed->root(), kOmaPresence, "registration-state"), ElementsAre("active"));
}

TEST_F(NetworkState, HasADeviceForEachInstanceAndElseOneThatIsAlwaysTheSame) {
  const auto two = parse_xml(write(true, {"urn:gsma:imei:90420156-025763-0", "urn:uuid:1\" x"}));
  EXPECT_THAT(texts(two->root(), kDataModel, "deviceID"),
              ElementsAre("urn:gsma:imei:90420156-025763-0", "urn:uuid:1%22%20x"));
  const auto device = [&](const std::string& text) {
    return texts(parse_xml(text)->root(), kDataModel, "deviceID")[0];
  };
  EXPECT_THAT(device(write(true)),
              testing::MatchesRegex("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_EQ(device(write(true)), device(write(false)));
  EXPECT_NE(device(write(true)), device(write(true, {}, "sip:bob@example.com")));
}

TEST_F(NetworkState, IsValidAndTakenByThePackageWithoutARemark) {
  std::vector<std::string> documents{write(true), write(false), write(true, {"urn:uuid:a", "urn:uuid:b"}),
                                     write(true, {}, "tel:+15550001")};
  EXPECT_EQ(xmllint(documents), "");
  House house;
  for (const std::string& document : {documents[0], documents[1], documents[2]})
    EXPECT_THAT(house.remarks(document), IsEmpty());
  house.publish(documents[0]);
  house.publish(pidf(tuple("phone", "open")));
  EXPECT_EQ(xmllint({house.text()}), "");
  EXPECT_EQ(all(house.document()->root(), kPidf, "tuple").size(), 2U);  // what is bare does not merge with it
}

}  // namespace
}  // namespace presentia::presence
