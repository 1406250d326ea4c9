// TLS in both directions, with certificates made for the test.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "tests/adapter/sip/harness.h"
#include "tests/support/certificates.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;

// A TLS client of the test: connects, and verifies nothing.
class TlsPeer {
 public:
  explicit TlsPeer(const std::string& port)
      : context_(SSL_CTX_new(TLS_client_method())),
        session_(SSL_new(context_.get())),
        fd_(connected(port)),
        handshake_(shake_hands(session_.get(), fd_)) {}
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;
  ~TlsPeer() { close(fd_); }

  [[nodiscard]] bool good() const { return handshake_ == 1; }
  // Ours.
  [[nodiscard]] std::string port() const {
    sockaddr_in own{};
    socklen_t size = sizeof own;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size);
    return std::to_string(ntohs(own.sin_port));
  }
  void send(const std::string& text) {
    EXPECT_EQ(SSL_write(session_.get(), text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
  }
  // What comes until so many bytes are here, the other side closes, or time is over.
  std::string receive(std::size_t size, std::chrono::milliseconds wait = 5s) {
    std::string text(size, '\0');
    std::size_t have = 0;
    pollfd readable{fd_, POLLIN, 0};
    while (have < size &&
           (SSL_pending(session_.get()) > 0 || poll(&readable, 1, static_cast<int>(wait.count())) == 1)) {
      const int got = SSL_read(session_.get(), &text[have], static_cast<int>(size - have));
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    return text.substr(0, have);
  }
  bool closed_by_peer() { return receive(1).empty() && SSL_get_shutdown(session_.get()) == SSL_RECEIVED_SHUTDOWN; }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
  };
  static int shake_hands(SSL* session, int fd) {
    SSL_set_fd(session, fd);
    return SSL_connect(session);
  }
  static int connected(const std::string& port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    return fd;
  }

  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> session_;
  int fd_;
  int handshake_;
};

class Tls : public testing::Test {
 protected:
  Tls() {
    std::string name = (std::filesystem::temp_directory_path() / "presentia-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    const CertifiedKey root = certify("Test Root", "", nullptr);
    save(root, path("ca"));
    save(certify("ps.ims.test", "DNS:ps.ims.test", &root), path("server"));
    save(certify("scscf.ims.test", "DNS:scscf.ims.test,URI:sip:ims.test", &root), path("scscf"));
    save(certify("stranger", "DNS:scscf.ims.test", nullptr), path("stranger"));
  }
  ~Tls() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& file) const { return folder_ + '/' + file; }

  config::Config config(const std::string& identity, bool require) const {
    config::Config made = lab_config({"tls:127.0.0.1:0"});
    config::Transport* transport = made.mutable_sip()->mutable_transport(0);
    transport->set_certificate(path(identity + ".pem"));
    transport->set_private_key(path(identity + ".key"));
    transport->set_ca(path("ca.pem"));
    transport->set_require_client_certificate(require);
    made.mutable_sip()->clear_trusted();
    config::Peer* peer = made.mutable_sip()->add_trusted();
    peer->set_name("scscf");
    peer->set_tls_name("scscf.ims.test");
    return made;
  }

  static ports::SipOutgoing request_to(const Lab& lab) {
    ports::SipOutgoing request;
    request.method = "SUBSCRIBE";
    request.request_uri = "sips:alice@ims.test";
    request.next_hop = "sips:ps.ims.test:" + lab.port() + ";maddr=127.0.0.1";
    request.cseq = 1;
    request.fixed = std::make_shared<const std::string>(
        "From: <sips:bob@ims.test>;tag=1\r\nTo: <sips:alice@ims.test>\r\nCall-ID: tls\r\n"
        "P-Asserted-Identity: <sip:bob@ims.test>\r\nContact: <sips:bob@127.0.0.1>\r\n");
    request.varying = "Event: presence\r\n";
    return request;
  }

  std::string folder_;
};

TEST_F(Tls, OneOfUsAsksTheOtherAndItsCertificateNamePutsItIntoTheTrustDomain) {
  PS_SPEC("SIP-35 PUB-30 WIF-16");
  Lab server(config("server", true));
  Lab client(config("scscf", false));
  client.agent.send(1, request_to(server));
  const auto request = server.core.request(0);
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->trusted);
  EXPECT_EQ(request->asserted.size(), 1U);
  EXPECT_EQ(request->own_contact, "sips:127.0.0.1:" + server.port());
  EXPECT_EQ(request->fingerprint.sent_by, "127.0.0.1:" + client.port());
  EXPECT_EQ(client.core.outcome(0)->status, 200);
}

TEST_F(Tls, AnotherNameIsOutside) {
  Lab server(config("server", true));
  Lab client(config("server", false));
  client.agent.send(1, request_to(server));
  const auto request = server.core.request(0);
  ASSERT_TRUE(request);
  EXPECT_FALSE(request->trusted);
  EXPECT_TRUE(request->asserted.empty());
}

TEST_F(Tls, AStrangersCertificateIsRefused) {
  Lab server(config("server", true));
  Lab client(config("stranger", false));
  client.agent.send(1, request_to(server));
  EXPECT_EQ(client.core.outcome(0)->kind, ports::OutcomeKind::unreachable);
  EXPECT_EQ(server.core.requests(), 0U);
}

