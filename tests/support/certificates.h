// Keys and certificates made while a test runs.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

namespace presentia::test {

struct FreeCertificate {
  void operator()(EVP_PKEY* key) const;
  void operator()(X509* certificate) const;
};

struct CertifiedKey {
  std::unique_ptr<EVP_PKEY, FreeCertificate> key;
  std::unique_ptr<X509, FreeCertificate> certificate;
};

// `alternative` as OpenSSL writes subjectAltName ("DNS:a.test,IP:127.0.0.1"), or empty. Signed by `issuer`; without one
// by itself, as an authority. Good for an hour.
[[nodiscard]] CertifiedKey certify(const std::string& name, const std::string& alternative, const CertifiedKey* issuer);

// Writes the certificate to `path`.pem and the key to `path`.key.
void save(const CertifiedKey& certified, const std::string& path);

}  // namespace presentia::test
