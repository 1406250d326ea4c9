#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mgmt/attributes/validate.h"
#include "tests/adapter/management/support.h"

namespace presentia::mgmt {
namespace {

// Two authorities, a server's certificate and two administrators', made by openssl.
class MutualTls : public testing::Test {
 protected:
  void SetUp() override {
    authority("ca");
    authority("other-ca");
    certificate("server", "ca", "presentia.test");
    certificate("admin", "ca", "alice");
    certificate("stranger", "other-ca", "mallory");

    config::Config config = test::listening_on("127.0.0.1:0");
    config.mutable_management()->set_certificate(folder.path("server.pem"));
    config.mutable_management()->set_private_key(folder.path("server.key"));
    config.mutable_management()->set_client_ca(folder.path("ca.pem"));
    ASSERT_TRUE(validate(config, {}).empty());
    managed = std::make_unique<test::Managed>(config);
    const auto bound = managed->server.start();
    ASSERT_TRUE(bound) << bound.error().text;
    address = *bound;
  }

  void openssl(const std::string& arguments) {
    const test::Ran ran = test::run("cd '" + folder.path("") + "' && openssl " + arguments);
    ASSERT_EQ(ran.status, 0) << ran.output;
  }
  void authority(const std::string& name) {
    openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=" + name + " -keyout " +
            name + ".key -out " + name + ".pem");
  }
  void certificate(const std::string& name, const std::string& by, const std::string& subject) {
    openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + subject +
            " -addext subjectAltName=DNS:" + subject + " -keyout " + name + ".key -out " + name + ".csr");
    openssl("x509 -req -in " + name + ".csr -CA " + by + ".pem -CAkey " + by + ".key -CAcreateserial -days 1" +
            " -copy_extensions copy -out " + name + ".pem");
  }
  test::Ran ctl(const std::string& ca, const std::string& certificate, const std::string& arguments) {
    return test::run(std::string(PS_BINARY_DIR "/presentiactl --server ") + address +
                     " --server-name presentia.test --ca " + folder.path(ca + ".pem") + " --certificate " +
                     folder.path(certificate + ".pem") + " --key " + folder.path(certificate + ".key") + " " +
                     arguments);
  }

  const test::TemporaryFolder folder;
  std::unique_ptr<test::Managed> managed;
  std::string address;
};

TEST_F(MutualTls, AnAdministratorOfTheAuthorityIsServedAndNamed) {
  const test::Ran ran = ctl("ca", "admin", "set sip.t1_ms=100");
  EXPECT_EQ(ran.status, 0) << ran.output;
  ASSERT_EQ(managed->attributes.history(1).size(), 1u);
  EXPECT_THAT(managed->attributes.history(1).front().who, testing::StartsWith("tls:alice"));
}

TEST_F(MutualTls, EverybodyElseIsRefused) {
  EXPECT_EQ(ctl("ca", "stranger", "set sip.t1_ms=100").status, 3);
  EXPECT_EQ(test::run(PS_BINARY_DIR "/presentiactl --server " + address + " set sip.t1_ms=100").status, 3);
  EXPECT_EQ(managed->attributes.snapshot()->version(), 1u);
}

TEST_F(MutualTls, TheClientRefusesAServerOfAnotherAuthority) {
  EXPECT_EQ(ctl("other-ca", "admin", "status").status, 3);
}

TEST(Tls, FilesThatAreNoCertificatesStopTheStart) {
  const test::TemporaryFolder folder;
  ASSERT_EQ(test::run("echo rubbish > '" + folder.path("x") + "'").status, 0);
  config::Config config = test::listening_on("127.0.0.1:0");
  config.mutable_management()->set_certificate(folder.path("x"));
  config.mutable_management()->set_private_key(folder.path("x"));
  config.mutable_management()->set_client_ca(folder.path("x"));
  test::Managed managed(config);
  EXPECT_FALSE(managed.server.start());
}

}  // namespace
}  // namespace presentia::mgmt
