#include "mgmt/attributes/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "mgmt/attributes/values.h"
#include "tests/support/files.h"

namespace presentia::mgmt {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

class Validate : public testing::Test {
 protected:
  void set(const std::string& name, const std::string& value) {
    ASSERT_TRUE(write(config, *resolve(name), value)) << name;
  }
  [[nodiscard]] Violations check(bool insecure_lab = false) const {
    return validate(config, {.insecure_lab = insecure_lab, .in_force = nullptr});
  }
  static auto about(const std::string& attribute) { return Contains(Field(&Violation::attribute, attribute)); }

  config::Config config = defaults();
};

TEST_F(Validate, DefaultsAreFine) { EXPECT_THAT(check(), IsEmpty()); }

TEST_F(Validate, TheMinimumMustNotBeAboveTheMaximum) {
  set("event.publication.min_expires_s", "4000");
  EXPECT_THAT(check(), about("event.publication.default_expires_s"));
  EXPECT_THAT(check(), about("event.publication.max_expires_s"));
  set("event.publication.default_expires_s", "4000");
  set("event.publication.max_expires_s", "4000");
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Validate, APackagesOwnValueIsCheckedAgainstWhatItInherits) {
  set("presence.publication.max_expires_s", "600");  // below the inherited default of 3600
  EXPECT_THAT(check(), ElementsAre(AllOf(Field(&Violation::attribute, "presence.publication.max_expires_s"),
                                         Field(&Violation::text, "below event.publication.default_expires_s"),
                                         Field(&Violation::allowed, "at least 3600 s"))));
  set("presence.publication.default_expires_s", "600");
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Validate, ADomainsValueIsCheckedWithEveryPackage) {
  set("presence.subscription.max_expires_s", "1800");
  set("presence.subscription.default_expires_s", "1800");
  set("sip.domains[ims.test].subscription_min_expires_s", "2000");  // fits the defaults, not presence
  EXPECT_THAT(check(), about("sip.domains[ims.test].subscription_min_expires_s"));
  set("sip.domains[ims.test].subscription_min_expires_s", "1800");
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Validate, NamesOfEntriesDifferInMoreThanCase) {
  config.mutable_sip()->add_domains()->set_name("ims.test");
  config.mutable_sip()->add_domains()->set_name("IMS.test");
  EXPECT_THAT(check(), about("sip.domains[IMS.test].name"));
}

TEST_F(Validate, ATransportNeedsABindAndAnAddressOfItsOwn) {
  set("sip.transport[a].advertise", "ps.ims.test");
  EXPECT_THAT(check(), about("sip.transport[a].bind"));
  set("sip.transport[a].bind", "udp:127.0.0.1:5060");
  set("sip.transport[b].bind", "udp:127.0.0.1:5060");
  EXPECT_THAT(check(), about("sip.transport[b].bind"));
  set("sip.transport[b].bind", "tcp:127.0.0.1:5060");
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Validate, ABindToEveryAddressNeedsAnAdvertisedName) {
  set("sip.transport[a].bind", "udp:0.0.0.0:5060");
  EXPECT_THAT(check(), about("sip.transport[a].advertise"));
  set("sip.transport[a].advertise", "ps.ims.test");
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Validate, TlsNeedsItsFilesAndTheyMustExist) {
  const test::TemporaryFolder folder;
  set("sip.transport[a].bind", "tls:127.0.0.1:5061");
  set("sip.transport[a].require_client_certificate", "true");
  EXPECT_THAT(check(), about("sip.transport[a].certificate"));
  EXPECT_THAT(check(), about("sip.transport[a].private_key"));
  EXPECT_THAT(check(), about("sip.transport[a].ca"));
  for (const char* name : {"certificate", "private_key", "ca"}) {
    set(std::string("sip.transport[a].") + name, folder.path(name));
  }
  EXPECT_THAT(check(), Contains(Field(&Violation::text, "no such file")));
  for (const char* name : {"certificate", "private_key", "ca"}) std::ofstream(folder.path(name)) << "pem";
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Validate, AFileThatVanishedDoesNotStandInTheWayOfOtherChanges) {
  set("sip.resolv_conf", "/nowhere/resolv.conf");
  EXPECT_THAT(check(), about("sip.resolv_conf"));
  const config::Config before = config;
  set("sip.t1_ms", "100");
  EXPECT_THAT(validate(config, {.insecure_lab = false, .in_force = &before}), IsEmpty());
  set("sip.resolv_conf", "/nowhere/else");
  EXPECT_FALSE(validate(config, {.insecure_lab = false, .in_force = &before}).empty());
}

TEST_F(Validate, ATrustedPeerIsKnownByAddressOrCertificate) {
  set("sip.trusted[x].tls_name", "scscf.ims.test");
  EXPECT_THAT(check(), IsEmpty());
  set("sip.trusted[x].tls_name", "");
  EXPECT_THAT(check(), about("sip.trusted[x].address"));
}

TEST_F(Validate, ManagementOverTcpNeedsTlsExceptInTheLabOnLoopback) {
  set("management.listen", "127.0.0.1:9000");
  EXPECT_THAT(check(), about("management.listen"));
  EXPECT_THAT(check(true), IsEmpty());
  set("management.listen", "192.0.2.1:9000");
  EXPECT_THAT(check(true), about("management.listen"));

  const test::TemporaryFolder folder;
  for (const char* name : {"certificate", "private_key", "client_ca"}) {
    EXPECT_THAT(check(), about("management.listen")) << "before " << name;
    std::ofstream(folder.path(name)) << "pem";
    set(std::string("management.") + name, folder.path(name));
  }
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Validate, StrictValidationNeedsSchemas) {
  const test::TemporaryFolder folder;
  set("presence.validation", "strict");
  EXPECT_THAT(check(), about("presence.schema_dir"));
  set("presence.schema_dir", folder.path("xsd"));
  EXPECT_THAT(check(), about("presence.schema_dir"));
  std::filesystem::create_directory(folder.path("xsd"));
  EXPECT_THAT(check(), about("presence.schema_dir")) << "without any XSD in it";
  std::ofstream(folder.path("xsd/pidf.xsd")) << "<schema/>";
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Validate, WhatMustBeInOrderIs) {
  set("sip.t1_ms", "5000");
  EXPECT_THAT(check(), about("sip.t1_ms"));
  set("sip.t1_ms", "500");
  set("sip.max_body_bytes", "200000");
  EXPECT_THAT(check(), about("sip.max_body_bytes"));
}

TEST_F(Validate, ValuesThatNeverWentThroughWriteAreCheckedToo) {
  config.mutable_event()->mutable_publication()->set_min_expires_s(0);
  config.mutable_sip()->set_server_name("a\nb");
  EXPECT_THAT(check(), about("event.publication.min_expires_s"));
  EXPECT_THAT(check(), about("sip.server_name"));
}

}  // namespace
}  // namespace presentia::mgmt
