#include "tools/presentia-conformance/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <stdexcept>

namespace presentia::conformance {
namespace {

constexpr long kCertificateLifeS = 86400;

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

std::string last_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return text.data();
}

void add_certificate(SSL_CTX* context) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kCertificateLifeS);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  const std::string common = "presentia-conformance";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  if (SSL_CTX_use_certificate(context, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    throw std::runtime_error("TLS: " + last_error());
  }
}

SSL_CTX* client_context() {
  static const Context context(SSL_CTX_new(TLS_client_method()));
  return context.get();
}

SSL_CTX* server_context() {
  static const Context context = [] {
    Context made(SSL_CTX_new(TLS_server_method()));
    add_certificate(made.get());
    return made;
  }();
  return context.get();
}

Session handshake(SSL_CTX* context, int socket, int (*shake)(SSL*)) {
  Session session(SSL_new(context));
  SSL_set_fd(session.get(), socket);
  if (shake(session.get()) != 1) throw std::runtime_error("TLS handshake: " + last_error());
  return session;
}

}  // namespace

void FreeSsl::operator()(ssl_st* session) const { SSL_free(session); }

Session tls_connect(int socket) { return handshake(client_context(), socket, SSL_connect); }
Session tls_accept(int socket) { return handshake(server_context(), socket, SSL_accept); }

long tls_read(ssl_st* session, char* into, std::size_t size) {
  const int count = SSL_read(session, into, static_cast<int>(size));
  if (count > 0) return count;
  const int error = SSL_get_error(session, count);
  ERR_clear_error();
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

bool tls_write(ssl_st* session, const std::string& bytes) {
  return SSL_write(session, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
}

}  // namespace presentia::conformance
