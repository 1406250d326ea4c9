#include "tests/support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>

namespace presentia::test {
namespace {

void extend(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

void FreeCertificate::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
void FreeCertificate::operator()(X509* certificate) const { X509_free(certificate); }

CertifiedKey certify(const std::string& name, const std::string& alternative, const CertifiedKey* issuer) {
  static long serial = 1;
  CertifiedKey made;
  made.key.reset(EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* by = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(by));
  if (issuer == nullptr) extend(certificate, by, NID_basic_constraints, "critical,CA:TRUE");
  if (!alternative.empty()) extend(certificate, by, NID_subject_alt_name, alternative.c_str());
  X509_sign(certificate, issuer == nullptr ? made.key.get() : issuer->key.get(), EVP_sha256());
  return made;
}

void save(const CertifiedKey& certified, const std::string& path) {
  FILE* file = fopen((path + ".pem").c_str(), "w");
  PEM_write_X509(file, certified.certificate.get());
  fclose(file);
  file = fopen((path + ".key").c_str(), "w");
  PEM_write_PrivateKey(file, certified.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  fclose(file);
}

}  // namespace presentia::test
