// TLS with certificates made for the test.
#include <openssl/ssl.h>

#include <filesystem>
#include <fstream>

#include "tests/adapter/xdm/fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::HasSubstr;
using xdm::HttpSettings;

class Tls : public HttpFixture {
 protected:
  Tls() {
    std::string name = (std::filesystem::temp_directory_path() / "presentia-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    save(authority, path("ca"));
    save(certify("xdms", "DNS:xdms.test,IP:127.0.0.1", &authority), path("server"));
    save(certify("ps", "DNS:ps.test", &authority), path("client"));
    environment.lookup = [](const std::string&) -> base::Result<xdm::Addresses> {
      return xdm::Addresses{Poco::Net::IPAddress("127.0.0.1")};
    };
    set([&](HttpSettings& made) { made.tls.ca_file = path("ca.pem"); });
  }
  ~Tls() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& file) const { return folder_ + '/' + file; }

  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  using Context = std::unique_ptr<SSL_CTX, FreeContext>;
  [[nodiscard]] Context server_context(bool asks_for_certificate = false) const {
    Context made(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate_chain_file(made.get(), path("server.pem").c_str());
    SSL_CTX_use_PrivateKey_file(made.get(), path("server.key").c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_load_verify_locations(made.get(), path("ca.pem").c_str(), nullptr);
    if (asks_for_certificate) {
      SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return made;
  }
  static TestServer::Serve hello() {
    return answering([](const std::string&) { return response("200 OK", "hello"); });
  }
  // As get(), with a root that is used although it failed before.
  std::string said_by(const TestServer& server, const std::string& host = "127.0.0.1") {
    use({"https://" + host + ':' + std::to_string(server.port())});
    clock_ms += 1'000'000;
    last = get();
    return said(last);
  }
  [[nodiscard]] std::string why() const { return last ? "" : last.error().text; }

  const CertifiedKey authority = certify("Test Root", "", nullptr);
  xdm::HttpResult last = base::Unexpected{xdm::HttpFailure{}};

 private:
  std::string folder_;
};

TEST_F(Tls, AServerOfOurAuthorityIsAskedByAddressAndByName) {
  PS_SPEC("XCP-06");
  const Context context = server_context();
  const TestServer server(hello(), "127.0.0.1", context.get());
  EXPECT_EQ(said_by(server), "200 hello");
  EXPECT_EQ(said_by(server, "xdms.test"), "200 hello");
  EXPECT_EQ(said_by(server, "xdms.test"), "200 hello");
  EXPECT_EQ(server.connections(), 2);  // one a root: the tickets that come behind the handshake are no answer
}

TEST_F(Tls, AnotherAuthorityIsRefused) {
  const CertifiedKey other = certify("Other Root", "", nullptr);
  save(other, path("other"));
  set([&](HttpSettings& made) { made.tls.ca_file = path("other.pem"); });
  const Context context = server_context();
  const TestServer server(hello(), "127.0.0.1", context.get());
  EXPECT_EQ(said_by(server), "tls_failed");
  EXPECT_THAT(why(), HasSubstr("certificate"));
  EXPECT_FALSE(last.error().maybe_sent);
}

TEST_F(Tls, AnotherNameIsRefusedUnlessNamesAreNotChecked) {
  const Context context = server_context();
  const TestServer server(hello(), "127.0.0.1", context.get());
  EXPECT_EQ(said_by(server, "other.test"), "tls_failed");
  EXPECT_THAT(why(), HasSubstr("ostname mismatch"));
  EXPECT_EQ(said_by(server, "127.0.0.1"), "200 hello");
  set([](HttpSettings& made) { made.tls.check_host_name = false; });
  EXPECT_EQ(said_by(server, "other.test"), "200 hello");
}

TEST_F(Tls, OurCertificateIsShown) {
  const Context context = server_context(true);
  const TestServer server(hello(), "127.0.0.1", context.get());
  EXPECT_EQ(said_by(server), "tls_failed");
  set([&](HttpSettings& made) {
    made.tls.certificate_file = path("client.pem");
    made.tls.key_file = path("client.key");
  });
  EXPECT_EQ(said_by(server), "200 hello");
}

TEST_F(Tls, OlderVersionsAreRefused) {
  const Context context = server_context();
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  const TestServer server(hello(), "127.0.0.1", context.get());
  EXPECT_EQ(said_by(server), "200 hello");
  set([](HttpSettings& made) { made.tls.min_version = xdm::TlsVersion::v1_3; });
  EXPECT_EQ(said_by(server), "tls_failed");
  const Context old = server_context();
  SSL_CTX_set_security_level(old.get(), 0);
  SSL_CTX_set_min_proto_version(old.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(old.get(), TLS1_1_VERSION);
  const TestServer old_server(hello(), "127.0.0.1", old.get());
  set([](HttpSettings& made) { made.tls.min_version = xdm::TlsVersion::v1_2; });
  EXPECT_EQ(said_by(old_server), "tls_failed");
}

TEST_F(Tls, ChangedFilesAreReadAgainAndKeptConnectionsReplaced) {
  const Context context = server_context();
  const TestServer server(hello(), "127.0.0.1", context.get());
  EXPECT_EQ(said_by(server), "200 hello");
  save(certify("Other Root", "", nullptr), path("ca"));
  EXPECT_EQ(said_by(server), "tls_failed");
  save(authority, path("ca"));
  EXPECT_EQ(said_by(server), "200 hello");
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(Tls, FilesThatCannotBeReadLeaveTheLastGoodOnesInUse) {
  const Context context = server_context();
  const TestServer server(hello(), "127.0.0.1", context.get());
  EXPECT_EQ(said_by(server), "200 hello");
  std::ofstream(path("ca.pem")) << "half a file";
  EXPECT_EQ(said_by(server), "200 hello");
  set([&](HttpSettings& made) { made.tls.ca_file = path("none.pem"); });
  EXPECT_EQ(said_by(server), "tls_failed");
  EXPECT_THAT(why(), HasSubstr(path("none.pem")));
}

TEST_F(Tls, AKeyOfAnotherCertificateIsAnError) {
  const Context context = server_context();
  const TestServer server(hello(), "127.0.0.1", context.get());
  set([&](HttpSettings& made) {
    made.tls.certificate_file = path("client.pem");
    made.tls.key_file = path("server.key");
  });
  EXPECT_EQ(said_by(server), "tls_failed");
  EXPECT_THAT(why(), HasSubstr(path("server.key")));
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(Tls, AHandshakeKeepsItsDeadlineAndItsEndIsTold) {
  const TestServer silent([](Peer& peer) { peer.wait_until_closed(); });
  set([](HttpSettings& made) { made.connect_timeout = 20ms; });
  EXPECT_EQ(said_by(silent), "connect_deadline");
  set([](HttpSettings& made) { made.connect_timeout = 5s; });
  const TestServer closing([](Peer&) {});
  EXPECT_EQ(said_by(closing), "tls_failed");
  const TestServer plain([](Peer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  EXPECT_EQ(said_by(plain), "tls_failed");
}

TEST_F(Tls, ABodyToTheEndOfTheConnectionNeedsItsFarewell) {
  bool cut = true;
  const Context context = server_context();
  const TestServer server(
      [&](Peer& peer) {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\n\r\nhalf");
        if (cut) peer.cut();
      },
      "127.0.0.1", context.get());
  EXPECT_EQ(said_by(server), "connection_lost");
  cut = false;
  EXPECT_EQ(said_by(server), "200 half");
}

}  // namespace
}  // namespace presentia::test
