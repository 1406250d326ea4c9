#include "as/sip/tls_session.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "as/sip/tls_files.h"

namespace presentia::sip {
namespace {

constexpr int kChainDepth = 2;  // authorities between a certificate and its root

std::string last_error() {
  const unsigned long error = ERR_peek_last_error();
  const char* text = error == 0 ? nullptr : ERR_reason_error_string(error);
  return text == nullptr ? "the TLS library refuses it" : text;
}

bool self_issued(X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

// Our certificate with the chain to its root, so far as certificate file and authorities have it. Intermediates of ours
// do no harm among the authorities, for only a self-issued certificate is a root of trust; so such ones are left out.
bool use_files(SSL_CTX* context, const TlsFiles& files) {
  if (SSL_CTX_use_certificate(context, files.chain.front().get()) != 1) return false;
  if (SSL_CTX_use_PrivateKey(context, files.key.get()) != 1) return false;
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const CertificatePtr& authority : files.authorities) {
    if (X509_STORE_add_cert(store, authority.get()) != 1 || SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return false;
    }
  }
  for (std::size_t i = 1; i < files.chain.size(); ++i) {
    X509* intermediate = files.chain[i].get();
    if (!self_issued(intermediate) && X509_STORE_add_cert(store, intermediate) != 1) return false;
  }
  constexpr int kAsFarAsItGoes =
      SSL_BUILD_CHAIN_FLAG_NO_ROOT | SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR | SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR;
  SSL_CTX_build_cert_chain(context, kAsFarAsItGoes);
  return true;
}

// Connections live long: no session is kept to be resumed, and none is negotiated anew on the peer's whim.
void set_options(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify_depth(context, kChainDepth);
}

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_text(const ASN1_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(bytes) != 16) return {};
  inet_ntop(family, ASN1_STRING_get0_data(bytes), text.data(), text.size());
  return text.data();
}

// A name with a NUL in it could look like another one.
void add_name(std::vector<std::string>& names, std::string name) {
  const bool usable = !name.empty() && name.find('\0') == std::string::npos;
  if (usable && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
}

void add_alternatives(std::vector<std::string>& names, X509* certificate) {
  const auto free_names = [](GENERAL_NAMES* held) { GENERAL_NAMES_free(held); };
  const std::unique_ptr<GENERAL_NAMES, decltype(free_names)> alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)), free_names);
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS || name->type == GEN_URI) add_name(names, text_of(name->d.ia5));
    if (name->type == GEN_IPADD) add_name(names, address_text(name->d.iPAddress));
  }
}

void add_common_name(std::vector<std::string>& names, X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) add_name(names, text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
}

}  // namespace

// What OpenSSL reads from and writes to.
struct TlsSession::Pipe {
  std::string_view in;
  std::string out;
};

// Called by OpenSSL, with a Pipe.
struct TlsSession::Bio {
  static int read(BIO* bio, char* to, int size) noexcept {
    auto& in = static_cast<Pipe*>(BIO_get_data(bio))->in;
    BIO_clear_retry_flags(bio);
    if (in.empty() || size <= 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const std::size_t taken = std::min(in.size(), static_cast<std::size_t>(size));
    std::memcpy(to, in.data(), taken);
    in.remove_prefix(taken);
    return static_cast<int>(taken);
  }
  static int write(BIO* bio, const char* from, int size) noexcept {
    BIO_clear_retry_flags(bio);
    static_cast<Pipe*>(BIO_get_data(bio))->out.append(from, static_cast<std::size_t>(std::max(size, 0)));
    return size;
  }
  static long control(BIO*, int command, long, void*) noexcept { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "presentia");
      BIO_meth_set_read(fresh, &read);
      BIO_meth_set_write(fresh, &write);
      BIO_meth_set_ctrl(fresh, &control);
      return fresh;
    }();
    return made;
  }
  static BIO* make(Pipe& pipe) {
    BIO* bio = BIO_new(method());
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, &pipe);
    BIO_set_init(bio, 1);
    return bio;
  }
};

void TlsContext::Free::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void TlsSession::Free::operator()(SSL* session) const { SSL_free(session); }

