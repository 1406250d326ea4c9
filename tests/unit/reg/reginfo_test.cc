// Registration information: the documents of RFC 3680 and RFC 5628, versions, and what is no such document.
#include "as/packages/reg/reginfo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "as/xml/reader.h"
#include "tests/support/files.h"
#include "tests/support/spec.h"

namespace presentia::reg {
namespace {

using Taken = Reginfo::Taken;

std::string file(const std::string& name) { return test::content(std::string(PS_TEST_DATA "/reg/") + name); }

std::string reginfo(const std::string& version, const std::string& state, const std::string& inside) {
  return "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"" + version + "\" state=\"" + state + "\">" +
         inside + "</reginfo>";
}
std::string registration(const std::string& state, const std::string& aor = "sip:alice@example.com",
                         const std::string& id = "a1") {
  return "<registration aor=\"" + aor + "\" id=\"" + id + "\" state=\"" + state + "\"/>";
}

class ReginfoTest : public testing::Test {
 protected:
  ReginfoTest() { EXPECT_TRUE(xml::initialize()); }
  Taken take(const std::string& body) {
    const auto taken = info.take(body);
    EXPECT_TRUE(taken) << (taken ? "" : taken.error());
    return taken ? *taken : Taken::stale;
  }
  std::string fault(const std::string& body) {
    const auto taken = info.take(body);
    return taken ? "" : taken.error();
  }
  [[nodiscard]] std::optional<bool> alice() const { return info.registered("sip:alice@example.com"); }
  Reginfo info;
};

TEST_F(ReginfoTest, TheDocumentsOfRfc3680SayWhoIsRegistered) {
  PS_SPEC("REG-03");
  EXPECT_EQ(take(file("rfc3680-s5.3-1.xml")), Taken::all);
  EXPECT_EQ(info.registered("sip:user@example.com"), true);
  info.reset();
  EXPECT_EQ(take(file("rfc3680-s6-1.xml")), Taken::all);
  EXPECT_EQ(info.registered("sip:joe@example.com"), false);  // init
  EXPECT_EQ(take(file("rfc3680-s6-2.xml")), Taken::all);
  EXPECT_EQ(info.registered("sip:joe@example.com"), true);
  EXPECT_EQ(info.registered("sip:user@example.com"), std::nullopt);
}

TEST_F(ReginfoTest, GruusOfRfc5628AreTolerated) {
  PS_SPEC("REG-05");
  EXPECT_EQ(take(file("rfc5628-s7-1.xml")), Taken::all);
  EXPECT_EQ(info.registered("sip:user@example.com"), true);
  info.reset();
  EXPECT_EQ(take(file("rfc5628-s8.2-1.xml")), Taken::all);
  EXPECT_EQ(info.registered("sip:user_aor_2@example.net"), true);
  EXPECT_EQ(info.registered("sip:+358504821437@example.net"), true);
}

TEST_F(ReginfoTest, ActiveIsRegisteredAndEverythingElseIsNot) {
  PS_SPEC("REG-03");
  take(reginfo("0", "full", registration("active")));
  EXPECT_EQ(alice(), true);
  take(reginfo("1", "partial", registration("terminated")));
  EXPECT_EQ(alice(), false);
  take(reginfo("2", "full", registration("init")));
  EXPECT_EQ(alice(), false);
  take(reginfo("3", "full", ""));
  EXPECT_EQ(alice(), std::nullopt);
}

TEST_F(ReginfoTest, PartialStateAddsAndFullStateReplaces) {
  PS_SPEC("REG-02");
  take(reginfo("0", "full", registration("active") + registration("active", "tel:+1-555-0001", "a2")));
  EXPECT_EQ(info.registered("tel:+15550001"), true);
  take(reginfo("1", "partial", registration("terminated", "tel:+15550001", "a2")));
  EXPECT_EQ(info.registered("tel:+15550001"), false);
  EXPECT_EQ(alice(), true);
  take(reginfo("2", "full", registration("active", "tel:+15550001", "a2")));
  EXPECT_EQ(alice(), std::nullopt);
}

TEST_F(ReginfoTest, AGapWantsARefreshAndAnOlderDocumentIsIgnored) {
  PS_SPEC("REG-02");
  EXPECT_EQ(take(reginfo("0", "full", registration("active"))), Taken::all);
  EXPECT_EQ(take(reginfo("1", "partial", registration("terminated"))), Taken::all);
  EXPECT_EQ(take(reginfo("3", "partial", registration("active"))), Taken::gap);
  EXPECT_EQ(alice(), true);  // it is processed all the same
  EXPECT_EQ(take(reginfo("2", "full", registration("terminated"))), Taken::stale);
  EXPECT_EQ(take(reginfo("3", "full", registration("terminated"))), Taken::stale);
  EXPECT_EQ(alice(), true);
  EXPECT_EQ(take(reginfo("4", "full", registration("terminated"))), Taken::all);
  EXPECT_EQ(alice(), false);
  info.reset();
  EXPECT_EQ(alice(), std::nullopt);
  EXPECT_EQ(take(reginfo("7", "partial", registration("active"))), Taken::gap);  // of what was before nothing is known
  EXPECT_EQ(take(reginfo("4294967295", "full", registration("active"))), Taken::gap);
}

TEST_F(ReginfoTest, UnknownElementsAndAttributesAreIgnored) {
  PS_SPEC("REG-03");
  take(
      "<r:reginfo xmlns:r=\"urn:ietf:params:xml:ns:reginfo\" xmlns:x=\"urn:x\" version=\" 0 \" state=\"full\" "
      "x:y=\"z\">"
      "<x:registration aor=\"sip:carol@example.com\" id=\"c\" state=\"active\"/><r:note>x</r:note>"
      "<r:registration aor=\"sip:alice@EXAMPLE.com;user=phone\" id=\"a\" state=\"active\" x:y=\"z\"><x:y><x:y/></x:y>"
      "<r:contact/></r:registration></r:reginfo>");
  EXPECT_EQ(alice(), true);
  EXPECT_EQ(info.registered("sip:carol@example.com"), std::nullopt);
}

TEST_F(ReginfoTest, WhatIsNoSuchDocumentChangesNothing) {
  take(reginfo("5", "full", registration("active")));
  EXPECT_EQ(fault("<reginfo"), "xml.malformed");
  EXPECT_EQ(fault("<!DOCTYPE r []>" + reginfo("6", "full", "")), "xml.doctype");
  EXPECT_EQ(fault("<reginfo version='6' state='full'/>"), "reginfo.root");
  for (const char* version : {"", "-1", "4294967296", "six", "1.5"})
    EXPECT_EQ(fault(reginfo(version, "full", "")), "reginfo.version") << version;
  EXPECT_EQ(fault(reginfo("6", "whole", "")), "reginfo.state");
  EXPECT_EQ(fault(reginfo("6", "full", registration("gone"))), "reginfo.registration");
  EXPECT_EQ(fault(reginfo("6", "full", registration("active", "mailto:alice@example.com"))), "reginfo.registration");
  std::string many;
  for (std::size_t i = 0; i <= Reginfo::kMostRegistrations; ++i)
    many += registration("active", "sip:u" + std::to_string(i) + "@example.com", "r" + std::to_string(i));
  EXPECT_EQ(fault(reginfo("6", "full", many)), "reginfo.too-many");
  EXPECT_EQ(alice(), true);
}

}  // namespace
}  // namespace presentia::reg
