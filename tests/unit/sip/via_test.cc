#include "as/sip/via.h"

#include <gtest/gtest.h>

#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

std::string stamped(std::string_view text, std::string_view source) {
  return stamped_via(*parse_via(text), text, *parse_ip(source), "7000");
}

HostPort reply(std::string_view text, bool stream = false) {
  return reply_address(*parse_via(text), *parse_ip("192.0.2.9"), "7000", stream);
}

TEST(StampedVia, SaysTheSourceWhereTheHostIsAnother) {
  PS_SPEC("SIP-26");
  EXPECT_EQ(stamped("SIP/2.0/UDP a.test;branch=z9hG4bK1", "192.0.2.9"),
            "SIP/2.0/UDP a.test;branch=z9hG4bK1;received=192.0.2.9");
  EXPECT_EQ(stamped("SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1", "192.0.2.9"),
            "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1");
}

TEST(StampedVia, FillsRportAndThenAlwaysSaysTheSource) {
  PS_SPEC("SIPX-03");
  EXPECT_EQ(stamped("SIP/2.0/UDP 192.0.2.9;rport;branch=z9hG4bK1", "192.0.2.9"),
            "SIP/2.0/UDP 192.0.2.9;rport=7000;branch=z9hG4bK1;received=192.0.2.9");  // RFC 3581 4
}

TEST(StampedVia, ComparesAddressesAndNotTheirSpelling) {
  PS_SPEC("SIPX-08");
  EXPECT_EQ(stamped("SIP/2.0/UDP [2001:DB8:0::1]", "2001:db8::1"), "SIP/2.0/UDP [2001:DB8:0::1]");
  EXPECT_EQ(stamped("SIP/2.0/UDP [2001:db8::2]", "2001:db8::1"),
            "SIP/2.0/UDP [2001:db8::2];received=2001:db8::1");  // the grammar has no brackets there
}

TEST(StampedVia, BelievesNoReceivedOfTheSender) {
  EXPECT_EQ(stamped("SIP/2.0/UDP a.test;received=10.0.0.1;x=\"a;b\"", "192.0.2.9"),
            "SIP/2.0/UDP a.test;x=\"a;b\";received=192.0.2.9");
}

TEST(ReplyAddress, FollowsTheOrderOf18_2_2) {
  PS_SPEC("SIP-27");
  EXPECT_EQ(reply("SIP/2.0/UDP a.test:5070"), (HostPort{"192.0.2.9", "5070"}));
  EXPECT_EQ(reply("SIP/2.0/UDP a.test"), (HostPort{"192.0.2.9", "5060"}));
  EXPECT_EQ(reply("SIP/2.0/UDP a.test:5070;rport"), (HostPort{"192.0.2.9", "7000"}));
  EXPECT_EQ(reply("SIP/2.0/UDP a.test:5070;rport;maddr=224.2.0.1"), (HostPort{"224.2.0.1", "5070"}));
  EXPECT_EQ(reply("SIP/2.0/UDP a.test:5070;maddr=name.test"), (HostPort{"192.0.2.9", "5070"}));
  EXPECT_EQ(reply("SIP/2.0/TLS a.test", true), (HostPort{"192.0.2.9", "5061"}));
  EXPECT_EQ(reply("SIP/2.0/TCP a.test:5070;rport;maddr=224.2.0.1", true), (HostPort{"192.0.2.9", "5070"}));
}

}  // namespace
}  // namespace presentia::sip
