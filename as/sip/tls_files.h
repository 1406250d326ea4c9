// The files of a TLS transport, read and checked.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <vector>

#include "as/base/result.h"
#include "proto/config.pb.h"

namespace presentia::sip {

struct FreeTlsObject {
  void operator()(X509* certificate) const;
  void operator()(EVP_PKEY* key) const;
};
using CertificatePtr = std::unique_ptr<X509, FreeTlsObject>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeTlsObject>;

struct TlsFiles {
  std::vector<CertificatePtr> chain;  // ours first
  KeyPtr key;
  std::vector<CertificatePtr> authorities;  // whose certificates we accept; may be empty
};

// What is wrong with one of them as an error that names the attribute and the file.
[[nodiscard]] base::Unexpected<base::Error> tls_file_error(const config::Transport& transport,
                                                           std::string_view attribute, const std::string& file,
                                                           std::string_view why);

// Certificate, key (that they belong together) and authorities of `transport`.
[[nodiscard]] base::Result<TlsFiles> read_tls_files(const config::Transport& transport);

}  // namespace presentia::sip
