#include "as/sip/trust.h"

#include <gtest/gtest.h>

namespace presentia::sip {
namespace {

TrustDomain domain(const std::string& address, const std::string& tls_name) {
  config::Sip sip;
  config::Peer* peer = sip.add_trusted();
  peer->set_address(address);
  peer->set_tls_name(tls_name);
  return TrustDomain(sip);
}

bool trusts(const TrustDomain& domain, std::string_view from, const std::vector<std::string>& names = {}) {
  return domain.trusts(*parse_ip(from), names);
}

TEST(Trust, ByAddressOrPrefix) {
  EXPECT_TRUE(trusts(domain("192.0.2.7", ""), "192.0.2.7"));
  EXPECT_FALSE(trusts(domain("192.0.2.7", ""), "192.0.2.8"));
  EXPECT_TRUE(trusts(domain("192.0.2.0/23", ""), "192.0.3.255"));
  EXPECT_FALSE(trusts(domain("192.0.2.0/23", ""), "192.0.4.0"));
  EXPECT_TRUE(trusts(domain("2001:db8::/33", ""), "2001:db8:7fff::1"));
  EXPECT_FALSE(trusts(domain("2001:db8::/33", ""), "2001:db8:8000::1"));
  EXPECT_TRUE(trusts(domain("0.0.0.0/0", ""), "203.0.113.1"));
  EXPECT_FALSE(trusts(domain("0.0.0.0/0", ""), "::1"));
}

TEST(Trust, ByVerifiedName) {
  EXPECT_TRUE(trusts(domain("", "scscf.ims.test"), "192.0.2.1", {"x", "SCSCF.ims.test"}));
  EXPECT_TRUE(trusts(domain("", "ims.test"), "192.0.2.1", {"sip:ims.test"}));
  EXPECT_FALSE(trusts(domain("", "scscf.ims.test"), "192.0.2.1"));
}

TEST(Trust, ByBothWhereBothAreSaid) {
  const TrustDomain both = domain("192.0.2.0/24", "scscf.ims.test");
  EXPECT_TRUE(trusts(both, "192.0.2.1", {"scscf.ims.test"}));
  EXPECT_FALSE(trusts(both, "192.0.2.1"));
  EXPECT_FALSE(trusts(both, "198.51.100.1", {"scscf.ims.test"}));
}

TEST(Trust, AnEntryThatSaysNothingOrNonsenseIsNobody) {
  EXPECT_FALSE(trusts(domain("", ""), "192.0.2.1"));
  EXPECT_FALSE(trusts(domain("192.0.2.0/99", ""), "192.0.2.1"));
  EXPECT_FALSE(trusts(domain("nonsense", "scscf.ims.test"), "192.0.2.1", {"scscf.ims.test"}));
}

TEST(Ip, MappedAddressesAreTheIpv4Ones) {
  EXPECT_EQ(parse_ip("::ffff:192.0.2.1"), parse_ip("192.0.2.1"));
  EXPECT_EQ(parse_ip("[2001:DB8::0:1]")->host(), "[2001:db8::1]");
  EXPECT_FALSE(parse_ip("ims.test"));
  EXPECT_FALSE(parse_ip("192.0.2.256"));
}

}  // namespace
}  // namespace presentia::sip