TEST_F(Tls, WeTalkToNoServerWhoseCertificateHasAnotherName) {
  Lab server(config("scscf", false));  // has not the name ps.ims.test
  Lab client(config("server", false));
  client.agent.send(1, request_to(server));
  EXPECT_EQ(client.core.outcome(0)->kind, ports::OutcomeKind::unreachable);
  EXPECT_EQ(server.core.requests(), 0U);
}

TEST_F(Tls, TwoLineEndsAreAPingHereToo) {
  PS_SPEC("SIPX-09");
  const Lab lab(config("server", false));
  TlsPeer peer(lab.port());
  peer.send("\r\n\r\n");
  EXPECT_EQ(peer.receive(2), "\r\n");
  peer.send(publish("after", "5061", "TLS"));
  EXPECT_EQ(peer.receive(11), "SIP/2.0 200");
}

TEST_F(Tls, ManyMessagesInOneRecordAndOneInManyAreCut) {
  const Lab lab(config("server", false));
  TlsPeer peer(lab.port());
  std::string several;
  for (const char* branch : {"r1", "r2", "r3"}) several += publish(branch, "5061", "TLS");
  peer.send(several);
  const std::string slow = publish("r4", "5061", "TLS");
  for (const char byte : slow) peer.send({byte});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_FALSE(peer.receive(200).empty()) << i;
}

TEST_F(Tls, AClientWithoutACertificateIsReachedByItsAddressOverItsOwnConnectionAndByNoName) {
  Lab lab(config("server", false));
  TlsPeer peer(lab.port());
  peer.send(publish("opens", peer.port(), "TLS"));
  EXPECT_EQ(status_of(peer.receive(200, 300ms)), 200);
  ports::SipOutgoing request = request_to(lab);
  request.next_hop = "sips:ps.ims.test:" + peer.port() + ";maddr=127.0.0.1";
  lab.agent.send(1, request);
  EXPECT_EQ(lab.core.outcome(0)->kind, ports::OutcomeKind::unreachable);
  request.next_hop = "sip:127.0.0.1:" + peer.port() + ";transport=tls";
  lab.agent.send(2, request);
  EXPECT_THAT(peer.receive(2000, 300ms), testing::HasSubstr("\r\n\r\n"));
  EXPECT_FALSE(lab.core.outcome(1, 10ms));
}

TEST_F(Tls, AnUnreadableMessageIsAnsweredAndTheSessionEndsWell) {
  const Lab lab(config("server", false));
  TlsPeer peer(lab.port());
  std::string text = publish("nolength", "5061", "TLS");
  text.erase(text.find("Content-Length"), std::string("Content-Length: 11\r\n").size());
  peer.send(text);
  EXPECT_EQ(peer.receive(11), "SIP/2.0 400");
  peer.receive(100000);
  EXPECT_TRUE(peer.closed_by_peer());
}

TEST_F(Tls, WhoeverIsSilentBeforeOrAfterTheHandshakeIsClosedInTime) {
  config::Config impatient = config("server", false);
  impatient.mutable_sip()->set_t1_ms(10);
  impatient.mutable_sip()->set_t2_ms(40);
  const Lab lab(std::move(impatient));
  Peer before = Peer::tcp(lab.port());
  TlsPeer after(lab.port());
  EXPECT_TRUE(after.good());
  EXPECT_TRUE(before.closed_by_peer());
  EXPECT_EQ(after.receive(1), "");
  EXPECT_EQ(lab.metric("presentia_sip_connections_ended_total{reason=\"late\"}"), 2);
}

TEST_F(Tls, WithoutTheCertificateThatIsRequiredNobodyComesIn) {
  const Lab lab(config("server", true));
  TlsPeer peer(lab.port());
  EXPECT_EQ(peer.receive(1), "");
  Peer plain = Peer::tcp(lab.port());
  plain.send(publish("plain", plain.port(), "TLS"));
  EXPECT_TRUE(plain.closed_by_peer());
  EXPECT_EQ(lab.metric("presentia_sip_connections_ended_total{reason=\"tls\"}"), 2);
}

TEST_F(Tls, ManyConnectionsLeaveNothingBehind) {  // LeakSanitizer looks when the program ends
  const Lab lab(config("server", false));
  for (int i = 0; i < 50; ++i) {
    TlsPeer peer(lab.port());
    peer.send(publish("m" + std::to_string(i), "5061", "TLS"));
    EXPECT_EQ(peer.receive(11), "SIP/2.0 200");
  }
}

TEST_F(Tls, FilesThatDoNotFitAreNamed) {
  const auto error = [](config::Config config) {
    base::SteadyClock clock;
    base::Metrics metrics;
    const mgmt::Live live(std::make_shared<const mgmt::Snapshot>(std::move(config), 1));
    FakeCore core({});
    sip::Agent agent(live, metrics, clock, core);
    const auto started = agent.start();
    return started ? std::string() : started.error().text;
  };
  config::Config wrong = config("server", false);
  wrong.mutable_sip()->mutable_transport(0)->set_private_key(path("ca.key"));
  EXPECT_THAT(error(wrong), testing::HasSubstr("private_key"));
  wrong = config("server", true);
  wrong.mutable_sip()->mutable_transport(0)->set_ca("");
  EXPECT_THAT(error(wrong), testing::HasSubstr("ca"));
  wrong = config("server", false);
  wrong.mutable_sip()->mutable_transport(0)->set_certificate(path("none.pem"));
  EXPECT_THAT(error(wrong), testing::HasSubstr("none.pem"));
}

}  // namespace
}  // namespace presentia::test
