#include "xdm-client/http/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

namespace presentia::xdm {
namespace {

base::Unexpected<IoTrouble> trouble(IoTroubleKind kind, std::string text) {
  return base::Unexpected{IoTrouble{kind, std::move(text)}};
}

std::string words_of(int error) { return std::generic_category().message(error); }

base::Unexpected<IoTrouble> lost(int error) { return trouble(IoTroubleKind::lost, words_of(error)); }

int milliseconds_until(Moment until) {
  const auto left = std::chrono::ceil<base::Millis>(until - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

// The verdict on the certificate says more than the alert that it causes.
std::string tls_words(SSL* session) {
  const long verdict = SSL_get_verify_result(session);
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "closed by the server";
}

bool is_address(const std::string& host) {
  Poco::Net::IPAddress ignored;
  return Poco::Net::IPAddress::tryParse(host, ignored);
}

bool name_peer(SSL* session, const std::string& host, bool check_host) {
  const bool address = is_address(host);
  if (!address && SSL_set_tlsext_host_name(session, host.c_str()) != 1) return false;
  if (!check_host) return true;
  X509_VERIFY_PARAM* rules = SSL_get0_param(session);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return address ? X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1
                 : X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()) == 1;
}

}  // namespace

void Connection::FreeTls::operator()(SSL* session) const { SSL_free(session); }

Connection::Connection(int socket, const StopSignal& stop) : socket_(socket), stop_(stop) {}

Connection::~Connection() {
  if (tls_ && SSL_is_init_finished(tls_.get()) == 1) SSL_shutdown(tls_.get());  // one message, without waiting
  ERR_clear_error();
  tls_.reset();
  close(socket_);
}

IoResult<std::unique_ptr<Connection>> Connection::open(const Poco::Net::SocketAddress& address, const StopSignal& stop,
                                                       Moment until) {
  const int made = socket(address.af(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) return trouble(IoTroubleKind::refused, words_of(errno));
  std::unique_ptr<Connection> connection(new Connection(made, stop));
  const int one = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(made, address.addr(), address.length()) == 0) return connection;
  if (errno != EINPROGRESS) return trouble(IoTroubleKind::refused, words_of(errno));
  if (auto waited = connection->wait(POLLOUT, until); !waited) return base::Unexpected{std::move(waited).error()};
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(made, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return trouble(IoTroubleKind::refused, words_of(error));
  return connection;
}

IoResult<base::Done> Connection::wait(short events, Moment until) {
  std::array<pollfd, 2> watched{pollfd{socket_, events, 0}, pollfd{stop_.descriptor(), POLLIN, 0}};
  while (true) {
    const int ready = poll(watched.data(), watched.size(), milliseconds_until(until));
    if (ready < 0 && errno != EINTR) return lost(errno);
    if (stop_.raised()) return trouble(IoTroubleKind::stopped, "the client stops");
    if (ready > 0) return base::Done{};
    if (std::chrono::steady_clock::now() >= until) return trouble(IoTroubleKind::late, "no answer in time");
  }
}

IoResult<base::Done> Connection::wait_for_tls(int returned, Moment until) {
  const int error = errno;
  switch (SSL_get_error(tls_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return wait(POLLIN, until);
    case SSL_ERROR_WANT_WRITE:
      return wait(POLLOUT, until);
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      return lost(error != 0 ? error : ECONNRESET);
    default:
      break;
  }
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    ERR_clear_error();
    return lost(ECONNRESET);
  }
  return trouble(IoTroubleKind::tls, tls_words(tls_.get()));
}

IoResult<base::Done> Connection::secure(SSL_CTX* context, const std::string& host, bool check_host, Moment until) {
  tls_.reset(SSL_new(context));
  if (!tls_ || SSL_set_fd(tls_.get(), socket_) != 1 || !name_peer(tls_.get(), host, check_host)) {
    ERR_clear_error();
    return trouble(IoTroubleKind::tls, "no TLS for this host");
  }
  while (true) {
    ERR_clear_error();
    const int done = SSL_connect(tls_.get());
    if (done == 1) return base::Done{};
    if (auto waited = wait_for_tls(done, until); !waited) {
      const bool by_server = waited.error().kind == IoTroubleKind::lost;
      if (by_server) return trouble(IoTroubleKind::tls, "handshake ended by the server: " + waited.error().text);
      return waited;
    }
  }
}

IoResult<base::Done> Connection::send(std::string_view bytes, Moment until) {
  while (!bytes.empty()) {
    if (tls_) {
      ERR_clear_error();
      std::size_t written = 0;
      const int done = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &written);
      if (done == 1) {
        bytes.remove_prefix(written);
      } else if (auto waited = wait_for_tls(done, until); !waited) {
        return waited;
      }
      continue;
    }
    const ssize_t written = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EAGAIN && errno != EINTR) {
      return lost(errno);
    } else if (auto waited = wait(POLLOUT, until); !waited) {
      return waited;
    }
  }
  return base::Done{};
}

IoResult<std::size_t> Connection::receive(std::span<char> into, Moment until) {
  while (true) {
    IoResult<base::Done> waited = base::Done{};
    if (tls_) {
      ERR_clear_error();
      std::size_t got = 0;
      const int done = SSL_read_ex(tls_.get(), into.data(), into.size(), &got);
      if (done == 1) return got;
      if (SSL_get_error(tls_.get(), done) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
      waited = wait_for_tls(done, until);
    } else {
      const ssize_t got = recv(socket_, into.data(), into.size(), 0);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EAGAIN && errno != EINTR) return lost(errno);
      waited = wait(POLLIN, until);
    }
    if (!waited) return base::Unexpected{std::move(waited).error()};
  }
}

bool Connection::quiet() {
  pollfd watched{socket_, POLLIN, 0};
  if (poll(&watched, 1, 0) == 0) return true;
  if (!tls_) return false;
  // session tickets and the like are no answer; OpenSSL takes them in here
  ERR_clear_error();
  char byte = 0;
  std::size_t got = 0;
  const int done = SSL_peek_ex(tls_.get(), &byte, 1, &got);
  const bool nothing = done != 1 && SSL_get_error(tls_.get(), done) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return nothing;
}

}  // namespace presentia::xdm
