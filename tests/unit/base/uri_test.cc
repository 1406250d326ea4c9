#include "as/base/uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/spec.h"

namespace presentia::base {
namespace {

using testing::ElementsAre;
using testing::Optional;
using testing::Pair;

TEST(Uri, AllPartsOfASipUriAreRead) {
  const auto uri = parse_uri("SIP:alice:secret@Example.COM:5070;Transport=tcp;lr?subject=hi&to=x");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->scheme, "sip");
  EXPECT_EQ(uri->user, "alice");
  EXPECT_EQ(uri->password, "secret");
  EXPECT_EQ(uri->host, "Example.COM");
  EXPECT_EQ(uri->port, "5070");
  EXPECT_THAT(uri->params, ElementsAre(Pair("transport", "tcp"), Pair("lr", "")));
  EXPECT_EQ(uri->headers, "subject=hi&to=x");
  EXPECT_THAT(uri->param("transport"), Optional(std::string_view("tcp")));
  EXPECT_THAT(uri->param("lr"), Optional(std::string_view()));
  EXPECT_FALSE(uri->param("maddr"));
}

TEST(Uri, AUserMayContainWhatElsewhereEndsAPart) {
  const auto uri = parse_uri("sip:+1;ext=5?/x@h.example;a=b");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->user, "+1;ext=5?/x");
  EXPECT_THAT(uri->params, ElementsAre(Pair("a", "b")));
}

TEST(Uri, Ipv6HostsKeepTheirBrackets) {
  const auto uri = parse_uri("sips:bob@[2001:DB8::9]:5061");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->host, "[2001:DB8::9]");
  EXPECT_EQ(uri->port, "5061");
  EXPECT_EQ(parse_uri("sip:[::1]")->port, "");
}

TEST(Uri, TelephoneNumbersHaveParameters) {
  const auto uri = parse_uri("tel:7042;phone-context=Example.com;isub=1");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->user, "7042");
  EXPECT_EQ(uri->host, "");
  EXPECT_THAT(uri->param("phone-context"), Optional(std::string_view("Example.com")));
}

class BadUri : public testing::TestWithParam<const char*> {};

TEST_P(BadUri, IsNone) {
  EXPECT_FALSE(parse_uri(GetParam()));
  EXPECT_FALSE(normal_form(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Uris, BadUri,
                         testing::Values("", "sip:", "sip", ":alice@h", "http://example.com", "mailto:a@b", "sip:@h",
                                         "sip:alice@", "sip:alice@h:", "sip:alice@h:x", "sip:alice@h:65536",
                                         "sip:alice@h:99999999999999999999", "sip:a%4@h", "sip:a%zz@h", "sip:a@h%2",
                                         "sip:a b@h", "sip:a@h\r\nX: y", "sip:a@h;x=\x7f", "sip:a@[::1", "sip:a@[]",
                                         "sip:a@[::1]x", "sip:a@[zz::]", "sip:a@h,x", "sip:a@b@c", "sip:<a@h>",
                                         "sip::pw@h", "sip:a@.h", "tel:", "tel:+", "tel:+12x", "tel:hello", "tel:++1",
                                         "tel:;a=b"));

TEST(NormalForm, SpellingsOfOneAddressOfRecordAreOneResource) {
  PS_SPEC("SIP-32");
  for (const char* spelling : {"sip:alice@d.example", "sip:%61lice@D.Example;x=1", "sips:alice@d.example:5061",
                               "pres:alice@D.EXAMPLE", "SIP:alice:pw@d.example;transport=tcp?subject=x",
                               "sip:%61%6c%69%63%65@d.example.", "sip:al%69ce@d.example;lr"}) {
    EXPECT_THAT(normal_form(spelling), Optional(std::string("sip:alice@d.example"))) << spelling;
  }
}

TEST(NormalForm, TheUserIsCaseSensitiveAndReservedCharactersAreNotTheirEscapes) {
  PS_SPEC("SIP-32");
  EXPECT_NE(normal_form("sip:Alice@d.example"), normal_form("sip:alice@d.example"));
  EXPECT_NE(normal_form("sip:a%40b@d.example"), normal_form("sip:a@d.example"));
  EXPECT_EQ(normal_form("sip:a%3bb@d"), "sip:a%3Bb@d");
  EXPECT_EQ(normal_form("sip:a;b@d"), "sip:a;b@d");
  EXPECT_NE(normal_form("sip:a%2bb@d"), normal_form("sip:a+b@d"));
}

TEST(NormalForm, WhatMayNotStandInAUriStaysEscapedInOneSpelling) {
  EXPECT_EQ(normal_form("sip:%c3%a9@d"), "sip:%C3%A9@d");
  EXPECT_EQ(normal_form("sip:\xc3\xa9@d"), "sip:%C3%A9@d");
  EXPECT_EQ(normal_form("sip:a%20b%0d%0a%00@d"), "sip:a%20b%0D%0A%00@d");
  EXPECT_EQ(normal_form("sip:a%25b@d"), "sip:a%25b@d");
  EXPECT_EQ(normal_form("sip:%7Ebob@d"), "sip:~bob@d");
}

TEST(NormalForm, IsItsOwnNormalForm) {
  for (const char* text : {"sip:%61lice@D.Example;x=1", "sip:a%40%3b%00\xc3@[::1]:99", "sip:Host.Example", "tel:+1(2)3",
                           "tel:70%2342;phone-context=X.Example", "tel:1;phone-context=+1-9"}) {
    const auto once = normal_form(text);
    ASSERT_TRUE(once) << text;
    EXPECT_EQ(normal_form(*once), once);
  }
}

// [RFC3966 3, 4, 5.1.5]
TEST(NormalForm, TelephoneNumbersLoseTheirVisualSeparatorsAndLocalOnesKeepTheirContext) {
  EXPECT_EQ(normal_form("tel:+1-201-555-0123"), "tel:+12015550123");
  EXPECT_EQ(normal_form("TEL:+1(201).555.0123;ext=5"), "tel:+12015550123");
  EXPECT_EQ(normal_form("tel:7042;phone-context=Example.COM"), "tel:7042;phone-context=example.com");
  EXPECT_EQ(normal_form("tel:863-1234;phone-context=+1-914-555"), "tel:8631234;phone-context=+1914555");
  EXPECT_EQ(normal_form("tel:*21%23"), "tel:*21#");
}

TEST(DomainOf, IsTheHostOfTheNormalForm) {
  EXPECT_EQ(domain_of("sip:alice@d.example"), "d.example");
  EXPECT_EQ(domain_of("sip:d.example"), "d.example");
  EXPECT_EQ(domain_of("tel:+1"), "");
}

TEST(UriScheme, IsGivenForAnyAbsoluteUri) {
  EXPECT_EQ(uri_scheme("HTTP://x"), "http");
  EXPECT_EQ(uri_scheme("foo+bar.1-2:x"), "foo+bar.1-2");
  EXPECT_EQ(uri_scheme("1foo:x"), "");
  EXPECT_EQ(uri_scheme("alice@example.com"), "");
  EXPECT_EQ(uri_scheme("a lice:x"), "");
}

}  // namespace
}  // namespace presentia::base
