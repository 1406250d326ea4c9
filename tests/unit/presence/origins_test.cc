// Which publication each element of the composed document comes from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "as/packages/presence/pidf_names.h"
#include "tests/unit/presence/support.h"

namespace presentia::presence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string person(std::string_view id, std::string_view rest) {
  return "<dm:person id='" + std::string(id) + "'>" + std::string(rest) + "</dm:person>";
}

// "tuple a: etag1 etag2"
std::vector<std::string> origins(const House& house) {
  std::vector<std::string> lines;
  for (const auto& origin : house.origins()) {
    std::string line = origin.element + " " + origin.id + ":";
    for (const auto& etag : origin.etags) line += " " + etag;
    lines.push_back(line);
  }
  return lines;
}

TEST(PresenceOrigins, NameThePublicationsOfEachElementInTheOrderOfTheDocument) {
  House house;
  house.publish(pidf(tuple("a", "open", "<contact>sip:one@example.com</contact>") + person("p", "")));
  house.publish(pidf(tuple("b", "open", "<contact>sip:two@example.com</contact>") + person("q", "<rpid:activities/>")));
  EXPECT_THAT(origins(house), ElementsAre("tuple b: etag2", "tuple a: etag1", "person p: etag1 etag2"));
  EXPECT_THAT(ids(house.document()->root(), kPidf, "tuple"), ElementsAre("b", "a"));
}

TEST(PresenceOrigins, OfAMergedElementAreAllThatItWasMadeOf) {
  House house;
  const std::string contact = "<contact>sip:alice@example.com</contact>";
  house.publish(pidf(tuple("a", "open", contact)));
  house.publish(pidf(tuple("b", "closed", contact)));
  house.publish(pidf(tuple("c", "open", contact)));
  EXPECT_THAT(origins(house), ElementsAre("tuple a: etag1 etag3", "tuple b: etag2"));
}

TEST(PresenceOrigins, FollowTheIdThatAClashLeaves) {
  House house;
  house.publish(pidf(tuple("t", "open", "<contact>sip:one@example.com</contact>")));
  house.publish(pidf(tuple("t", "open", "<contact>sip:two@example.com</contact>")));
  const auto shown = ids(house.document()->root(), kPidf, "tuple");
  EXPECT_THAT(origins(house), ElementsAre("tuple " + shown.at(0) + ": etag2", "tuple " + shown.at(1) + ": etag1"));
}

TEST(PresenceOrigins, WithoutPublicationsThereAreNone) { EXPECT_THAT(origins(House()), IsEmpty()); }

}  // namespace
}  // namespace presentia::presence
