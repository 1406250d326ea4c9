#include "mgmt/attributes/patterns.h"

#include <gtest/gtest.h>

namespace presentia::mgmt {
namespace {

constexpr const char* kBind = "udp:ADDRESS:PORT, tcp:ADDRESS:PORT or tls:ADDRESS:PORT; IPv6 in brackets";

TEST(Patterns, ABindIsTransportAddressAndPort) {
  for (const char* good : {"udp:127.0.0.1:5060", "tcp:[::1]:5060", "tls:0.0.0.0:0", "udp:[2001:db8::5]:65535"}) {
    EXPECT_TRUE(matches(kBind, good)) << good;
  }
  for (const char* bad :
       {"127.0.0.1:5060", "sctp:127.0.0.1:5060", "udp:127.0.0.1", "udp:localhost:5060", "udp:127.0.0.1:65536",
        "udp:::1:5060", "udp:127.0.0.1:", "udp:127.0.0.1:+5", "udp:[::1:5060"}) {
    EXPECT_FALSE(matches(kBind, bad)) << bad;
  }
}

TEST(Patterns, APrefixFitsItsFamily) {
  constexpr const char* kPrefix = "ADDRESS or ADDRESS/BITS";
  for (const char* good : {"10.0.0.1", "10.0.0.0/8", "10.0.0.1/32", "::1", "2001:db8::/128"}) {
    EXPECT_TRUE(matches(kPrefix, good)) << good;
  }
  for (const char* bad : {"10.0.0.0/33", "10.0.0/8", "2001:db8::/129", "10.0.0.0/", "host", "10.0.0.0/-1", "/8"}) {
    EXPECT_FALSE(matches(kPrefix, bad)) << bad;
  }
}

TEST(Patterns, ADomainIsAHostNameAnAddressOrEveryDomain) {
  constexpr const char* kDomain = "host name, IP address or *";
  for (const char* good : {"*", "ims.test", "localhost", "192.0.2.1", "[2001:db8::1]", "a-b.example"}) {
    EXPECT_TRUE(matches(kDomain, good)) << good;
  }
  for (const char* bad : {"*.test", "ims..test", "-a.test", "ims.test.", "a b", "sip:ims.test", "ims.test:5060"}) {
    EXPECT_FALSE(matches(kDomain, bad)) << bad;
  }
}

TEST(Patterns, ADocumentIsAnApplicationUsageAndANameBelowIt) {
  for (const char* good : {"pres-rules/index", "org.openmobilealliance.pres-rules/pres-rules", "a/folder/name"}) {
    EXPECT_TRUE(matches("AUID/NAME", good)) << good;
  }
  for (const char* bad : {"", "index", "/index", "a/", "a//b", "a/../b", "a/b c", "a/%2e"}) {
    EXPECT_FALSE(matches("AUID/NAME", bad)) << bad;
  }
}

TEST(Patterns, AnAddressIsOneOfIpAndNoName) {
  for (const char* good : {"127.0.0.1", "::1", "2001:db8::7"}) EXPECT_TRUE(matches("IP address", good)) << good;
  for (const char* bad : {"", "localhost", "[::1]", "127.0.0.1:1", "1.2.3"}) {
    EXPECT_FALSE(matches("IP address", bad)) << bad;
  }
}

TEST(Patterns, ACollectionIsOfUsersOrOfOneUserAndEndsWithASlash) {
  constexpr const char* kPattern = "AUID/users/ or AUID/users/XUI/";
  for (const char* good : {"pres-rules/users/", "org.openmobilealliance.pres-rules/users/",
                           "pidf-manipulation/users/sip:alice@ims.test/", "pres-rules/users/sip:a%20b@ims.test/"}) {
    EXPECT_TRUE(matches(kPattern, good)) << good;
  }
  for (const char* bad : {"", "/", "pres-rules/", "pres-rules/users", "/users/", "pres-rules/global/",
                          "pres-rules/users//", "pres-rules/users/sip:a@b/index", "pres-rules/users/a b/"}) {
    EXPECT_FALSE(matches(kPattern, bad)) << bad;
  }
}

TEST(Patterns, ARootIsAnHttpUriWithoutQuery) {
  for (const char* good : {"http://xdms.test", "https://[::1]:8443/xcap", "http://127.0.0.1:80/a/b/"}) {
    EXPECT_TRUE(matches("http or https URI", good)) << good;
  }
  for (const char* bad : {"", "xdms.test", "ftp://xdms.test", "http://", "http://x.test:port/", "http://x.test/?a",
                          "http://x.test/#a", "http://x.test/a b"}) {
    EXPECT_FALSE(matches("http or https URI", bad)) << bad;
  }
}

TEST(Patterns, AdvertiseIsAHostWithOrWithoutAPort) {
  constexpr const char* kAdvertise = "HOST or HOST:PORT";
  for (const char* good : {"ps.ims.test", "ps.ims.test:5060", "192.0.2.1:5060", "[::1]", "[::1]:5060"}) {
    EXPECT_TRUE(matches(kAdvertise, good)) << good;
  }
  for (const char* bad : {"ps.ims.test:", "ps.ims.test:x", "sip:ps.ims.test", "::1", "a/b"}) {
    EXPECT_FALSE(matches(kAdvertise, bad)) << bad;
  }
}

TEST(Patterns, TheManagementServiceListensOnAnAbsoluteSocketPathOrAnAddress) {
  constexpr const char* kListen = "unix:PATH or ADDRESS:PORT";
  for (const char* good : {"unix:/run/presentia/management.sock", "127.0.0.1:0", "[::1]:9000"}) {
    EXPECT_TRUE(matches(kListen, good)) << good;
  }
  for (const char* bad : {"unix:", "unix:relative", "unix:/", "unix:/folder/", "localhost:9000", "127.0.0.1"}) {
    EXPECT_FALSE(matches(kListen, bad)) << bad;
  }
  EXPECT_FALSE(matches(kListen, "unix:/" + std::string(100, 'x'))) << "longer than a socket address can be";
}

TEST(Patterns, AnIoiIsATokenSoThatItCannotBreakTheHeader) {
  constexpr const char* kToken = "an RFC 3261 token";
  EXPECT_TRUE(matches(kToken, "ims.example.com"));
  for (const char* bad : {"a;b", "a b", "a\"b", "a,b", "é"}) EXPECT_FALSE(matches(kToken, bad)) << bad;
}

TEST(Patterns, LoopbackAndEveryAddressAreRecognised) {
  EXPECT_TRUE(parse_address_port("127.9.9.9:1")->loopback());
  EXPECT_TRUE(parse_address_port("[::1]:1")->loopback());
  EXPECT_FALSE(parse_address_port("192.0.2.1:1")->loopback());
  EXPECT_TRUE(parse_address_port("0.0.0.0:1")->any());
  EXPECT_TRUE(parse_address_port("[::]:1")->any());
  EXPECT_TRUE(parse_address_port("[0:0::0]:1")->any());
  EXPECT_FALSE(parse_address_port("127.0.0.1:1")->any());
}

}  // namespace
}  // namespace presentia::mgmt
