#include "as/base/uri_equality.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace presentia::base {
namespace {

using Pair = std::pair<const char*, const char*>;

bool both_ways(const Pair& pair) {
  EXPECT_EQ(same_uri(pair.first, pair.second), same_uri(pair.second, pair.first)) << pair.first;
  return same_uri(pair.first, pair.second);
}

TEST(UriEquality, FollowsTheExamplesOfRfc3261) {
  constexpr std::array kSame{
      Pair{"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"},
      Pair{"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"},
      Pair{"sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"},
      Pair{"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
           "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"},
      Pair{"sip:alice@atlanta.com?subject=project%20x&priority=urgent",
           "sip:alice@atlanta.com?priority=urgent&subject=project%20x"},
  };
  constexpr std::array kDifferent{
      Pair{"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"},
      Pair{"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"},
      Pair{"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"},
      Pair{"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"},
      Pair{"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"},
      Pair{"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"},
      Pair{"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"},
      Pair{"sip:alice@atlanta.com", "sips:alice@atlanta.com"},
      Pair{"sip:alice:one@atlanta.com", "sip:alice:two@atlanta.com"},
  };
  for (const Pair& pair : kSame) EXPECT_TRUE(both_ways(pair)) << pair.first << " " << pair.second;
  for (const Pair& pair : kDifferent) EXPECT_FALSE(both_ways(pair)) << pair.first << " " << pair.second;
}

TEST(UriEquality, KnowsOtherSchemes) {
  constexpr std::array kSame{
      Pair{"tel:+1-212-555-1234", "TEL:+1(212)5551234"},
      Pair{"tel:7042;phone-context=Example.com", "tel:7042;phone-context=example.com"},
      Pair{"URN:UUID:F81D4FAE-7dec-11d0-a765-00a0c91e6bf6", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
      Pair{"URN:Foo:a", "urn:foo:a"},
      Pair{"MAILTO:bob@example.net", "mailto:bob@example.net"},
  };
  constexpr std::array kDifferent{
      Pair{"tel:+12125551234", "sip:+12125551234@example.com"},
      Pair{"tel:+12125551234", "tel:+12125551234;ext=1"},
      Pair{"tel:7042;phone-context=example.com", "tel:7042;phone-context=example.org"},
      Pair{"urn:foo:a", "urn:foo:A"},
      Pair{"mailto:bob@example.net", "mailto:Bob@example.net"},
      Pair{"mac:1", "urn:mac:1"},
      Pair{"", "sip:a@b"},
  };
  for (const Pair& pair : kSame) EXPECT_TRUE(both_ways(pair)) << pair.first << " " << pair.second;
  for (const Pair& pair : kDifferent) EXPECT_FALSE(both_ways(pair)) << pair.first << " " << pair.second;
}

}  // namespace
}  // namespace presentia::base