TlsContext::TlsContext(SSL_CTX* held, const config::Transport& transport)
    : held_(held),
      verifies_servers_(!transport.ca().empty()),
      verifies_clients_(transport.require_client_certificate()) {}

base::Result<std::unique_ptr<TlsContext>> TlsContext::make(const config::Transport& transport) {
  const auto files = read_tls_files(transport);
  if (!files) return base::Unexpected{files.error()};
  std::unique_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_method()), transport));
  if (!made->held_) return tls_file_error(transport, "certificate", transport.certificate(), "out of memory");
  set_options(made->get());
  ERR_clear_error();
  if (!use_files(made->get(), *files)) {
    return tls_file_error(transport, "certificate", transport.certificate(), last_error());
  }
  ERR_clear_error();
  return made;
}

TlsSession::TlsSession(SSL* held, std::unique_ptr<Pipe> pipe) : pipe_(std::move(pipe)), held_(held) {}
TlsSession::~TlsSession() = default;

std::unique_ptr<TlsSession> TlsSession::make(const TlsContext& context, Side side) {
  auto pipe = std::make_unique<Pipe>();
  SSL* session = SSL_new(context.get());
  BIO* bio = session == nullptr ? nullptr : Bio::make(*pipe);
  if (bio == nullptr) {
    SSL_free(session);
    return nullptr;
  }
  SSL_set_bio(session, bio, bio);
  int verify = SSL_VERIFY_NONE;
  if (side == Side::server) {
    SSL_set_accept_state(session);
    if (context.verifies_clients()) verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  } else {
    SSL_set_connect_state(session);
    if (context.verifies_servers()) verify = SSL_VERIFY_PEER;
  }
  SSL_set_verify(session, verify, nullptr);
  return std::unique_ptr<TlsSession>(new TlsSession(session, std::move(pipe)));
}

bool TlsSession::start() {
  ERR_clear_error();
  return goes_on(SSL_do_handshake(held_.get()));
}

bool TlsSession::receive(std::string_view encrypted, std::string& plain) {
  std::array<char, SSL3_RT_MAX_PLAIN_LENGTH> bytes;  // NOLINT(*-member-init): only what was read of it is used
  pipe_->in = encrypted;
  ERR_clear_error();
  int got = 0;
  while ((got = SSL_read(held_.get(), bytes.data(), static_cast<int>(bytes.size()))) > 0) {
    plain.append(bytes.data(), static_cast<std::size_t>(got));
  }
  const bool alive = goes_on(got);
  pipe_->in = {};
  return alive;
}

bool TlsSession::send(std::string_view plain) {
  ERR_clear_error();
  // The pipe takes everything, so does this: to write less than all would lose it.
  const int written = SSL_write(held_.get(), plain.data(), static_cast<int>(plain.size()));
  return goes_on(written) && written > 0;
}

void TlsSession::close() {
  ERR_clear_error();
  SSL_shutdown(held_.get());
}

std::string TlsSession::take_output() { return std::exchange(pipe_->out, {}); }

bool TlsSession::established() const { return SSL_is_init_finished(held_.get()) == 1; }

std::vector<std::string> TlsSession::peer_names() const {
  X509* certificate = SSL_get0_peer_certificate(held_.get());
  const bool verified = SSL_get_verify_mode(held_.get()) != SSL_VERIFY_NONE &&
                        SSL_get_verify_result(held_.get()) == X509_V_OK && certificate != nullptr;
  std::vector<std::string> names;
  if (!verified) return names;
  add_alternatives(names, certificate);
  add_common_name(names, certificate);
  return names;
}

// What an operation's result means for the session.
bool TlsSession::goes_on(int result) {
  const int error = SSL_get_error(held_.get(), result);
  if (error == SSL_ERROR_NONE || error == SSL_ERROR_WANT_READ) return true;
  if (error == SSL_ERROR_ZERO_RETURN) return false;
  const long verified = SSL_get_verify_result(held_.get());
  why_ = verified == X509_V_OK ? last_error() : X509_verify_cert_error_string(verified);
  return false;
}

}  // namespace presentia::sip
