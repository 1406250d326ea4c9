#include "as/sip/tls_files.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

namespace presentia::sip {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using BioPtr = std::unique_ptr<BIO, Free>;
using CertificatePtr = std::unique_ptr<X509, Free>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free>;

base::Unexpected<base::Error> wrong(const config::Transport& transport, std::string_view attribute,
                                    const std::string& file, std::string_view why) {
  return base::Unexpected{base::Error{"tls_files", "sip.transport[" + transport.name() + "]." + std::string(attribute) +
                                                       "=" + file + ": " + std::string(why)}};
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

std::vector<CertificatePtr> read_certificates(const std::string& pem) {
  std::vector<CertificatePtr> found;
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) found.emplace_back(certificate);
  return found;
}

KeyPtr read_key(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // Without a terminal to ask: a key under a passphrase cannot be read.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
}

bool self_issued(X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

// tport sends no chain of its own; OpenSSL completes it from the authorities. Intermediates do no harm there, for only
// a self-issued certificate is a root of trust; so such ones of our chain are left out.
std::string chain_text(const std::vector<CertificatePtr>& chain) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (!self_issued(chain[i].get())) PEM_write_bio_X509(bio.get(), chain[i].get());
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

bool write_private(const std::filesystem::path& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return false;
  const ssize_t written = write(file, text.data(), text.size());
  return close(file) == 0 && written == static_cast<ssize_t>(text.size());
}

}  // namespace

base::Result<TlsFiles> TlsFiles::prepare(const config::Transport& transport) {
  const std::string certificate = read_file(transport.certificate());
  const auto chain = read_certificates(certificate);
  if (chain.empty()) return wrong(transport, "certificate", transport.certificate(), "no PEM certificate to be read");
  const std::string key_text = read_file(transport.private_key());
  const KeyPtr key = read_key(key_text);
  if (!key) return wrong(transport, "private_key", transport.private_key(), "no PEM key without passphrase to be read");
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    return wrong(transport, "private_key", transport.private_key(), "does not belong to the certificate");
  }
  std::string authorities;
  if (!transport.ca().empty()) {
    authorities = read_file(transport.ca());
    if (read_certificates(authorities).empty()) {
      return wrong(transport, "ca", transport.ca(), "no PEM certificate to be read");
    }
  } else if (transport.require_client_certificate()) {
    return wrong(transport, "ca", "", "needed with require_client_certificate");
  }
  authorities += '\n' + chain_text(chain);

  std::string name = (std::filesystem::temp_directory_path() / "presentia-tls-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return wrong(transport, "certificate", name, "cannot make a private folder");
  TlsFiles files{std::filesystem::path(name)};
  if (!write_private(files.folder_ / "agent.pem", certificate + '\n' + key_text) ||
      (authorities.size() > 1 && !write_private(files.folder_ / "cafile.pem", authorities))) {
    return wrong(transport, "certificate", name, "cannot write into the private folder");
  }
  return files;
}

TlsFiles::~TlsFiles() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

}  // namespace presentia::sip
