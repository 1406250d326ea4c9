#include "as/sip/tls_names.h"

#include <gtest/gtest.h>

namespace presentia::sip {
namespace {

TEST(TlsNames, AreHostsInAnyCase) {
  EXPECT_TRUE(name_host({"a.test", "PS.ims.test"}, "ps.IMS.test"));
  EXPECT_FALSE(name_host({"ps.ims.test"}, "ims.test"));
  EXPECT_FALSE(name_host({}, "ims.test"));
}

TEST(TlsNames, OrUrisOfHostsButNotOfUsers) {
  EXPECT_TRUE(name_host({"sip:ims.test"}, "ims.test"));
  EXPECT_TRUE(name_host({"sips:ims.test;transport=tls"}, "ims.test"));
  EXPECT_FALSE(name_host({"sip:alice@ims.test"}, "ims.test"));  // RFC 5922 7.1
  EXPECT_FALSE(name_host({"https://ims.test"}, "ims.test"));
}

TEST(TlsNames, OrAddressesHoweverTheyAreWritten) {
  EXPECT_TRUE(name_host({"192.0.2.1"}, "192.0.2.1"));
  EXPECT_TRUE(name_host({"2001:db8::1"}, "[2001:DB8:0::1]"));
  EXPECT_FALSE(name_host({"192.0.2.1"}, "192.0.2.2"));
}

TEST(TlsNames, HaveNoWildcards) { EXPECT_FALSE(name_host({"*.ims.test"}, "ps.ims.test")); }

}  // namespace
}  // namespace presentia::sip
