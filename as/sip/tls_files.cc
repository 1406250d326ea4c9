#include "as/sip/tls_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>
#include <sstream>
#include <utility>

namespace presentia::sip {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

std::vector<CertificatePtr> read_certificates(const std::string& path) {
  std::vector<CertificatePtr> found;
  const std::string pem = read_file(path);
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) found.emplace_back(certificate);
  ERR_clear_error();  // that of the end of the file
  return found;
}

KeyPtr read_key(const std::string& path) {
  const std::string pem = read_file(path);
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // Without a terminal to ask: a key under a passphrase cannot be read.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
}

}  // namespace

void FreeTlsObject::operator()(X509* certificate) const { X509_free(certificate); }
void FreeTlsObject::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

base::Unexpected<base::Error> tls_file_error(const config::Transport& transport, std::string_view attribute,
                                             const std::string& file, std::string_view why) {
  return base::Unexpected{base::Error{"tls_files", "sip.transport[" + transport.name() + "]." + std::string(attribute) +
                                                       "=" + file + ": " + std::string(why)}};
}

base::Result<TlsFiles> read_tls_files(const config::Transport& transport) {
  TlsFiles files;
  files.chain = read_certificates(transport.certificate());
  if (files.chain.empty()) {
    return tls_file_error(transport, "certificate", transport.certificate(), "no PEM certificate to be read");
  }
  files.key = read_key(transport.private_key());
  if (!files.key) {
    return tls_file_error(transport, "private_key", transport.private_key(),
                          "no PEM key without passphrase to be read");
  }
  if (X509_check_private_key(files.chain.front().get(), files.key.get()) != 1) {
    return tls_file_error(transport, "private_key", transport.private_key(), "does not belong to the certificate");
  }
  if (!transport.ca().empty()) {
    files.authorities = read_certificates(transport.ca());
    if (files.authorities.empty()) {
      return tls_file_error(transport, "ca", transport.ca(), "no PEM certificate to be read");
    }
  } else if (transport.require_client_certificate()) {
    return tls_file_error(transport, "ca", "", "needed with require_client_certificate");
  }
  return files;
}

}  // namespace presentia::sip
